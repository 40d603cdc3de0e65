"""From an image to all of the traffic and back, with callers who must not notice.

The steps are those of deploy.yml; gcloud and cosign are fakes, the containers are real, and so is
the traffic.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from rehearsal.callers import traffic
from rehearsal.sandbox import SERVICE, Sandbox, expect

RPC = f"{SERVICE}-grpc"
FAULTS = (
    "run services list",
    "run deploy",
    "run revisions describe",
    "auth print-identity-token",
    "run services update-traffic#{next}",
    "logging read",
)


def build(sandbox: Sandbox) -> dict[str, str]:
    """Build, publish and sign the image of main; the outputs `image`, `digest` and `model`."""
    workspace = sandbox.clone("build")
    steps = sandbox.workflows
    for step in ("install", "pull", "image"):
        steps.run("deploy.yml", "build", step, workspace)
    told = steps.run("deploy.yml", "build", "publish", workspace)
    # The action that lists what is in the image runs at GitHub alone.
    (workspace / "sbom.spdx.json").write_text("{}")
    steps.run("deploy.yml", "build", "sign", workspace)
    return {name: told[name] for name in ("image", "digest", "model")}


def deploy(sandbox: Sandbox, built: dict[str, str], fails: bool = False) -> str:
    """Verify and deploy an image as the workflow does; what was said."""
    workspace, steps = sandbox.folder / "build", sandbox.workflows
    steps.known |= {f"needs.build.outputs.{name}": value for name, value in built.items()}
    for step in ("install", "verify"):
        steps.run("deploy.yml", "deploy", step, workspace)
    said = steps.run("deploy.yml", "deploy", "deploy", workspace, fails=fails)
    return said["stdout"] + said["stderr"]


def serving(sandbox: Sandbox) -> dict[str, dict[str, int]]:
    """The share of each revision in the traffic of both services, in percent."""
    state: dict[str, dict[str, Any]] = json.loads((sandbox.cloud / "state.json").read_text())
    return {name: state[name]["percent"] for name in (SERVICE, RPC)}


def first(sandbox: Sandbox, built: dict[str, str]) -> Iterator[str]:
    """The first deployment: nothing served before."""
    deploy(sandbox, built)
    yield f"first deployment: {built['model']} serves as {built['digest'][:19]}, REST and gRPC"


def takeover(sandbox: Sandbox, before: dict[str, str], built: dict[str, str]) -> Iterator[str]:
    """The next image takes over while callers go on, and is rolled back while they go on."""
    with traffic(address(sandbox)) as callers:
        deploy(sandbox, built)
        expect(
            built["model"] in callers.models and before["model"] in callers.models,
            f"The callers have seen {sorted(callers.models)} only.",
        )
    expect(not callers.failures, f"A caller was failed: {callers.failures[:1]}")
    yield (f"takeover: 10 %, then all to {built['model']}; {callers.requests} callers, none failed")


def rollback(sandbox: Sandbox, before: dict[str, str]) -> Iterator[str]:
    """One dispatch, and what served before serves again."""
    workspace = sandbox.folder / "build"
    with traffic(address(sandbox)) as callers:
        sandbox.workflows.run("deploy.yml", "rollback", "install", workspace)
        sandbox.workflows.run("deploy.yml", "rollback", "rollback", workspace)
    expect(not callers.failures, f"A caller was failed: {callers.failures[:1]}")
    with traffic(address(sandbox)) as later:
        pass
    expect({before["model"]} == set(later.models), f"After it {sorted(later.models)} answered.")
    yield f"rollback: {before['model']} serves again; {callers.requests} callers, none failed"


def faults(sandbox: Sandbox, built: dict[str, str]) -> Iterator[str]:
    """Each call of gcloud fails once, and each time what served before goes on serving."""
    for fault in FAULTS:
        broken(sandbox, built, {"FAKE_FAIL": fault.format(next=calls(sandbox, fault) + 1)})
    yield f"faults: {len(FAULTS)} calls of gcloud failed in turn, and nothing changed for callers"
    said = broken(sandbox, built, {"FAKE_DIGEST": f"sha256:{'0' * 64}"})
    expect("which was built" in said, f"Another image was deployed: {said}")
    yield "faults: a revision that runs another image than the one built got no traffic"


def broken(sandbox: Sandbox, built: dict[str, str], variables: dict[str, str]) -> str:
    """Deploy while the cloud is broken; what was said. Raises BoxOfficeError if that mattered."""
    steps, before = sandbox.workflows, serving(sandbox)
    steps.environment |= variables
    try:
        said = deploy(sandbox, built, fails=True)
    finally:
        for name in variables:
            del steps.environment[name]
    expect(serving(sandbox) == before, f"{variables} left {serving(sandbox)}, not {before}.")
    expect("Traceback" not in said, f"{variables} ended in a traceback:\n{said}")
    return said


def calls(sandbox: Sandbox, fault: str) -> int:
    """How often gcloud was called so until now."""
    command = fault.partition("#")[0]
    lines = (sandbox.folder / "calls.jsonl").read_text().splitlines()
    return sum(json.loads(line)["command"] == command for line in lines)


def address(sandbox: Sandbox) -> str:
    """Where callers find REST."""
    return str(json.loads((sandbox.cloud / "addresses.json").read_text())[SERVICE])


Act = Callable[[Sandbox], Iterator[str]]
