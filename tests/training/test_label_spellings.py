"""Labels in training: what means the same is one, and what is rare counts as unknown."""

import numpy as np
import pandas as pd

from training.common import params
from training.estimator import fitting


def test_films_are_learned_from_alike_however_their_labels_are_written(
    films: pd.DataFrame, settings: params.Train
) -> None:
    shouted = films["genre"].where(films.index % 2 == 0, films["genre"].str.upper())
    fewest = int(films["genre"].value_counts().min())
    settings = settings.model_copy(update={"min_films_per_category": fewest})

    plain, mixed = (fitting.fit(f, settings) for f in (films, films.assign(genre=shouted)))

    assert 3 == len(plain.categories_["genre"]) == len(mixed.categories_["genre"])
    np.testing.assert_array_equal(plain.predict(films), mixed.predict(films))


def test_a_rare_label_counts_as_unknown(films: pd.DataFrame, settings: params.Train) -> None:
    rare = films["genre"].mask(films.index < 10, "Opera")

    unlisted, listed = (
        fitting.fit(films.assign(genre=genre), settings)
        for genre in (rare.mask(rare == "Opera"), rare)
    )

    assert "Opera" not in listed.categories_["genre"]
    np.testing.assert_array_equal(unlisted.predict(films), listed.predict(films))


def test_a_field_whose_labels_are_all_rare_is_not_used(
    films: pd.DataFrame, settings: params.Train
) -> None:
    fitted = fitting.fit(films.assign(genre=[f"Genre {i}" for i in films.index]), settings)

    assert [] == fitted.categories_["genre"]
    assert all("genre" not in part.fields for part in fitted.manifest().horizons.values())
