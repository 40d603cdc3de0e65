"""Where work runs: the cores of this machine, or a Dask cluster."""

import asyncio
import logging
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from typing import Any

import dask
from dask.distributed import Client, KilledWorker, LocalCluster, as_completed
from dask.system import CPU_COUNT
from distributed.comm.core import connect

from service.errors import BoxOfficeError

_AT_ONCE = 1000  # calls that a scheduler is told of
_PATIENCE = 5  # seconds for a scheduler to answer, and for it to have a worker
# Dask lets its workers give memory back so often that arrays cost more to get than to fill, and
# looks at what they do a hundred times a second: together a sixth of their time.
_WORKERS = {
    "distributed.nanny.pre-spawn-environ": {
        **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), 1),
        "MALLOC_TRIM_THRESHOLD_": 256 << 20,  # bytes
        "MALLOC_MMAP_THRESHOLD_": 32 << 20,
    },
    "distributed.worker.profile.enabled": False,
}


def client_of(address: str | None, needed: str) -> AbstractContextManager[Client]:
    """The cluster of a scheduler, or one inside this machine; workers import the module `needed`.

    Raises BoxOfficeError where it cannot be used.
    """
    return remote_client(address, needed) if address else local_client()


@contextmanager
def local_client(workers: int = CPU_COUNT) -> Iterator[Client]:
    """A cluster inside this machine, which nobody else can reach."""
    # Ctrl-C reaches all processes of a terminal. The workers inherit that it is ignored, and end
    # with the one that can say how to go on.
    heeded = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        # Processes, because a limit on the threads of BLAS and OpenMP counts for a whole process.
        with dask.config.set(_WORKERS):
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address=None,
                worker_dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,  # what fails in a worker is said here, once
                scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            )
    finally:
        signal.signal(signal.SIGINT, heeded)
    with cluster, Client(cluster) as client:
        yield client


@contextmanager
def remote_client(address: str, needed: str) -> Iterator[Client]:
    """The cluster of a scheduler, whose workers can import a module."""
    try:
        asyncio.run(_reach(address))
    except (OSError, ValueError, TypeError) as error:
        raise BoxOfficeError(
            f"No Dask scheduler answers at {address} ({error}): start one with `dask scheduler`, "
            "or leave --scheduler out to use the cores of this machine."
        ) from error
    with Client(address, timeout=_PATIENCE) as client:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
            client.run(exec, f"import {needed}")
        except (TimeoutError, ImportError) as error:
            raise BoxOfficeError(
                f"The scheduler at {address} has no worker that knows this project ({error}): "
                f"start some in its folder with `python -m distributed.cli.dask_worker {address}`."
            ) from error
        yield client


async def _reach(address: str) -> None:
    # A Client that cannot connect complains once more when it is collected.
    comm = await connect(address, timeout=_PATIENCE)
    await comm.close()


def results(
    client: Client, call: Callable[..., Any], items: Sequence[Any], *beside: Any
) -> Iterator[tuple[int, Any]]:
    """What a call gives of each item, by its place, as it comes; other arguments stand before it.

    Raises what the call raises, and BoxOfficeError where workers die of it.
    """
    waiting = iter(enumerate(items))
    running = {}

    def begin(count: int) -> Iterator[Any]:
        for place, item in islice(waiting, count):
            future = client.submit(call, *beside, item, pure=False)
            running[future] = place
            yield future

    ended = as_completed(begin(_AT_ONCE), with_results=True)
    try:
        for future, result in ended:
            yield running.pop(future), result
            ended.update(begin(1))
    except KilledWorker as error:
        raise BoxOfficeError(
            f"The workers of the cluster die again and again ({error}): give them more memory."
        ) from error
