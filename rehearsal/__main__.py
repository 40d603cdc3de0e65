"""`make rehearse`: from a pull request to Cloud Run and back, on one machine, without a cloud.

What is rehearsed is the commit that is checked out. Real are: DVC and the clients of Google Cloud
Storage, the pipeline, the gate, buildah, the registry, the containers, the callers. Fakes are
gcloud, cosign, gh and cml; an emulator is the bucket.
"""

import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from delivery.process import call
from rehearsal import deployment, retraining
from rehearsal.cloud.load_balancer import load_balancer
from rehearsal.containers import engine
from rehearsal.containers.container import Container, Engine
from rehearsal.containers.debian import require
from rehearsal.image import contract, instance
from rehearsal.sandbox import ROOT, SERVICE, Sandbox, expect, sandbox
from training.common.cli import run
from training.common.paths import MODEL

# What calls this rehearsal, and what looks at the results of jobs.
ELSEWHERE = {("test.yml", "gate", "gate"), ("test.yml", "check", "check")}


def rehearse(found: Sandbox, docks: Engine, base: Future[str]) -> Iterator[str]:
    """Everything, in the order in which an owner meets it; one line for each thing proved."""
    yield from retraining.share(found)
    yield from retraining.report(found)
    found.workflows.environment["BASE"] = base.result()
    first = deployment.build(found)
    yield f"image: {first['model']} is published and signed as {first['digest'][:19]}"
    kept = docks.keep(first["image"])
    subject = contract.Subject(docks, kept, base.result(), first["model"], found.main / MODEL)
    yield from contract.check(subject)
    yield from retraining.retraining(found)
    second = deployment.build(found)
    images = {first["image"]: kept, second["image"]: docks.keep(second["image"])}
    with containers(docks, images) as running, load_balancer(found.cloud, running, deployment.RPC):
        yield from deployment.first(found, first)
        yield from deployment.takeover(found, first, second)
        yield from deployment.faults(found, first)
        yield from deployment.rollback(found, first)
    yield from retraining.freshness(found)
    left = found.workflows.commands() - found.workflows.ran - ELSEWHERE
    expect(not left, f"These steps were not rehearsed: {sorted(left)}.")
    yield f"workflows: all {len(found.workflows.ran)} steps that are commands were run as written"


@contextmanager
def containers(docks: Engine, images: dict[str, str]) -> Iterator[dict[str, dict[str, str]]]:
    """Run both services of these images; their addresses by service and published name."""
    addresses: dict[str, dict[str, str]] = {SERVICE: {}, deployment.RPC: {}}
    kinds = {SERVICE: instance.rest, deployment.RPC: instance.rpc}
    with ExitStack() as running:
        for published, image in images.items():
            for service, kind in kinds.items():
                container: Container = kind(image)
                one = running.enter_context(container.running(docks))
                addresses[service][published] = one.address
        yield addresses


def main(argv: list[str] | None = None) -> int:
    """Rehearse, and print each line as soon as it is proved."""
    require("git", "buildah", "skopeo", "docker-registry")
    # Without this, one that is stopped would leave its servers and containers behind.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    docks, began = engine.choose(), time.monotonic()
    commit = call("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD").strip()
    print(f"rehearsal of {commit}, with {docks.name}", flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="box-office-") as folder,
        ThreadPoolExecutor(1) as aside,
        sandbox(Path(folder)) as found,
    ):
        for line in rehearse(found, docks, aside.submit(docks.base)):
            print(f"{time.monotonic() - began:5.0f} s  {line}", flush=True)
    print("rehearsal: everything held")
    return 0


if __name__ == "__main__":
    run("rehearsal", main)
