"""Golden numbers for lib/src/stats from scipy, numpy and scikit-learn, in float64.

Run: $TRAITLAB_PYTHON test/goldens/stats/make_stats.py   (writes stats.json beside itself)
"""
import json
import pathlib

import numpy as np
import scipy
import sklearn
from scipy import stats
from scipy.spatial.distance import cosine
from sklearn.decomposition import PCA
from sklearn.metrics.pairwise import cosine_similarity

rng = np.random.default_rng(42)


def fit(rows):
    model = PCA().fit(rows)
    components = [(-c if c[np.argmax(np.abs(c))] < 0 else c).tolist() for c in model.components_]
    return {
        "rows": rows.tolist(),
        "mean": model.mean_.tolist(),
        "components": components,
        "explainedVariance": model.explained_variance_.tolist(),
        "explainedVarianceRatio": model.explained_variance_ratio_.tolist(),
    }


wilson = []
for successes, n, confidence in [(0, 1, 0.95), (1, 1, 0.95), (0, 400, 0.95), (3, 400, 0.95), (45, 400, 0.9), (399, 400, 0.99), (72, 72, 0.95), (7, 11, 0.5)]:
    ci = stats.binomtest(successes, n).proportion_ci(confidence, method="wilson")
    wilson.append({"successes": successes, "n": n, "confidence": confidence, "low": ci.low, "high": ci.high})

values = rng.normal(size=23)
quantile = [{"p": p, "value": float(np.quantile(values, p))} for p in [0, 0.025, 0.1, 1 / 3, 0.5, 0.9, 0.975, 1]]

x = rng.normal(size=17)
y = 0.6 * x + rng.normal(size=17)
ties_x = rng.integers(0, 4, size=25).astype(float)
ties_y = ties_x + rng.integers(0, 3, size=25)
spearman = [{"x": a.tolist(), "y": b.tolist(), "rho": float(stats.spearmanr(a, b).statistic)} for a, b in [(x, y), (ties_x, ties_y), (x, -x)]]

sample = rng.exponential(size=40)
boot = stats.bootstrap((sample,), np.mean, n_resamples=20000, method="percentile", random_state=1)

vectors = rng.normal(size=(4, 9))

# A table of drifts and one of behaviours, with ties and without, of a generator of their own.
tables = np.random.default_rng(43)
drift = tables.normal(size=(19, 3))
behaviour = np.column_stack([tables.integers(0, 4, size=19), drift[:, 1] + tables.normal(size=19)]).astype(float)
both = stats.spearmanr(drift, behaviour).statistic
design = np.column_stack([np.ones(19), behaviour[:, 1]])
left = drift[:, 0] - design @ np.linalg.lstsq(design, drift[:, 0], rcond=None)[0]

golden = {
    "generator": "test/goldens/stats/make_stats.py",
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
    "seed": 42,
    "dtype": "float64",
    "tolerance": "1e-10 relative: both sides float64, sums in different order; bootstrap 0.03 absolute: its own noise",
    "wilson": wilson,
    "quantile": {"values": values.tolist(), "cases": quantile},
    "spearman": spearman,
    "ranks": {"values": ties_y.tolist(), "ranks": stats.rankdata(ties_y).tolist()},
    "spearmanMatrix": {"x": drift.tolist(), "y": behaviour.tolist(), "rho": both[:3, 3:].tolist()},
    "regressOut": {"values": drift[:, 0].tolist(), "on": behaviour[:, 1].tolist(), "left": left.tolist()},
    "bootstrap": {"values": sample.tolist(), "mean": float(sample.mean()), "low": boot.confidence_interval.low, "high": boot.confidence_interval.high},
    "cosine": {"vectors": vectors.tolist(), "first": 1 - float(cosine(vectors[0], vectors[1])), "matrix": cosine_similarity(vectors).tolist()},
    "pca": [fit(rng.normal(size=(12, 5)) * [3, 1, 1, 0.5, 0.1] + 7), fit(rng.normal(size=(4, 9)))],
}
path = pathlib.Path(__file__).with_name("stats.json")
path.write_text(json.dumps(golden) + "\n")
