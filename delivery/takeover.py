"""One service while a new revision takes over, and the way back to the previous one."""

from dataclasses import dataclass, field

from delivery.cloudrun import CANDIDATE, PREVIOUS, CloudRun, Revision, State, serving
from service.errors import BoxOfficeError

NONE = Revision("", "")


@dataclass
class Takeover:
    """The previous revision, the candidate, and every split of traffic that was asked for."""

    run: CloudRun
    options: tuple[str, ...]
    before: str = ""  # "" for the first deployment
    url: str = ""  # of the service, whatever revision serves
    candidate: Revision = NONE
    asked: list[dict[str, int]] = field(default_factory=list)

    def open(self) -> None:
        """Note what serves; raises BoxOfficeError if another deployment is in progress."""
        state = self.run.state()
        # If the first revision of a service never started, there is no traffic to protect.
        if state and state.percent:
            self.before = serving(self.run.name, state)
            self.asked = [{self.before: 100}]

    def deploy(self, image: str) -> None:
        """Make the candidate; raises BoxOfficeError if it runs another image."""
        state = self.run.deploy(image, self.options, first=not self.before)
        self.url, self.candidate = state.url, self._made(state)
        digest, built = self.run.digest(self.candidate.name), image.rpartition("@")[2]
        if digest != built:
            raise BoxOfficeError(
                f"{self.candidate.name} runs {digest or 'an unknown image'}, and not {built}, "
                "which was built."
            )

    def _made(self, state: State) -> Revision:
        if not self.before:
            return Revision(serving(self.run.name, state), state.url)
        if CANDIDATE not in state.tags:
            raise BoxOfficeError(f"{self.run.name} has no revision tagged {CANDIDATE}.")
        return state.tags[CANDIDATE]

    def step(self, share: int) -> None:
        """Give the candidate this share of the traffic, in percent, unless someone else deploys."""
        if self.before:
            self.check_alone()
            self._route({self.candidate.name: share, self.before: 100 - share})

    def close(self) -> None:
        """Tag the previous revision for a rollback, and remove the tag of the candidate."""
        if self.before:
            self.check_alone()
            tags = (f"--remove-tags={CANDIDATE}", f"--update-tags={PREVIOUS}={self.before}")
            self._route({self.candidate.name: 100}, *tags)

    def check_alone(self) -> None:
        """Raises BoxOfficeError if someone else has moved the traffic or the tag."""
        state = self.run.state()
        tagged = state.tags.get(CANDIDATE, NONE) if state else NONE
        if state is None or state.percent != self.asked[-1] or tagged != self.candidate:
            raise BoxOfficeError(
                f"Another deployment has changed {self.run.name} meanwhile: this one stops and "
                "leaves it to that one."
            )

    def restore(self) -> str:
        """Give all traffic back to the previous revision; returns a sentence on what serves now."""
        state = self.run.state()
        if not self.before or state is None:
            return f"{self.run.name} had served nothing before: what it serves now is not sound."
        if state.percent not in self.asked:
            return f"{self.run.name} is left as another deployment has made it."
        if state.percent != {self.before: 100}:
            self._route({self.before: 100})
        if state.tags.get(CANDIDATE, NONE).name == self.candidate.name:
            self.run.forget(CANDIDATE)
        return f"{self.run.name} serves {self.before}, as before."

    def _route(self, percent: dict[str, int], *tags: str) -> None:
        wanted = {revision: share for revision, share in percent.items() if share}
        # Noted before the call: even a call that fails may have moved the traffic.
        self.asked.append(wanted)
        self.run.route(wanted, *tags)
