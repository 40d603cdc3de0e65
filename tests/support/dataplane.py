"""A dataplane in this process, and gRPC from it, for tests that look inside or replace a part."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from service.dataplane import Dataplane
from service.limits import Limits
from service.model.background import Background
from service.model.comparables import Comparables, Table
from service.model.predictor import Predictor
from service.model.reasons import Reasons
from service.rpc.address import joined
from service.rpc.server import RpcServer
from service.settings import Settings


def dataplane_of(folder: Path, **limits: Any) -> Dataplane:
    """A dataplane with the model of a folder, and with limits that only a test on them meets."""
    usual: dict[str, Any] = {
        "max_batch": 100,
        "max_body": 100_000,
        "max_concurrency": 100,
        "timeout": 10,
    }
    predictor = Predictor.load(folder)
    return Dataplane(
        predictor,
        Reasons(predictor, Background.read(folder)),
        Comparables(Table.read(folder)),
        "box_office:v1",
        Limits(Settings(**usual | limits)),
    )


@contextmanager
def serving_grpc(dataplane: Dataplane, host: str = "127.0.0.1") -> Iterator[str]:
    """Serve gRPC from a dataplane of this process, in a thread; gives host:port."""

    async def start() -> RpcServer:
        server = RpcServer(dataplane)
        await server.start(host, 0)
        return server

    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        server = asyncio.run_coroutine_threadsafe(start(), loop).result(20)
        try:
            yield joined(host, server.port)
        finally:
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result(20)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()
