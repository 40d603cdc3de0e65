"""Deploy an image step by step; if anything fails, the previous revision gets its traffic back.

The image becomes a revision of two services, REST and gRPC, without traffic. It has to answer the
smoke films at its own address. Then it gets a share of the traffic, and as long as error rate and
latency are good, all of it.
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

_CANCEL = signal.SIGTERM, signal.SIGINT


@dataclass(frozen=True)
class Rollout:
    """The deployment of one image to both services."""

    rest: Takeover
    rpc: Takeover
    films: list[params.Smoke]
    rules: Rules
    model: str = ""  # tag that has to serve, "" for any
    deployer: str = ""  # account that may call private services

    @property
    def both(self) -> tuple[Takeover, Takeover]:
        """Both services, in the order in which they are changed."""
        return self.rest, self.rpc

    def go(self, image: str) -> None:
        """Deploy the image; on any failure gives the traffic back and raises BoxOfficeError."""
        for takeover in self.both:
            takeover.open()
        try:
            self._take_over(image)
        except Exception as error:
            signal.alarm(0)
            # Whatever the error is, no traffic may stay on the candidate.
            cause = str(error) if isinstance(error, BoxOfficeError) else f"Unexpected: {error!r}."
            sentences = [cause, *(give_back(takeover) for takeover in self.both)]
            raise BoxOfficeError(" ".join(sentences)) from error

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
        # The audience is the service, also when the address of a tag is called.
        return identity_token(takeover.url, self.deployer)


def give_back(takeover: Takeover) -> str:
    """A sentence on what serves after a failure, or on how to give the traffic back by hand."""
    try:
        return takeover.restore()
    except CommandFailed as error:
        name, before = takeover.run.name, takeover.before
        return (
            f"{name} COULD NOT BE GIVEN BACK ({error}): run `gcloud run services update-traffic "
            f"{name} --to-revisions={before}=100`."
        )


def say(line: str) -> None:
    """Print one step of the deployment, and add it to the summary of the job."""
    print(f"rollout: {line}", flush=True)
    summary(f"- {line}")


def check_image(image: str, repository: str) -> None:
    """Raises BoxOfficeError unless the image is named by digest and is in this repository."""
    if not re.fullmatch(re.escape(repository) + r"@sha256:[0-9a-f]{64}", image):
        raise BoxOfficeError(f"{image!r} is not an image of {repository} by its sha256 digest.")


def parse(argv: list[str] | None) -> argparse.Namespace:
    """The command line; the defaults are those of canary.Rules."""
    usual = Rules()
    parser = argparse.ArgumentParser(prog="python -m delivery.rollout", description=__doc__)
    parser.add_argument("image", help="REPOSITORY@sha256:DIGEST")
    parser.add_argument("--model", default="", help="tag of the model that has to serve")
    parser.add_argument("--commit", default="", help="which it was built of, for a later replay")
    parser.add_argument("--steps", type=int, nargs="+", default=usual.steps, metavar="PERCENT")
    for name in ("watch", "pause", "patience", "errors", "latency", "slower"):
        parser.add_argument(f"--{name}", type=float, default=getattr(usual, name))
    parser.add_argument("--least", type=int, default=usual.least)
    return parser.parse_args(argv)


def rules(arguments: argparse.Namespace) -> Rules:
    """The rules on the command line; raises BoxOfficeError if the steps do not rise to 100."""
    steps = tuple(arguments.steps)
    if list(steps) != sorted(set(steps)) or steps[0] < 1 or steps[-1] != 100:
        raise BoxOfficeError(f"--steps must rise to 100 percent, not {arguments.steps}.")
    others = [name for name in Rules.__dataclass_fields__ if name != "steps"]
    return Rules(steps=steps, **{name: getattr(arguments, name) for name in others})


def main(argv: list[str] | None = None) -> int:
    """Deploy an image; a run that is cancelled gives the traffic back as a failed one does."""
    arguments, settings = parse(argv), Settings.from_env()
    check_image(arguments.image, settings.repository)
    for number in _CANCEL:
        signal.signal(number, cancel)
    origin = services.origin(arguments.commit, arguments.image)
    rollout = Rollout(
        Takeover(services.rest(settings), services.options(services.REST, settings) + origin),
        Takeover(services.rpc(settings), services.options(services.GRPC, settings) + origin),
        params.load().promote.smoke,
        rules(arguments),
        arguments.model,
        settings.deployer,
    )
    rollout.go(arguments.image)
    return 0


def cancel(number: int, frame: FrameType | None) -> None:
    """Raise BoxOfficeError, and again each second until `go` has heard it.

    Python drops what is raised while it deletes an object.
    """
    # A second signal must not interrupt giving the traffic back.
    for each in _CANCEL:
        signal.signal(each, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, cancel)
    signal.alarm(1)
    raise BoxOfficeError("The deployment was cancelled.")


if __name__ == "__main__":
    run("rollout", main)
