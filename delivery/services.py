"""The two Cloud Run services of one image, because Cloud Run gives a service a single port.

The owner decides who may call them (docs/google-cloud.md); a deployment does not change that.
"""

import re

from delivery.cloudrun import COMMIT, IMAGE, CloudRun, short
from delivery.settings import VARIABLES, Settings
from service import settings as serving
from service.errors import BoxOfficeError

_COMMON = (
    "--cpu=1",
    "--memory=512Mi",
    "--concurrency=200",
    "--max-instances=10",
    "--timeout=30",
    "--cpu-boost",
    "--execution-environment=gen2",
)
_SET = "--set-env-vars="
_FIXED = {"BOX_OFFICE_LOG", "BOX_OFFICE_GRPC_HOST", "BOX_OFFICE_GRPC_PORT", "PORT"}
_SECRETS = {"BOX_OFFICE_OUTCOMES_TOKEN"}
_PATIENCE = "periodSeconds=1,timeoutSeconds=1,failureThreshold=60"
# One process has nobody beside it that ends it where it hangs.
_HANGS = "periodSeconds=10,timeoutSeconds=5,failureThreshold=3"
REST = (
    *_COMMON,
    "--no-use-http2",
    f"{_SET}BOX_OFFICE_LOG=json,BOX_OFFICE_GRPC_PORT=0",
    # Cloud Run may not pass on a path that ends in z.
    f"--startup-probe=httpGet.path=/v2/health/ready,{_PATIENCE}",
    f"--liveness-probe=httpGet.path=/v2/health/live,{_HANGS}",
)
GRPC = (
    *_COMMON,
    "--use-http2",
    f"{_SET}BOX_OFFICE_LOG=json",
    "--args=python,-m,service.rpc.server",
    f"--startup-probe=grpc.port=8080,{_PATIENCE}",
    f"--liveness-probe=grpc.port=8080,{_HANGS}",
)


def rest(settings: Settings) -> CloudRun:
    """The service that answers REST."""
    return CloudRun(settings.service, settings.project, settings.region)


def rpc(settings: Settings) -> CloudRun:
    """The service that answers gRPC."""
    return CloudRun(f"{settings.service}-grpc", settings.project, settings.region)


def origin(commit: str, image: str) -> tuple[str, ...]:
    """The option that lets a revision say which commit its image is of; none without a commit."""
    digest = short(image.rpartition("@")[2])
    return (f"--labels={COMMIT}={commit},{IMAGE}={digest}",) if commit else ()


def options(kind: tuple[str, ...], settings: Settings) -> tuple[str, ...]:
    """Those of REST or GRPC, with the account that the containers run as and their settings.

    Raises BoxOfficeError if a setting is none of the service, or not the owner's to choose.
    """
    own = _own(settings.environment)
    joined = [f"{word},{','.join(own)}" if own and word.startswith(_SET) else word for word in kind]
    return (*joined, f"--service-account={settings.runtime}")


def _own(text: str) -> list[str]:
    """The settings in a text, as NAME=value each."""
    pairs = text.split()
    where = VARIABLES["environment"]
    for pair in pairs:
        name = pair.partition("=")[0]
        if not re.fullmatch(r"\w+=[^,]+", pair):
            raise BoxOfficeError(f"{where} must be NAME=value NAME=value, not {pair!r}.")
        if name in _FIXED:
            raise BoxOfficeError(f"{where} must not have {name}: a deployment sets it itself.")
        if name in _SECRETS:
            raise BoxOfficeError(f"{where} must not have {name}: docs/day-two.md keeps it secret.")
        if name not in serving.VARIABLES:
            raise BoxOfficeError(f"{where} has {name}, which is not a setting of the service.")
    if serving.Settings.from_env(dict(pair.split("=", 1) for pair in pairs)).workers > 1:
        raise BoxOfficeError(
            f"{where} must not have BOX_OFFICE_WORKERS above 1: a container is one process."
        )
    return pairs
