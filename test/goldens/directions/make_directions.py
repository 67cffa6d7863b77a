"""Golden numbers for directions made of answers: activations by transformers, everything else by NumPy and SciPy in float64.

Run: $TRAITLAB_PYTHON test/goldens/directions/make_directions.py   (writes directions.json beside itself)
"""
import json
from pathlib import Path

import numpy as np
import scipy
import torch
import transformers
from scipy import stats
from transformers import AutoModelForCausalLM

here = Path(__file__).parent
torch.set_num_threads(1)
rng = np.random.default_rng(11)

# Answers on a tiny checkpoint: the residual stream after each block, mean over answer tokens.
model = AutoModelForCausalLM.from_pretrained(here.parent / "llama/gqa-tied-llama3", dtype=torch.float64, attn_implementation="eager").eval()
blocks = []
for layer in model.model.layers:
    layer.register_forward_hook(lambda module, args, out: blocks.append(out[0] if isinstance(out, tuple) else out))
samples, residuals = [], []
for i in range(8):
    n, prompt = int(rng.integers(7, 15)), int(rng.integers(2, 4))
    tokens = [1, *rng.integers(4, 40, size=n - 1).tolist()]
    samples.append({"tokens": tokens, "promptLength": prompt})
    blocks.clear()
    with torch.no_grad():
        model(torch.tensor([tokens]), use_cache=False)
    residuals.append([b.reshape(len(tokens), -1).numpy() for b in blocks])


def mean_at(layer, take, weighting="token"):
    """Mean over samples of a side; take(sample index) gives the rows that count."""
    return lambda side: (
        np.concatenate([residuals[i][layer][take(i)] for i in side]).mean(0)
        if weighting == "token"
        else np.mean([residuals[i][layer][take(i)].mean(0) for i in side], axis=0)
    )


def whole(i):
    return slice(samples[i]["promptLength"], None)


def half(part):
    def take(i):
        start, n = samples[i]["promptLength"], len(samples[i]["tokens"])
        at = (np.arange(n - start) + 0.5) / (n - start)
        return start + np.flatnonzero((at >= part / 2) & (at < (part + 1) / 2))

    return take


positive, negative = [0, 2, 5], [1, 3, 4, 6, 7]
differences = {
    weighting: [(mean_at(l, whole, weighting)(positive) - mean_at(l, whole, weighting)(negative)).tolist() for l in range(2)]
    for weighting in ["token", "answer"]
}
progress = [(mean_at(l, half(1))(negative) - mean_at(l, half(0))(negative)).tolist() for l in range(2)]

# Rows of numbers alone: weighted differences, their bootstrap and what is left after a projection.
d = 12
rows = rng.normal(size=(30, d)) + np.outer(np.arange(30) < 14, rng.normal(size=d))
n_tokens = rng.integers(3, 20, size=30)
plus, minus = np.arange(14), np.arange(14, 30)


def difference(p, m, weights):
    return np.average(rows[p], axis=0, weights=weights[p]) - np.average(rows[m], axis=0, weights=weights[m])


v = difference(plus, minus, n_tokens)


def of_resample(statistic):
    return stats.bootstrap(
        (plus, minus),
        lambda p, m: statistic(difference(p, m, n_tokens)),
        n_resamples=8000, method="percentile", vectorized=False, random_state=3,
    )


boot_norm = of_resample(np.linalg.norm)
boot_cosine = of_resample(lambda w: w @ v / np.linalg.norm(w) / np.linalg.norm(v))
basis = rng.normal(size=(3, d)) * [[1e-3], [1], [40]]
solution = np.linalg.lstsq(basis.T, v, rcond=None)[0]
left = v - basis.T @ solution
topics = ["a", "b", None, "a", "c"] * 6
topic_differences = {
    t: difference(np.flatnonzero([x == t for x in topics]), np.flatnonzero([x != t for x in topics]), n_tokens).tolist() for t in "abc"
}
sources = rng.normal(size=(3, 2, d)) + rng.normal(size=d)
norms = np.linalg.norm(sources, axis=2)
layers = [
    {
        "cosines": (s := sources[:, l] / norms[:, l, None]) @ s.T,
        "normDifferences": norms[:, l, None] / norms[None, :, l] - 1,
    }
    for l in range(2)
]

golden = {
    "generator": "test/goldens/directions/make_directions.py",
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "torch": torch.__version__, "transformers": transformers.__version__},
    "seed": 11,
    "tolerance": "activations 1e-4 relative of differences (float32 against float64), other numbers 1e-9; bootstrap 0.08 of the norm and 0.01 of the cosine, its own noise",
    "samples": samples,
    "sides": {"positive": positive, "negative": negative},
    "differences": differences,
    "progress": progress,
    "rows": rows.tolist(),
    "nTokens": n_tokens.tolist(),
    "split": 14,
    "v": v.tolist(),
    "byAnswer": difference(plus, minus, np.ones(30)).tolist(),
    "bootstrap": {"norm": list(boot_norm.confidence_interval), "cosine": list(boot_cosine.confidence_interval)},
    "basis": basis.tolist(),
    "left": left.tolist(),
    "share": 1 - float(left @ left / (v @ v)),
    "topics": topics,
    "topicDifferences": topic_differences,
    "sources": sources.tolist(),
    "layers": [{k: m.tolist() for k, m in layer.items()} for layer in layers],
}


def numbers(x):
    if isinstance(x, dict):
        return {k: numbers(y) for k, y in x.items()}
    if isinstance(x, (list, tuple)):
        return [numbers(y) for y in x]
    return float(f"{x:.12g}") if isinstance(x, float) else x


(here / "directions.json").write_text(json.dumps(numbers(golden)) + "\n")
