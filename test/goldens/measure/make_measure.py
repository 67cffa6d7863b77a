"""Golden numbers for lib/src/measure: the formulas of arXiv 2606.07631 in numpy and scikit-learn, float64.

Run: $TRAITLAB_PYTHON test/goldens/measure/make_measure.py   (writes measure.json beside itself)
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.decomposition import PCA

rng = np.random.default_rng(7)
prompts, d, k, runs = 9, 16, 7, 12
directions = rng.normal(size=(k, d)) + rng.normal(size=d)
directions /= np.linalg.norm(directions, axis=1, keepdims=True)
before = rng.normal(size=(prompts, d)) * rng.uniform(0.5, 3, size=(prompts, 1))
after = before + rng.normal(size=d) + 0.3 * rng.normal(size=(prompts, d))
norm = np.linalg.norm(before, axis=1).mean()
z = ((after @ directions.T).mean(0) - (before @ directions.T).mean(0)) / norm

drifts = rng.normal(size=(runs, k)) @ np.diag([3, 2, 2, 1, 1, 1, 0.5]) + rng.normal(size=k)
model = PCA().fit(drifts)
loadings = model.components_[0] * np.sign(model.components_[0][1])


def unit_pc1(rows):
    fitted = PCA().fit(rows)
    return fitted.components_[0] * np.sign(fitted.components_[0][1]), fitted.explained_variance_ratio_


# Whitening: z (D D^T)^(-1/2), of the drift of random moves read on correlated directions.
values, vectors = np.linalg.eigh(directions @ directions.T)
inverse_root = vectors @ np.diag(values**-0.5) @ vectors.T
moves = rng.normal(size=(runs, d)) @ np.diag(np.linspace(2, 0.2, d))
plain = moves @ directions.T
white, white_shares = unit_pc1(plain @ inverse_root)

# Leave one perturbation out.
groups = [f"set{i % 4}" for i in range(runs)]
left = []
for name in dict.fromkeys(groups):
    kept = drifts[[g != name for g in groups]]
    own, shares = unit_pc1(kept)
    shifts = np.abs(own - loadings)
    left.append({
        "group": name, "n": len(kept), "loadings": own.tolist(), "cosine": abs(own @ loadings), "share": shares[0],
        "shift": {"trait": int(shifts.argmax()), "size": shifts.max()},
    })

golden = {
    "generator": "test/goldens/measure/make_measure.py",
    "versions": {"numpy": np.__version__, "scikit-learn": sklearn.__version__},
    "seed": 7,
    "dtype": "float64",
    "tolerance": "1e-9 relative: both sides float64",
    "directions": directions.tolist(),
    "before": before.tolist(),
    "after": after.tolist(),
    "activationNorm": norm,
    "normOfMean": np.linalg.norm(before.mean(0)),
    "z": z.tolist(),
    "magnitude": np.linalg.norm(after.mean(0) - before.mean(0)) / norm,
    "drifts": drifts.tolist(),
    "loadings": loadings.tolist(),
    "shares": model.explained_variance_ratio_.tolist(),
    "scores": (drifts @ loadings).tolist(),
    "inverseRoot": inverse_root.tolist(),
    "moves": moves.tolist(),
    "whitened": (plain @ inverse_root).tolist(),
    "whitenedLoadings": white.tolist(),
    "whitenedShares": white_shares.tolist(),
    "nativeShares": PCA().fit(moves).explained_variance_ratio_.tolist(),
    "groups": groups,
    "leftOut": left,
}
pathlib.Path(__file__).with_name("measure.json").write_text(json.dumps(golden) + "\n")
