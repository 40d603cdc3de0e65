"""The two Cloud Run services of one image, because Cloud Run gives a service a single port.

The owner decides who may call them (docs/google-cloud.md); a deployment does not change that.
"""

from delivery.cloudrun import COMMIT, IMAGE, CloudRun, short
from delivery.settings import Settings

_COMMON = (
    "--cpu=1",
    "--memory=512Mi",
    "--concurrency=200",
    "--max-instances=10",
    "--timeout=30",
    "--cpu-boost",
    "--execution-environment=gen2",
)
_PATIENCE = "periodSeconds=1,timeoutSeconds=1,failureThreshold=60"
REST = (
    *_COMMON,
    "--no-use-http2",
    "--set-env-vars=BOX_OFFICE_LOG=json,BOX_OFFICE_GRPC_PORT=0",
    # Cloud Run may not pass on a path that ends in z.
    f"--startup-probe=httpGet.path=/v2/health/ready,{_PATIENCE}",
)
GRPC = (
    *_COMMON,
    "--use-http2",
    "--set-env-vars=BOX_OFFICE_LOG=json",
    "--args=python,-m,service.rpc.server",
    f"--startup-probe=grpc.port=8080,{_PATIENCE}",
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


def identity(settings: Settings) -> tuple[str, ...]:
    """The option for the account that the containers run as."""
    return (f"--service-account={settings.runtime}",)
