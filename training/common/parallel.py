"""Calls that do not depend on each other, on all cores of this machine."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from joblib import Parallel, delayed
from tqdm import tqdm

Result = TypeVar("Result")


def parallel(
    call: Callable[..., Result], arguments: Iterable[tuple[Any, ...]], what: str
) -> list[Result]:
    """The result of the call with each of the arguments, in their order; raises what it raises.

    Each runs in a process of its own core, because fits use threads of their own.
    """
    calls = [delayed(call)(*each) for each in arguments]
    done = Parallel(n_jobs=-1, return_as="generator")(calls)
    return list(tqdm(done, desc=what, total=len(calls)))
