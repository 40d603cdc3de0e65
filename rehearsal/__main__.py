"""`make rehearse`: from a pull request to Cloud Run and back, on one machine, without a cloud.

It rehearses the commit that is checked out. DVC, the clients of Google Cloud Storage, the pipeline,
the gate, buildah, the registry, the containers and the callers are real. gcloud, cosign, gh and cml
are fakes, and the bucket is an emulator.
"""

import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from delivery.process import call
from rehearsal import deployment, report, retraining
from rehearsal.cloud.load_balancer import load_balancer
from rehearsal.cloud.log import Log
from rehearsal.containers import engine as engines
from rehearsal.containers.container import Engine
from rehearsal.containers.debian import require
from rehearsal.image import contract
from rehearsal.instances import instances
from rehearsal.loop import Loop
from rehearsal.sandbox import ROOT, Sandbox, expect, set_up
from training.common.cli import run
from training.common.paths import MODEL

# The first step calls this rehearsal, the next runs the tests on another Python, and the last one
# only compares the results of jobs.
ELSEWHERE = {
    ("test.yml", "checks", "checks"),
    ("test.yml", "pythons", "tests"),
    ("test.yml", "check", "check"),
}
# They ask for advisories and for releases, which are on the network.
ON_THE_NETWORK = {"audit.yml", "upkeep.yml"}


def rehearse(sandbox: Sandbox, engine: Engine, base: Future[str]) -> Iterator[str]:
    """Everything, in the order in which an owner meets it; one line for each thing shown."""
    yield from retraining.share(sandbox)
    sandbox.workflows.environment["BASE"] = base.result()
    first = deployment.build(sandbox)
    yield f"image: {first['model']} is published and signed as {first['digest'][:19]}"
    kept = engine.keep(first["image"])
    subject = contract.Subject(engine, kept, base.result(), first["model"], sandbox.main / MODEL)
    yield from contract.check(subject)
    log = Log(sandbox.bucket, sandbox.clock)
    with (
        instances(engine, log) as running,
        load_balancer(sandbox.cloud, running.addresses, deployment.RPC),
    ):
        running.start(first["image"], kept)
        yield from deployment.first(sandbox, first)
        loop = Loop(sandbox, log)
        yield from loop.asked()
        yield from loop.drifted()
        yield from loop.told()
        yield from loop.learned()
        proposed = sandbox.sh("git", "rev-parse", "HEAD").strip()
        yield from report.report(sandbox)
        yield from retraining.retraining(sandbox, proposed)
        second = deployment.build(sandbox)
        running.start(second["image"], engine.keep(second["image"]))
        yield from deployment.replayed(sandbox, second)
        yield from deployment.takeover(sandbox, first, second)
        yield from loop.answered(second["model"])
        yield from deployment.faults(sandbox, first)
        yield from deployment.rollback(sandbox, first, second)
    yield from retraining.freshness(sandbox)
    steps = {step for step in sandbox.workflows.commands() if step[0] not in ON_THE_NETWORK}
    left = steps - sandbox.workflows.ran - ELSEWHERE
    expect(not left, f"These steps were not rehearsed: {sorted(left)}.")
    yield f"workflows: all {len(sandbox.workflows.ran)} steps that are commands were run as written"


def main(argv: list[str] | None = None) -> int:
    """Rehearse, and print each line as soon as it is shown to hold."""
    require("git", "buildah", "skopeo", "docker-registry")
    # Without this handler, SIGTERM would leave servers and containers behind.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    engine, began = engines.choose(), time.monotonic()
    commit = call("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD").strip()
    print(f"rehearsal of {commit}, with {engine.name}", flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="box-office-") as folder,
        ThreadPoolExecutor(1) as aside,
        set_up(Path(folder)) as sandbox,
    ):
        for line in rehearse(sandbox, engine, aside.submit(engine.base)):
            print(f"{time.monotonic() - began:5.0f} s  {line}", flush=True)
    print("rehearsal: everything held")
    return 0


if __name__ == "__main__":
    run("rehearsal", main)
