"""Back to the previous revision: the traffic is moved first, then the result is checked."""

import argparse

from delivery import services, smoke
from delivery.actions import summary
from delivery.clients import Grpc, Rest
from delivery.cloudrun import CANDIDATE, PREVIOUS, CloudRun, State, identity_token
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
        raise BoxOfficeError(f"{name} remembers no revision from before: name one by hand.")
    return tags[PREVIOUS]


def state_of(service: CloudRun) -> State:
    """The state of a service; raises BoxOfficeError if it was never deployed."""
    state = service.state()
    if state is None:
        raise BoxOfficeError(f"{service.name} was never deployed: there is nothing to go back to.")
    return state


def roll_back(both: list[CloudRun]) -> list[State]:
    """Route both services back, or neither if one cannot go back; returns their new states."""
    states = [state_of(service) for service in both]
    targets = [target(service.name, state) for service, state in zip(both, states, strict=True)]
    if all(state.percent == {back: 100} for state, back in zip(states, targets, strict=True)):
        raise BoxOfficeError(f"{' and '.join(targets)} serve already, the revisions from before.")
    for service, revision in zip(both, targets, strict=True):
        service.route({revision: 100})
        print(f"rollback: {service.name} serves {revision}", flush=True)
        summary(f"- {service.name} serves {revision} again")
    return [state_of(service) for service in both]


def main(argv: list[str] | None = None) -> int:
    """Roll back REST and gRPC, then ask both for the smoke films."""
    argparse.ArgumentParser(prog="python -m delivery.rollback", description=__doc__).parse_args(
        argv
    )
    settings = Settings.from_env()
    urls = [s.url for s in roll_back([services.rest(settings), services.rpc(settings)])]
    rest, rpc = (identity_token(url, settings.deployer) for url in urls)
    films = params.load().promote.smoke
    print("\n".join(smoke.check(Rest(urls[0], rest), Grpc(urls[1], rpc), films)))
    return 0


if __name__ == "__main__":
    run("rollback", main)
