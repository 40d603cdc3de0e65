"""What the heartbeat tells: that an event loop turns, and that somebody listens."""

import asyncio
import os
import subprocess
import sys
import time

from service.heartbeat import SECONDS, Heartbeat, beat
from tests.support.project import ROOT

WORKER = "import asyncio, sys, service.heartbeat as h; asyncio.run(h.beat(int(sys.argv[1]), 9))"


def test_a_worker_is_silent_while_its_event_loop_is_blocked() -> None:
    heartbeat, me = Heartbeat(), os.getpid()

    async def work() -> list[dict[int, int]]:
        beating = asyncio.create_task(beat(heartbeat.fd, 9))
        await asyncio.sleep(0.1)
        heard = [heartbeat.listen([me])]
        time.sleep(SECONDS)
        heard.append(heartbeat.listen([me]))
        await asyncio.sleep(0.1)
        heard.append(heartbeat.listen([me]))
        beating.cancel()
        return heard

    assert [{me: 0}, {me: 1}, {me: 0}] == asyncio.run(work())


def test_a_worker_that_has_never_beaten_is_not_known() -> None:
    assert {} == Heartbeat().listen([os.getpid()])


def test_a_worker_that_is_gone_is_forgotten() -> None:
    heartbeat = Heartbeat()
    os.write(heartbeat.fd, (7).to_bytes(4, sys.byteorder))

    assert {7: 0} == heartbeat.listen([7])
    assert {} == heartbeat.listen([])


def test_a_supervisor_that_reads_nothing_stops_no_worker() -> None:
    heartbeat, me = Heartbeat(), os.getpid()
    try:
        while True:
            os.write(heartbeat.fd, bytes(1 << 12))
    except BlockingIOError:
        pass

    async def work() -> bool:
        beating = asyncio.create_task(beat(heartbeat.fd, 9))
        await asyncio.sleep(0.1)
        return beating.cancel()

    assert asyncio.run(work())
    assert me not in heartbeat.listen([me])


def test_a_worker_ends_when_nobody_listens() -> None:
    heartbeat = Heartbeat()
    command = [sys.executable, "-c", WORKER, str(heartbeat.fd)]
    with subprocess.Popen(command, cwd=ROOT, pass_fds=[heartbeat.fd]) as worker:
        while worker.pid not in heartbeat.listen([worker.pid]):
            time.sleep(0.05)
        os.close(heartbeat._heard)

        assert -15 == worker.wait(10)
