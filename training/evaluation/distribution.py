"""Do the quantiles of forecasts keep their promise, and are they sharper than those of a rival?"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from service.films.schema import TARGET
from service.model.distribution import Asked
from service.model.predictor import Predictor
from training.common.numbers import rounded
from training.estimator.films import columns

BINS = 10
COVERAGES = (0.5, 0.8, 0.9, 0.95)
_SHARES = np.arange(1, 100) / 100
_ASKED = Asked(quantiles=tuple(_SHARES.tolist()))

Floats = NDArray[np.float64]


def judged(predictor: Predictor, films: pd.DataFrame) -> pd.DataFrame:
    """Of each film, the probability of less than the truth (`pit`), and the score `crps_log10`."""
    quantiles = _log10(predictor.predict(columns(films), _ASKED).amounts[4:].T)
    truth = _log10(films[TARGET].to_numpy(float))
    table = {"pit": _pit(truth, quantiles), "crps_log10": crps(truth, quantiles)}
    return pd.DataFrame(table, index=films.index)


def _log10(amounts: Floats) -> Floats:
    logs: Floats = np.log10(np.maximum(amounts, 1))
    return logs


def _pit(truth: Floats, quantiles: Floats) -> Floats:
    """The probability integral transform (n,): beyond the outermost quantiles, half of the rest."""
    ends = {"left": _SHARES[0] / 2, "right": (1 + _SHARES[-1]) / 2}
    pairs = zip(truth, quantiles, strict=True)
    return np.array([np.interp(t, q, _SHARES, **ends) for t, q in pairs])


def crps(truth: Floats, quantiles: Floats) -> Floats:
    """The continuous ranked probability score (n,) from quantiles (n, 99); smaller is better.

    It is twice the mean pinball loss over all probabilities (Gneiting and Ranjan, Comparing Density
    Forecasts Using Threshold- and Quantile-Weighted Scoring Rules, 2011).
    """
    below = truth[:, None] - quantiles
    score: Floats = 2 * np.maximum(_SHARES * below, (_SHARES - 1) * below).mean(axis=1)
    return score


def constant_crps(answers: pd.DataFrame) -> Floats:
    """The scores (n,) of the same errors around every forecast, learned on the other folds."""
    error = _log10(answers[TARGET].to_numpy(float)) - _log10(answers["model"].to_numpy(float))
    fold = answers["fold"].to_numpy()
    scores = np.empty(len(answers))
    for held in np.unique(fold):
        learned = np.quantile(error[fold != held], _SHARES)
        rows = np.flatnonzero(fold == held)
        scores[rows] = crps(error[rows], np.tile(learned, (len(rows), 1)))
    return scores


def distribution_report(answers: pd.DataFrame) -> Mapping[str, Mapping[str, float]]:
    """Share of truths inside central intervals, shares of the PIT by tenth, and the CRPS."""
    pit = answers["pit"].to_numpy()
    inside = {f"{c:g}": np.mean(np.abs(pit - 0.5) <= c / 2) for c in COVERAGES}
    counts, _ = np.histogram(pit, BINS, (0, 1))
    tenths = {f"{i + 1}": count / len(pit) for i, count in enumerate(counts)}
    model, constant = answers["crps_log10"].mean(), constant_crps(answers).mean()
    score = rounded(model=model, constant=constant, improvement=1 - model / constant)
    return {"coverage": rounded(**inside), "pit": rounded(**tenths), "crps_log10": score}
