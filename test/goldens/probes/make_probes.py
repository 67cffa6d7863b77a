"""Logistic regressions with an L1 penalty by scikit-learn's liblinear, and the scores of a classifier, in float64.

Run: $TRAITLAB_PYTHON test/goldens/probes/make_probes.py   (writes probes.json beside itself)

Features are multiples of 1/32 and stored as those integers. liblinear is run to the end (tol 1e-12): where it stops by default, some 1e-3 away, is
no property of the problem.
"""
import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score, roc_auc_score

warnings.filterwarnings("ignore")
UNIT = 32
rng = np.random.default_rng(16)


def fitted(x, y, c, tol):
    model = LogisticRegression(penalty="l1", solver="liblinear", C=c, tol=tol, max_iter=1_000_000, random_state=0).fit(x, y)
    return np.append(model.coef_[0], model.intercept_[0])


def case(name, x, y, c):
    whole = np.round(x * UNIT).astype(int)
    w = fitted(whole / UNIT, y, c, 1e-12)
    early = fitted(whole / UNIT, y, c, 1e-4)
    print(name, "zeros", int((w == 0).sum()), "of", len(w), "intercept", w[-1], "default tol is off by", np.abs(w - early).max())
    return {"name": name, "c": c, "x": whole.tolist(), "y": y.astype(int).tolist(), "coefficients": w[:-1].tolist(), "intercept": float(w[-1])}


def drawn(n, weights, shift=0.0, correlation=0.0):
    d = len(weights)
    common = rng.normal(size=(n, 1))
    x = np.sqrt(1 - correlation) * rng.normal(size=(n, d)) + np.sqrt(correlation) * common
    y = rng.uniform(size=n) < 1 / (1 + np.exp(-(x @ weights + shift)))
    return x, y


def scores(score, y):
    told = score > 0
    return {
        "score": score.tolist(),
        "y": y.astype(int).tolist(),
        "accuracy": accuracy_score(y, told),
        "precision": precision_score(y, told, zero_division=0),
        "recall": recall_score(y, told),
        "f1": f1_score(y, told, zero_division=0),
        "auroc": roc_auc_score(y, score),
    }


apart, apart_y = drawn(30, np.array([3.0, -1.0]))
apart[:, 0] += np.where(apart_y, 3, -3)
golden = {
    "generator": "test/goldens/probes/make_probes.py",
    "versions": {"numpy": np.__version__, "scikit-learn": sklearn.__version__},
    "seed": 16,
    "dtype": "float64",
    "tolerance": "1e-6",
    "unit": UNIT,
    "fits": [
        case("the paper's C", *drawn(1500, np.array([1.5, -1.0, 0.7, 0.0])), 0.01),
        case("most are of one class", *drawn(500, np.array([1.2, 0.0, 0.0]), shift=2.5), 0.02),
        case("alike features", *drawn(160, np.array([1.0, -0.5, 0.3, 0.0, 0.0, 0.0, 0.8, 0.0, 0.0]), correlation=0.9), 1.0),
        case("nothing is worth its penalty", *drawn(60, np.array([0.2, 0.1])), 0.01),
        case("apart", apart, apart_y, 10.0),
    ],
    "scores": [
        scores(np.round(rng.normal(size=25), 2), rng.uniform(size=25) < 0.4),
        scores(np.round(rng.normal(size=12) - 5, 1), np.arange(12) % 3 == 0),
    ],
}
path = pathlib.Path(__file__).with_name("probes.json")
path.write_text(json.dumps(golden) + "\n")
print(path.stat().st_size)
