"""Golden numbers for the evaluation in lib/src/monitor: confusion counts, AUROC, intervals over runs, binomial tails, PC1 and PCA features.

Run: $TRAITLAB_PYTHON test/goldens/monitor/make_evaluation.py   (writes evaluation.json beside itself)
"""
import json
import pathlib

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn.metrics import accuracy_score, balanced_accuracy_score, confusion_matrix, roc_auc_score, roc_curve

rng = np.random.default_rng(7)
N_RUNS, N_STEPS = 36, 13

# Runs are alike within themselves, so that drawing runs and drawing checkpoints differ; labels are k of 72, predictions have ties.
level = np.repeat(np.where(rng.random(N_RUNS) < 0.5, 0.01, rng.uniform(0.05, 0.4, N_RUNS)), N_STEPS)
rise = np.tile(np.arange(1, N_STEPS + 1) / N_STEPS, N_RUNS)
rate = level * rise
label = rng.binomial(72, rate) / 72
bias = np.repeat(rng.normal(0, 0.02, N_RUNS), N_STEPS)
predicted = np.round(rate + bias + rng.normal(0, 0.015, rate.size), 2)
run = np.repeat(np.arange(N_RUNS), N_STEPS)


def metrics(predicted, label, tau, alarm):
    dangerous = label > tau
    told = np.clip(predicted, 0, 1) > alarm
    tn, fp, fn, tp = confusion_matrix(dangerous, told).ravel()
    return {
        "tau": tau,
        "alarm": alarm,
        "n": int(dangerous.size),
        "positives": int(tp + fn),
        "negatives": int(tn + fp),
        "fn": int(fn),
        "fp": int(fp),
        "accuracy": accuracy_score(dangerous, told),
        "balancedAccuracy": balanced_accuracy_score(dangerous, told),
        "fnr": fn / (tp + fn),
        "fpr": fp / (tn + fp),
        "auroc": roc_auc_score(dangerous, predicted),
    }


def best(tau):
    """The best balanced accuracy of any threshold."""
    fpr, tpr, _ = roc_curve(label > tau, np.clip(predicted, 0, 1), drop_intermediate=False)
    return {"tau": tau, "balancedAccuracy": float(np.max(1 + tpr - fpr)) / 2}


def interval(name):
    def statistic(runs):
        rows = np.concatenate([np.flatnonzero(run == r) for r in runs.astype(int)])
        return metrics(predicted[rows], label[rows], 0.05, 0.05)[name]

    found = stats.bootstrap((np.arange(N_RUNS),), statistic, n_resamples=5000, method="percentile", vectorized=False, random_state=1)
    return {"low": found.confidence_interval.low, "high": found.confidence_interval.high}


tails = [
    {"n": n, "p": p, "threshold": t, "above": float(stats.binom.sf(t, n, p))}
    for n, p, t in [(72, 0.05, 3), (72, 0.05, 3.6), (72, 0.001, 0), (360, 0.06, 18), (360, 0.9, 330), (5, 0.5, 4), (5, 0.5, -1), (5, 0.5, 5)]
]
path = pathlib.Path(__file__).with_name("evaluation.json")
path.write_text(
    json.dumps(
        {
            "generator": "test/goldens/monitor/make_evaluation.py",
            "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
            "seed": 7,
            "dtype": "float64",
            "tolerance": "counts equal, rates 1e-12; intervals 0.012 absolute: the noise of 1000 resamples",
            "run": run.tolist(),
            "predicted": predicted.tolist(),
            "label": label.tolist(),
            "metrics": [metrics(predicted, label, t, a) for t, a in [(0.05, 0.05), (0.06, 0.06), (0.05, 0.035), (0.2, 0.2)]],
            "best": [best(tau) for tau in (0.03, 0.05, 0.2)],
            "intervals": {name: interval(name) for name in ["accuracy", "fnr", "fpr", "auroc"]},
            "tails": tails,
        }
    )
    + "\n"
)
