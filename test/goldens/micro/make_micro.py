"""What transformers computes on an organism (or any checkpoint folder): every hook site, logits, greedy tokens.

    $TRAITLAB_PYTHON test/goldens/micro/make_micro.py data/micro/llama

The golden goes to test/goldens/micro/<name of the folder>/.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np
import torch

here = Path(__file__).parent
sys.path.insert(0, str(here.parent))
from capture_sites import capture, greedy, load, write  # noqa: E402

folder = Path(sys.argv[1])
out = here / folder.absolute().name
out.mkdir(parents=True, exist_ok=True)
seed = 31
model = load(folder)
random = np.random.default_rng(seed)
draw = lambda *shape: random.integers(1, model.config.vocab_size, shape)  # noqa: E731
whole = torch.tensor(draw(1, 6))
tensors = {f"whole/{k}": v for k, v in capture(model, whole).items()}
tensors["whole/tokens"] = whole.numpy().astype(np.int32)
prompts = [draw(n).tolist() for n in (12, 7, 3)]
weights = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
write(out, seed, tensors, {"weights": weights, "prompts": prompts, "greedy": greedy(model, prompts, 24)})
print(out, sum(f.stat().st_size for f in out.iterdir()) // 1024, "KiB")
