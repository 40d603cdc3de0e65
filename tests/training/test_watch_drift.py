"""Drift of a field: found where it was put, and not where there is none."""

import numpy as np
import pytest
from scipy.stats import chi2_contingency, false_discovery_control, ks_2samp

from tests.support.project import ROOT
from training.common import params
from training.watching.drift import Drift, compare, holm, psi

RULES = params.load(ROOT / "params.yaml").watch
RANDOM = np.random.default_rng(5)
TRAINED = RANDOM.lognormal(16, 1.2, 3000)
CODES = RANDOM.choice(5, 3000, p=[0.4, 0.3, 0.2, 0.09, 0.01]).astype(float)


def one(name: str, found: list[Drift]) -> Drift:
    return next(each for each in found if each.field == name)


def test_a_number_that_moved_has_drifted_and_one_that_did_not_has_not() -> None:
    same, moved = RANDOM.lognormal(16, 1.2, 200), RANDOM.lognormal(17, 1.2, 200)

    found = compare({"same": (TRAINED, same), "moved": (TRAINED, moved)}, {}, RULES)

    assert not one("same", found).drifted
    assert one("moved", found).drifted
    assert one("moved", found).psi > RULES.psi


def test_a_label_that_moved_has_drifted_and_one_that_did_not_has_not() -> None:
    same = RANDOM.choice(5, 200, p=[0.4, 0.3, 0.2, 0.09, 0.01]).astype(float)
    moved = RANDOM.choice(5, 200, p=[0.1, 0.1, 0.2, 0.59, 0.01]).astype(float)

    found = compare({}, {"same": (CODES, same), "moved": (CODES, moved)}, RULES)

    assert not one("same", found).drifted
    assert one("moved", found).drifted


def test_labels_that_training_did_not_have_are_drift() -> None:
    strange = np.where(np.arange(200) < 100, -1.0, RANDOM.choice(5, 200))

    assert one("genre", compare({}, {"genre": (CODES, strange)}, RULES)).drifted


def test_too_few_films_are_counted_and_not_judged() -> None:
    few = RANDOM.lognormal(20, 1, RULES.min_films - 1)

    found = one("x", compare({"x": (TRAINED, few)}, {}, RULES))

    assert (RULES.min_films - 1, False) == (found.films, found.drifted)
    assert np.isnan(found.psi)
    assert np.isnan(found.p)


def test_values_that_are_unknown_are_not_compared() -> None:
    gaps = np.concatenate([RANDOM.lognormal(16, 1.2, 150), np.full(150, np.nan)])

    found = one("x", compare({"x": (TRAINED, gaps)}, {}, RULES))

    assert (150, False) == (found.films, found.drifted)


def test_statistics_are_those_of_scipy() -> None:
    now = RANDOM.lognormal(16.5, 1.2, 300)
    codes = RANDOM.choice(3, 300).astype(float)
    before = RANDOM.choice(3, 3000).astype(float)

    found = compare({"x": (TRAINED, now)}, {"y": (before, codes)}, RULES)

    counts = [np.bincount(each.astype(int)) for each in (before, codes)]
    assert ks_2samp(TRAINED, now).statistic == one("x", found).statistic
    assert chi2_contingency(np.array(counts)).statistic == pytest.approx(one("y", found).statistic)


def test_chances_are_corrected_for_the_number_of_fields() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    corrected = holm([np.nan, 0.01, 0.02])
    assert np.isnan(corrected[0])
    assert corrected[1:] == pytest.approx([0.02, 0.02])
    values = RANDOM.random(20)
    assert (np.array(holm(list(values))) >= false_discovery_control(values) - 1e-12).all()


def test_stability_is_nothing_between_equal_shares_and_grows_with_the_distance() -> None:
    before = np.array([100.0, 200, 300])

    assert psi(before, before) == 0
    assert 0 < psi(before, np.array([120.0, 200, 280])) < psi(before, np.array([300.0, 200, 100]))
    assert np.isfinite(psi(before, np.array([600.0, 0, 0])))


def test_a_field_with_one_value_has_none_to_drift_to() -> None:
    ones = np.ones(500)

    found = compare({"x": (ones, ones[:200])}, {"y": (ones, ones[:200])}, RULES)

    assert [False, False] == [each.drifted for each in found]


def test_looking_every_day_of_a_year_finds_no_drift_where_none_is() -> None:
    """Windows of a month that overlap, of twelve fields."""
    random = np.random.default_rng(6)
    stream = random.lognormal(16, 1.2, (12, (365 + 30) * 5))
    alarms = 0
    for day in range(0, 365, 5):
        part = stream[:, day * 5 : (day + 30) * 5]
        numbers = {str(field): (TRAINED, part[field]) for field in range(12)}
        alarms += any(each.drifted for each in compare(numbers, {}, RULES))

    assert 0 == alarms
