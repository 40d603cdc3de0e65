"""Each film is learned from twice: as it is, and with fields hidden."""

import numpy as np

from service.films.features import log_unit
from service.films.fields import FIELDS
from training.estimator.examples import Examples, examples

COUNT = 2000
COLUMNS = [FIELDS.index(name) for name in ("production_budget", "title_year", "genre")]


def made(seed: int = 7) -> Examples:
    raw = np.full((COUNT, len(FIELDS)), np.nan)
    raw[:, FIELDS.index("production_budget")] = 5e7
    raw[:, FIELDS.index("title_year")] = 1980
    raw[: COUNT // 2, FIELDS.index("genre")] = 1
    raw[COUNT // 2 :, FIELDS.index("genre")] = -1  # strange: as good as unknown
    titles = np.array([f"Film {number}" for number in range(COUNT)], dtype=object)
    return examples(raw, np.full(COUNT, 1e8), titles, COLUMNS, 0.3, 0.1, seed)


def test_the_whole_films_come_first_and_nothing_is_hidden_of_them() -> None:
    films = made()

    assert not films.hidden[films.whole].any()
    assert (COUNT, {0.9}, {0.1}) == (
        films.whole.sum(),
        set(films.weight[films.whole]),
        set(films.weight[~films.whole].round(6)),
    )


def test_so_many_of_the_known_fields_are_hidden() -> None:
    films = made()

    share = films.hidden[~films.whole][:, COLUMNS[:2]].mean(axis=0)
    assert (abs(share - 0.3) < 0.04).all()
    assert np.isnan(films.raw[films.hidden]).all()
    assert not films.hidden[COUNT + COUNT // 2 :, COLUMNS[2]].any()


def test_a_film_whose_year_is_hidden_is_learned_in_dollars_as_they_are() -> None:
    films = made()

    hidden = films.hidden[:, FIELDS.index("title_year")]
    assert {np.log(1e8)} == set(films.logs[hidden])
    np.testing.assert_allclose(films.logs + log_unit(films.raw), np.log(1e8))


def test_the_same_seed_hides_the_same() -> None:
    np.testing.assert_array_equal(made().hidden, made().hidden)
    assert (made().hidden != made(8).hidden).any()
