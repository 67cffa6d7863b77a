"""Golden numbers for the regressors of lib/src/monitor and for AUROC, from scikit-learn.

Run: $TRAITLAB_PYTHON test/goldens/monitor/make_regressors.py   (writes regressors.json beside itself)

Features are multiples of 1/4096 and stored as those integers, so that scikit-learn's float32 holds them exactly.
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.cross_decomposition import PLSRegression
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

UNIT = 4096
rng = np.random.default_rng(42)


def rounded(values, digits=12):
    return [round(float(v), digits) for v in np.ravel(values)]


def drift(n, d, groups):
    """Rows that grow along a direction of their group, as checkpoints of finetunes do, and a rate in 72nds."""
    directions = rng.normal(size=(groups, d)) * 0.15
    group = rng.choice(groups, size=n, p=np.arange(1, groups + 1) / (groups * (groups + 1) / 2))
    time = rng.uniform(size=(n, 1))
    x = time * directions[group] + rng.normal(size=(n, d)) * 0.02
    signal = np.clip(4 * x[:, 0] - 2 * x[:, -1] * (x[:, 0] > 0) + rng.normal(size=n) * 0.03, 0, 1)
    return np.round(x * UNIT).astype(int), np.round(signal * 72).astype(int)


def regressors(name, x, y, held, held_y):
    a, b = x / UNIT, held / UNIT
    rate = y / 72
    trees = [DecisionTreeRegressor(max_depth=5, min_samples_leaf=5, random_state=s).fit(a, rate).predict(b) for s in range(20)]
    boosted = [GradientBoostingRegressor(n_estimators=100, max_depth=3, learning_rate=0.1, random_state=s).fit(a, rate) for s in (42, 0, 1, 2, 3)]
    forest = RandomForestRegressor(100, max_depth=5, min_samples_leaf=5, random_state=42).fit(a, rate)
    ridge = Ridge(alpha=1).fit(a, rate)
    same = lambda predictions: bool(np.ptp(predictions, axis=0).max() < 1e-12)  # noqa: E731
    danger = held_y > np.median(held_y)
    return {
        "name": name,
        "x": x.tolist(),
        "y": y.tolist(),
        "held": held.tolist(),
        "danger": danger.astype(int).tolist(),
        # Whether the order in which scikit-learn looks at the features changes nothing: no two splits gain the same.
        "treeHasTies": not same(trees),
        "boostingHasTies": not same([m.predict(b) for m in boosted]),
        "boostingTrainHasTies": not same([m.predict(a) for m in boosted]),
        "tree": rounded(trees[0]),
        "forest": rounded(forest.predict(b)),
        "boosting": rounded(boosted[0].predict(b)),
        "boostingTrain": rounded(boosted[0].predict(a)),
        "ridge": rounded(ridge.predict(b)),
        "ridgeCoefficients": rounded(ridge.coef_),
        "ridgeIntercept": float(ridge.intercept_),
        "auroc": {k: float(roc_auc_score(danger, v)) for k, v in dict(forest=forest.predict(b), boosting=boosted[0].predict(b), ridge=ridge.predict(b)).items()},
    }


def classifiers(x, y, held):
    a, b = x / UNIT, held / UNIT
    danger = y / 72 > 0.05
    scaler = StandardScaler().fit(a)
    # The default solver stops about 1e-6 before the minimum, which does not depend on the solver.
    logistic = LogisticRegression(C=1, solver="newton-cholesky", tol=1e-14, max_iter=1000).fit(scaler.transform(a), danger)
    default = LogisticRegression(C=1, solver="lbfgs", tol=1e-12, max_iter=100000).fit(scaler.transform(a), danger)
    assert np.abs(default.coef_ - logistic.coef_).max() < 1e-5
    raw = LogisticRegression(C=1, solver="newton-cholesky", tol=1e-14, max_iter=1000).fit(a * 100, danger)
    forest = RandomForestClassifier(200, max_depth=5, min_samples_leaf=5, random_state=42).fit(a, danger)
    return {
        "danger": danger.astype(int).tolist(),
        "mean": rounded(scaler.mean_),
        "scale": rounded(scaler.scale_),
        "coefficients": rounded(logistic.coef_),
        "intercept": float(logistic.intercept_[0]),
        "probability": rounded(logistic.predict_proba(scaler.transform(b))[:, 1]),
        "hundredfold": {"coefficients": rounded(raw.coef_), "intercept": float(raw.intercept_[0])},
        "forest": rounded(forest.predict_proba(b)[:, 1]),
    }


def pls(x, y, held, k):
    a, b = x / UNIT, held / UNIT
    model = PLSRegression(n_components=k).fit(a, y / 72)
    return {"x": x.tolist(), "y": y.tolist(), "held": held.tolist(), "k": k, "scores": [rounded(row) for row in model.transform(b)], "predicted": rounded(model.predict(b))}


def split(x, y, n):
    return x[:n], y[:n], x[n:], y[n:]


runs = split(*drift(236, 7, 4), 156)
scalar = tuple(v[:, :1] if v.ndim == 2 else v for v in split(*drift(160, 2, 3), 100))
ties_x = rng.integers(-3, 4, size=(90, 4)) * 512
ties_x[:, 2] = 1024  # a column that says nothing
ties_y = np.where(rng.uniform(size=90) < 0.4, 0, rng.integers(0, 8, size=90) + np.maximum(ties_x[:, 0] // 128, 0))
spread_x = np.round(rng.normal(size=(150, 4)) * UNIT / 4).astype(int)
spread_y = np.round(7200 / (1 + np.exp(-(spread_x @ [3, -2, 1, 0]) / UNIT + rng.normal(size=150) * 0.3))) / 100  # hardly two the same
few = split(spread_x[:24, :2], spread_y[:24], 12)
wide_x, wide_y = drift(34, 40, 3)
wide_x[:, 11] = 77
tall = split(*drift(40, 9, 2), 36)

roc = []
for scores, labels in [
    (rng.normal(size=30), rng.integers(0, 2, size=30)),
    (rng.integers(0, 4, size=40) / 4, rng.uniform(size=40) < 0.15),
    (np.zeros(7), np.array([1, 0, 0, 1, 0, 0, 0])),
    (np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1])),
]:
    labels = labels.astype(int)
    roc.append({"scores": scores.tolist(), "labels": labels.tolist(), "auroc": float(roc_auc_score(labels, scores))})

golden = {
    "generator": "test/goldens/monitor/make_regressors.py",
    "versions": {"numpy": np.__version__, "scikit-learn": sklearn.__version__},
    "seed": 42,
    "dtype": "float64",
    "tolerance": "1e-9 where splits have no ties; 1e-8 for ridge, logistic and PLS",
    "unit": UNIT,
    "regressors": [
        regressors("runs", *runs),
        regressors("scalar", *scalar),
        regressors("spread", *split(spread_x, spread_y, 100)),
        regressors("ties", *split(ties_x, ties_y, 60)),
        regressors("few", *few),
    ],
    "classifiers": classifiers(*runs[:3]),
    "pls": [pls(*split(wide_x, wide_y, 30)[:3], 7), pls(*tall[:3], 3)],
    "auroc": roc,
}
for case in golden["regressors"]:
    print(case["name"], len(case["y"]), "ties", case["treeHasTies"], case["boostingHasTies"], case["boostingTrainHasTies"])
path = pathlib.Path(__file__).with_name("regressors.json")
path.write_text(json.dumps(golden) + "\n")
print(path.stat().st_size)
