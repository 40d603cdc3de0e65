"""Back to another revision: the traffic is moved first, then the result is checked.

That is the previous one, or the one that is named: by a revision of either service, by the commit
that its image was built from, or by the digest of that. Both services go to the same image.
"""

import argparse
import re

from delivery import services, smoke
from delivery.actions import summary
from delivery.clients import Grpc, Rest
from delivery.cloudrun import CANDIDATE, PREVIOUS, CloudRun, State, identity_token, published
from delivery.settings import Settings
from service.errors import BoxOfficeError
from training.common import params
from training.common.cli import run


def target(name: str, state: State) -> str:
    """The revision to go back to; raises BoxOfficeError if there is none.

    An interrupted deployment leaves traffic on two revisions: go back to the one that is not the
    candidate. Otherwise the tag `previous` names the revision.
    """
    tags = {tag: revision.name for tag, revision in state.tags.items()}
    others = [revision for revision in state.percent if revision != tags.get(CANDIDATE)]
    if len(state.percent) > 1 and len(others) == 1:
        return others[0]
    if PREVIOUS not in tags:
        raise BoxOfficeError(f"{name} remembers no revision from before: name one, by --to.")
    return tags[PREVIOUS]


def named(to: str, both: list[CloudRun], repository: str) -> list[str]:
    """The newest revision of each service that runs what is named; raises BoxOfficeError."""
    made = [service.revisions() for service in both]
    known = {name: digest for revisions in made for name, digest in revisions.items()}
    digest = known.get(to) or to.rpartition("@")[2]
    if re.fullmatch(r"[0-9a-f]{40}", to):
        digest = published(f"{repository}:{to}", both[0].project)
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        raise BoxOfficeError(
            f"{to!r} is neither a revision of {' or '.join(each.name for each in both)} nor the 40 "
            "digits of a commit nor a digest: `gcloud run revisions list` prints the revisions."
        )
    found = []
    for service, revisions in zip(both, made, strict=True):
        running = [name for name, other in revisions.items() if other == digest]
        if not running:
            raise BoxOfficeError(f"{service.name} has no revision that runs {digest}.")
        found.append(to if to in running else running[0])
    return found


def state_of(service: CloudRun) -> State:
    """The state of a service; raises BoxOfficeError if it was never deployed."""
    state = service.state()
    if state is None:
        raise BoxOfficeError(f"{service.name} was never deployed: there is nothing to go back to.")
    return state


def roll_back(both: list[CloudRun], to: str = "", repository: str = "") -> list[State]:
    """Route both services, or neither if one cannot go there; returns their new states."""
    states = [state_of(service) for service in both]
    targets = (
        named(to, both, repository)
        if to
        else [target(service.name, state) for service, state in zip(both, states, strict=True)]
    )
    if all(state.percent == {back: 100} for state, back in zip(states, targets, strict=True)):
        which = "which were named" if to else "the revisions from before"
        raise BoxOfficeError(f"{' and '.join(targets)} serve already, {which}.")
    for service, revision in zip(both, targets, strict=True):
        service.route({revision: 100})
        print(f"rollback: {service.name} serves {revision}", flush=True)
        summary(f"- {service.name} serves {revision} again")
    return [state_of(service) for service in both]


def main(argv: list[str] | None = None) -> int:
    """Roll back REST and gRPC, then ask both for the smoke films."""
    parser = argparse.ArgumentParser(prog="python -m delivery.rollback", description=__doc__)
    parser.add_argument("--to", default="", help="revision, commit or digest (what served before)")
    to, settings = parser.parse_args(argv).to.strip(), Settings.from_env()
    both = [services.rest(settings), services.rpc(settings)]
    urls = [state.url for state in roll_back(both, to, settings.repository)]
    rest, rpc = (identity_token(url, settings.deployer) for url in urls)
    films = params.load().promote.smoke
    print("\n".join(smoke.check(Rest(urls[0], rest), Grpc(urls[1], rpc), films)))
    return 0


if __name__ == "__main__":
    run("rollback", main)
