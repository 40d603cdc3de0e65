"""Calls on all cores of this machine."""

import os
import time

import pytest
from joblib import cpu_count

from service.errors import BoxOfficeError
from training.common.parallel import parallel


def late(seconds: float) -> tuple[float, int]:
    """The argument, after so many seconds, and the process that had it."""
    time.sleep(seconds)
    return seconds, os.getpid()


def refused(name: str) -> None:
    """Say that nothing can be done with the argument."""
    raise BoxOfficeError(f"{name} cannot be used.")


def test_results_come_in_the_order_of_the_arguments_whichever_is_ready_first() -> None:
    results = parallel(late, [(0.2,), (0.0,), (0.1,)], "late")

    assert [0.2, 0.0, 0.1] == [seconds for seconds, _ in results]


def test_where_there_are_cores_no_call_runs_in_the_process_that_asks() -> None:
    processes = {process for _, process in parallel(late, [(0.0,), (0.0,)], "late")}

    assert (cpu_count() == 1) == (os.getpid() in processes)


def test_what_a_call_raises_is_raised_here() -> None:
    with pytest.raises(BoxOfficeError, match=r"films\.parquet cannot be used"):
        parallel(refused, [("films.parquet",)], "refused")
