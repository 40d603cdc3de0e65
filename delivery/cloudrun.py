"""One Cloud Run service, through gcloud: its traffic, its tags, and how they are changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from delivery.process import call, call_json
from service.errors import BoxOfficeError

CANDIDATE, PREVIOUS = "candidate", "previous"
COMMIT, IMAGE = "commit", "image"  # labels of a revision, which have up to 63 characters


@dataclass(frozen=True)
class Revision:
    """A revision that has a tag, and the URL at which that tag reaches it."""

    name: str
    url: str


@dataclass(frozen=True)
class State:
    """The state of a service; `percent` is the share of each revision in its traffic."""

    url: str
    percent: Mapping[str, int]
    tags: Mapping[str, Revision]

    @classmethod
    def parse(cls, service: Mapping[str, Any]) -> "State":
        """Read the state from what gcloud prints of a service."""
        status = service.get("status", {})
        targets = status.get("traffic", [])
        percent: dict[str, int] = {}
        for target in targets:
            if target.get("percent"):
                name = target["revisionName"]
                percent[name] = percent.get(name, 0) + target["percent"]
        tags = {
            t["tag"]: Revision(t["revisionName"], t.get("url", "")) for t in targets if "tag" in t
        }
        return cls(status.get("url", ""), percent, tags)


@dataclass(frozen=True)
class CloudRun:
    """A service by its name; every method may raise CommandFailed with the error of gcloud."""

    name: str
    project: str
    region: str

    def state(self) -> State | None:
        """The state of the service now; None before its first deployment."""
        services = call_json(
            *("gcloud", "run", "services", "list", f"--filter=metadata.name={self.name}"),
            *self._where,
        )
        return State.parse(services[0]) if services else None

    def deploy(self, image: str, options: tuple[str, ...], first: bool) -> State:
        """Make a revision of an image: tagged and without traffic, unless it is the first one."""
        # gcloud refuses --no-traffic for a service that does not exist yet.
        hidden = () if first else ("--no-traffic", f"--tag={CANDIDATE}")
        return State.parse(
            call_json(
                *("gcloud", "run", "deploy", self.name, f"--image={image}"),
                *(*hidden, *options, *self._where),
            )
        )

    def digest(self, revision: str) -> str:
        """The digest of the image that a revision runs, as sha256:..."""
        return _digest(self._describe(revision))

    def commit(self, revision: str) -> str:
        """The commit that a revision was built of, as its labels say; "" where they do not."""
        answer = self._describe(revision)
        labels = answer.get("metadata", {}).get("labels", {})
        # Who deploys by hand leaves labels as they were: those of another image.
        ours = labels.get(IMAGE) == short(_digest(answer))
        return str(labels.get(COMMIT, "")) if ours else ""

    def _describe(self, revision: str) -> Any:
        return call_json("gcloud", "run", "revisions", "describe", revision, *self._where)

    def revisions(self) -> dict[str, str]:
        """The digests of the images of its revisions by their names, the newest first.

        Revisions that never became ready are left out.
        """
        listed = call_json(
            *("gcloud", "run", "revisions", "list", f"--service={self.name}"),
            *("--sort-by=~metadata.creationTimestamp", *self._where),
        )
        return sound(listed)

    def route(self, percent: Mapping[str, int], *tags: str) -> None:
        """Send each revision its share of the traffic; `tags` are options that move tags."""
        shares = ",".join(f"{revision}={share}" for revision, share in percent.items())
        call(
            *("gcloud", "run", "services", "update-traffic", self.name),
            *(f"--to-revisions={shares}", *tags, *self._where),
        )

    def forget(self, tag: str) -> None:
        """Remove a tag; the traffic stays as it is."""
        words = ("gcloud", "run", "services", "update-traffic", self.name)
        call(*words, f"--remove-tags={tag}", *self._where)

    def requests(self, revision: str, since: str) -> list[dict[str, Any]]:
        """The newest requests in the log of a revision since a time (RFC 3339)."""
        wanted = (
            'resource.type="cloud_run_revision"',
            f'resource.labels.service_name="{self.name}"',
            f'resource.labels.revision_name="{revision}"',
            'log_id("run.googleapis.com/requests")',
            f'timestamp>="{since}"',
        )
        entries = call_json(
            *("gcloud", "logging", "read", " AND ".join(wanted), "--limit=5000"),
            *(f"--project={self.project}", "--format=json", "--quiet"),
        )
        return [entry["httpRequest"] for entry in entries if "httpRequest" in entry]

    @property
    def _where(self) -> tuple[str, ...]:
        return (
            f"--project={self.project}",
            f"--region={self.region}",
            "--format=json",
            "--quiet",
        )


def short(digest: str) -> str:
    """A digest as a label."""
    return digest.removeprefix("sha256:")[:40]


def sound(revisions: list[dict[str, Any]]) -> dict[str, str]:
    """The digests of revisions by their names, of what gcloud lists, but for those never ready."""
    found = {each["metadata"]["name"]: each for each in revisions}
    return {name: _digest(each) for name, each in found.items() if not _failed(each)}


def _failed(revision: Mapping[str, Any]) -> bool:
    conditions = revision.get("status", {}).get("conditions", [])
    told = [(each.get("type"), each.get("status")) for each in conditions]
    return ("Ready", "False") in told


def published(image: str, project: str) -> str:
    """The digest that an image REPOSITORY:TAG has in the registry; raises CommandFailed."""
    answer = call_json(
        *("gcloud", "artifacts", "docker", "images", "describe", image),
        *(f"--project={project}", "--format=json", "--quiet"),
    )
    return str(answer["image_summary"]["digest"])


def _digest(revision: Mapping[str, Any]) -> str:
    return str(revision.get("status", {}).get("imageDigest", "")).rpartition("@")[2]


def serving(name: str, state: State) -> str:
    """The revision that has all the traffic; raises BoxOfficeError if several share it."""
    if len(state.percent) == 1:
        return next(iter(state.percent))
    shares = ", ".join(f"{share} % to {revision}" for revision, share in state.percent.items())
    raise BoxOfficeError(
        f"The traffic of {name} is shared ({shares or 'to no revision'}): another deployment is "
        "under way, or one was broken off; let it end, or run the rollback."
    )


def identity_token(url: str, account: str) -> str:
    """The token that a private service at this URL accepts; "" without an account."""
    if not account:
        return ""
    return call(
        *("gcloud", "auth", "print-identity-token", f"--audiences={url}"),
        *(f"--impersonate-service-account={account}", "--include-email", "--quiet"),
    ).strip()
