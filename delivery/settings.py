"""Names of things in Google Cloud; only entry points read them from the environment."""

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Self

from service.errors import BoxOfficeError

VARIABLES = {
    "project": "GOOGLE_CLOUD_PROJECT",
    "region": "GOOGLE_CLOUD_REGION",
    "repository": "IMAGE_REPOSITORY",
    "service": "CLOUD_RUN_SERVICE",
    "runtime": "CLOUD_RUN_IDENTITY",
    "deployer": "GOOGLE_DEPLOYER",
    "environment": "SERVICE_SETTINGS",
}


@dataclass(frozen=True)
class Settings:
    """Each field is read from the variable that VARIABLES names; empty means not set."""

    project: str  # id of the Google Cloud project
    region: str  # of Cloud Run, as europe-west1
    repository: str  # of images: REGION-docker.pkg.dev/PROJECT/REPOSITORY/box-office
    runtime: str  # service account that the containers run as
    service: str = "box-office"  # of REST in Cloud Run; the one of gRPC has the suffix -grpc
    deployer: str = ""  # service account that calls private services
    environment: str = ""  # settings of the services, as NAME=value NAME=value

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Settings from the environment; raises BoxOfficeError naming what is missing."""
        values = {name: environ.get(variable, "") for name, variable in VARIABLES.items()}
        needed = [f.name for f in fields(cls) if f.default is MISSING and not values[f.name]]
        if needed:
            names = ", ".join(VARIABLES[name] for name in needed)
            raise BoxOfficeError(
                f"{names} must be set: docs/google-cloud.md says to what, and where."
            )
        return cls(**{name: value for name, value in values.items() if value})
