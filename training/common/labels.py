"""Labels of a table: one spelling for all that mean the same."""

from functools import partial

import pandas as pd

from service.films.labels import key


def spelt_alike(labels: "pd.Series[str]") -> "pd.Series[str]":
    """Labels of a field, which names the series, in the spelling that most of them have."""
    keys = labels.map(partial(key, str(labels.name)), na_action="ignore")
    spellings = labels.groupby(keys).agg(lambda alike: alike.mode()[0])
    return keys.map(spellings)
