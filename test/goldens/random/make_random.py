"""Draws of Python's random module and of numpy's RandomState.

    $TRAITLAB_PYTHON test/goldens/random/make_random.py
"""

import json
import platform
import random
from pathlib import Path

import numpy as np

cases = []
for seed in (0, 1, 42, 123, 789, -7, 2**31, 2**40 + 5):
    random.seed(seed)
    cases.append(
        dict(
            seed=seed,
            below=[random.randrange(n) for n in (1, 2, 10, 1000, 2**20 + 1, 2**32 - 1, 2**32)],
            pool=random.sample(range(30), 30),
            few=random.sample(range(7000), 12),
            many=random.sample(range(3000), 1000)[:40],
            shuffled=random.sample(range(25), 25) and (lambda x: (random.shuffle(x), x)[1])(list(range(25))),
        )
    )
numpy_cases = []
for seed in (0, 42, 2**32 - 1):
    state = np.random.RandomState(seed)
    numpy_cases.append(dict(seed=seed, below=[int(state.randint(n)) for n in (1, 2, 10, 156, 2**31 - 1, 2**32) * 4]))
path = Path(__file__).parent / "random.json"
path.write_text(json.dumps(dict(made_by=f"Python {platform.python_version()}, numpy {np.__version__}", numpy=numpy_cases, cases=cases)))
