"""Some of many rows, where as many would cost more than they tell."""

import pandas as pd


def sample(table: pd.DataFrame, most: int, seed: int) -> pd.DataFrame:
    """The table, or so many of its rows in their order, drawn with a seed."""
    if len(table) <= most:
        return table
    return table.sample(most, random_state=seed).sort_index()
