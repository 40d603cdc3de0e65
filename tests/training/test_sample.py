"""A sample: as many rows as are wanted, the same for the same seed."""

import pandas as pd

from training.common.sample import sample

TABLE = pd.DataFrame({"value": range(100)})


def test_a_table_that_is_small_enough_is_not_sampled() -> None:
    assert sample(TABLE, 100, 1) is TABLE


def test_a_sample_has_different_rows_of_the_table_in_their_order() -> None:
    drawn = sample(TABLE, 40, 1)

    assert 40 == drawn["value"].nunique()
    assert drawn["value"].is_monotonic_increasing
    pd.testing.assert_frame_equal(drawn, sample(TABLE, 40, 1))
    assert not drawn.equals(sample(TABLE, 40, 2))
