"""A new image takes over step by step, or not at all: then what served before serves again.

The image becomes a revision of two services, REST and gRPC, that nobody is sent to. It is asked
the smoke films at its own address, then gets a share of the traffic while error rate and latency
hold, then all of it.
"""

import argparse
import re
import signal
from dataclasses import dataclass
from types import FrameType

from delivery import services, smoke
from delivery.actions import summary
from delivery.canary import Probe, Rules, watch
from delivery.clients import Grpc, Rest
from delivery.cloudrun import identity_token
from delivery.process import CommandFailed
from delivery.settings import Settings
from delivery.takeover import Takeover
from service.errors import BoxOfficeError
from training.common import params
from training.common.cli import run


@dataclass(frozen=True)
class Rollout:
    """The way of one image into both services."""

    rest: Takeover
    rpc: Takeover
    films: list[params.Smoke]
    rules: Rules
    model: str = ""  # tag that has to serve, "" for any
    deployer: str = ""  # account that may call the services where they are private

    @property
    def both(self) -> tuple[Takeover, Takeover]:
        """The services, in the order in which they are changed."""
        return self.rest, self.rpc

    def go(self, image: str) -> None:
        """Let the image take over; raises BoxOfficeError, all given back, where it must not."""
        for takeover in self.both:
            takeover.open()
        try:
            self._take_over(image)
        except Exception as error:
            # Whatever it was: traffic must not stay where this stopped.
            cause = str(error) if isinstance(error, BoxOfficeError) else f"Unexpected: {error!r}."
            told = [cause, *(give_back(takeover) for takeover in self.both)]
            raise BoxOfficeError(" ".join(told)) from error

    def _take_over(self, image: str) -> None:
        for takeover in self.both:
            takeover.deploy(image)
            say(f"{takeover.candidate.name} runs {image.rpartition('@')[2]}")
        rest = Rest(self.rest.candidate.url, self._token(self.rest))
        rpc = Grpc(self.rpc.candidate.url, self._token(self.rpc))
        for line in smoke.check(rest, rpc, self.films, self.model):
            say(line)
        for share in self.rules.steps if self.rest.before else ():
            self._step(share, rest, rpc)
        for takeover in self.both:
            takeover.close()
            say(f"{takeover.candidate.name} serves")

    def _step(self, share: int, rest: Rest, rpc: Grpc) -> None:
        for takeover in self.both:
            takeover.step(share)
        say(f"{share} % of the traffic goes to it, watched for {self.rules.watch:.0f} s")
        film = self.films[0].film
        probes: list[Probe] = [lambda: rest.forecast(film), lambda: rpc.forecast(film)]
        before, now = self.rest.before, self.rest.candidate.name
        say(watch(self.rest.run, now, before, probes, self.rules))

    def _token(self, takeover: Takeover) -> str:
        # It names the service, also where the tag of a revision is called.
        return identity_token(takeover.url, self.deployer)


def give_back(takeover: Takeover) -> str:
    """A sentence on what serves after a failure, or on how to give it back by hand."""
    try:
        return takeover.restore()
    except CommandFailed as error:
        name, before = takeover.run.name, takeover.before
        return (
            f"{name} COULD NOT BE GIVEN BACK ({error}): run `gcloud run services update-traffic "
            f"{name} --to-revisions={before}=100`."
        )


def say(line: str) -> None:
    """One step of the deployment, for its log and its page."""
    print(f"rollout: {line}", flush=True)
    summary(f"- {line}")


def check_image(image: str, repository: str) -> None:
    """Raises BoxOfficeError unless the image is named by its digest and lies in the repository."""
    if not re.fullmatch(re.escape(repository) + r"@sha256:[0-9a-f]{64}", image):
        raise BoxOfficeError(f"{image!r} is not an image of {repository} by its sha256 digest.")


def parse(argv: list[str] | None) -> argparse.Namespace:
    """The command line; the defaults are those of canary.Rules."""
    usual = Rules()
    parser = argparse.ArgumentParser(prog="python -m delivery.rollout", description=__doc__)
    parser.add_argument("image", help="REPOSITORY@sha256:DIGEST")
    parser.add_argument("--model", default="", help="tag of the model that has to serve")
    parser.add_argument("--steps", type=int, nargs="+", default=usual.steps, metavar="PERCENT")
    for name in ("watch", "pause", "patience", "errors", "latency", "slower"):
        parser.add_argument(f"--{name}", type=float, default=getattr(usual, name))
    parser.add_argument("--least", type=int, default=usual.least)
    return parser.parse_args(argv)


def rules(given: argparse.Namespace) -> Rules:
    """The rules of the command line; raises BoxOfficeError where its steps do not rise to 100."""
    steps = tuple(given.steps)
    if list(steps) != sorted(set(steps)) or steps[0] < 1 or steps[-1] != 100:
        raise BoxOfficeError(f"--steps must rise to 100 percent, not {given.steps}.")
    named = {name: getattr(given, name) for name in Rules.__dataclass_fields__ if name != "steps"}
    return Rules(steps=steps, **named)


def main(argv: list[str] | None = None) -> int:
    """Let an image take over; a cancelled run gives back as a failed one does."""
    given, settings = parse(argv), Settings.from_env()
    check_image(given.image, settings.repository)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _cancel)
    account = services.identity(settings)
    rollout = Rollout(
        Takeover(services.rest(settings), services.REST + account),
        Takeover(services.rpc(settings), services.GRPC + account),
        params.load().promote.smoke,
        rules(given),
        given.model,
        settings.deployer,
    )
    rollout.go(given.image)
    return 0


def _cancel(number: int, frame: FrameType | None) -> None:
    # A second signal must not interrupt the way back.
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, signal.SIG_IGN)
    raise BoxOfficeError("The deployment was cancelled.")


if __name__ == "__main__":
    run("rollout", main)
