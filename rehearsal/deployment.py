"""The steps of deploy.yml: from an image to all of the traffic and back.

gcloud and cosign are fakes. The containers are real, and so are the callers, who must not notice.
"""

import json
from collections.abc import Iterator
from typing import Any

from rehearsal.callers import traffic
from rehearsal.retraining import change
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
    outputs = steps.run("deploy.yml", "build", "publish", workspace)
    # The action that writes the bill of materials runs only on GitHub.
    (workspace / "sbom.spdx.json").write_text("{}")
    steps.run("deploy.yml", "build", "sign", workspace)
    commit = sandbox.sh("git", "rev-parse", "HEAD", folder=workspace).strip()
    return {name: outputs[name] for name in ("image", "digest", "model")} | {"commit": commit}


def deploy(sandbox: Sandbox, built: dict[str, str], fails: bool = False) -> str:
    """Verify and deploy an image as the workflow does; returns its output."""
    workspace, steps = sandbox.folder / "build", sandbox.workflows
    know(sandbox, built)
    for step in ("install", "verify"):
        steps.run("deploy.yml", "deploy", step, workspace)
    printed = steps.run("deploy.yml", "deploy", "deploy", workspace, fails=fails)
    return printed["stdout"] + printed["stderr"]


def replay(sandbox: Sandbox, built: dict[str, str], fails: bool = False) -> str:
    """Ask what serves and what was built the same, as the workflow does; returns its output."""
    know(sandbox, built)
    workspace = sandbox.folder / "build"
    printed = sandbox.workflows.run("deploy.yml", "deploy", "replay", workspace, fails=fails)
    return printed["stdout"] + printed["stderr"]


def know(sandbox: Sandbox, built: dict[str, str]) -> None:
    """Let the workflow be that of what was built."""
    outputs = {f"needs.build.outputs.{name}": value for name, value in built.items()}
    sandbox.workflows.expressions |= outputs | {"github.sha": built["commit"]}


def serving(sandbox: Sandbox) -> dict[str, dict[str, int]]:
    """The traffic of both services: the share of each revision, in percent."""
    state: dict[str, dict[str, Any]] = json.loads((sandbox.cloud / "state.json").read_text())
    return {name: state[name]["percent"] for name in (SERVICE, RPC)}


def first(sandbox: Sandbox, built: dict[str, str]) -> Iterator[str]:
    """The first deployment: nothing served before."""
    said = replay(sandbox, built)
    expect("Nothing serves yet" in said, f"Before anything serves, the replay says:\n{said}")
    deploy(sandbox, built)
    yield f"first deployment: {built['model']} serves as {built['digest'][:19]}, REST and gRPC"


def replayed(sandbox: Sandbox, built: dict[str, str]) -> Iterator[str]:
    """What was asked goes through both models; too much change stops, until it is explained."""
    settings, before = sandbox.folder / "build" / "params.yaml", serving(sandbox)
    usual = settings.read_text()
    change(settings, "max_changed: 0.1 ", "max_changed: 0.01 ")
    said = replay(sandbox, built, fails=True)
    expect("changes too much" in said, f"A candidate is not stopped by the rule:\n{said}")
    expect(serving(sandbox) == before, "A replay has moved traffic.")
    reason = f"accept: [{{model: '{built['model']}', reason: more films}}]"
    change(settings, "accept: []", reason)
    said = replay(sandbox, built)
    expect("is accepted (more films)" in said, f"A candidate that is explained:\n{said}")
    settings.write_text(usual)
    yield "replay: what changes too much is stopped before any traffic, and goes on when explained"


def takeover(sandbox: Sandbox, before: dict[str, str], built: dict[str, str]) -> Iterator[str]:
    """The next image takes over while there are callers."""
    with traffic(address(sandbox)) as callers:
        deploy(sandbox, built)
        expect(
            built["model"] in callers.models and before["model"] in callers.models,
            f"The callers have seen {sorted(callers.models)} only.",
        )
    expect(not callers.failures, f"A request failed: {callers.failures[:1]}")
    yield (
        f"takeover: 10 %, then all to {built['model']}; {callers.requests} requests, none failed"
    )


def rollback(sandbox: Sandbox, before: dict[str, str], after: dict[str, str]) -> Iterator[str]:
    """The rollback job brings the previous revision back, and then the one that it is told."""
    workspace = sandbox.folder / "build"
    with traffic(address(sandbox)) as callers:
        sandbox.workflows.run("deploy.yml", "rollback", "install", workspace)
        sandbox.workflows.run("deploy.yml", "rollback", "rollback", workspace)
    expect(not callers.failures, f"A request failed: {callers.failures[:1]}")
    with traffic(address(sandbox)) as later:
        pass
    expect({before["model"]} == set(later.models), f"After it {sorted(later.models)} answered.")
    yield f"rollback: {before['model']} serves again; {callers.requests} requests, none failed"
    sandbox.workflows.expressions["inputs.to"] = after["digest"]
    sandbox.workflows.run("deploy.yml", "rollback", "rollback", workspace)
    with traffic(address(sandbox)) as named:
        pass
    expect({after["model"]} == set(named.models), f"After it {sorted(named.models)} answered.")
    yield f"rollback: {after['model']}, which was named, serves again"


def faults(sandbox: Sandbox, built: dict[str, str]) -> Iterator[str]:
    """Each call of gcloud fails once, and each time the previous revision goes on serving."""
    for fault in FAULTS:
        broken(sandbox, built, {"FAKE_FAIL": fault.format(next=calls(sandbox, fault) + 1)})
    yield f"faults: {len(FAULTS)} calls of gcloud failed in turn, and nothing changed for callers"
    printed = broken(sandbox, built, {"FAKE_DIGEST": f"sha256:{'0' * 64}"})
    expect("which was built" in printed, f"Another image was deployed: {printed}")
    yield "faults: a revision that runs another image than the one built got no traffic"


def broken(sandbox: Sandbox, built: dict[str, str], variables: dict[str, str]) -> str:
    """Deploy while the cloud is broken, and check that nothing changes; returns the output."""
    steps, before = sandbox.workflows, serving(sandbox)
    steps.environment |= variables
    try:
        printed = deploy(sandbox, built, fails=True)
    finally:
        for name in variables:
            del steps.environment[name]
    expect(serving(sandbox) == before, f"{variables} left {serving(sandbox)}, not {before}.")
    expect("Traceback" not in printed, f"{variables} ended in a traceback:\n{printed}")
    return printed


def calls(sandbox: Sandbox, fault: str) -> int:
    """How often gcloud was called with this command so far."""
    command = fault.partition("#")[0]
    lines = (sandbox.folder / "calls.jsonl").read_text().splitlines()
    return sum(json.loads(line)["command"] == command for line in lines)


def address(sandbox: Sandbox, service: str = SERVICE) -> str:
    """The address of REST, or of another service, for callers."""
    return str(json.loads((sandbox.cloud / "addresses.json").read_text())[service])
