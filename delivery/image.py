"""Publish the image that was built, sign it, and verify the signature.

Building twice may give two digests for the same packages. So an image is built once, and what is
deployed is named by its digest.
"""

import argparse
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import bentoml

from delivery.actions import output
from delivery.process import call
from delivery.settings import Settings
from service.errors import BoxOfficeError
from service.settings import MODEL_NAME
from training.common.cli import run

LOCAL = "localhost/box-office:latest"
ISSUER = "https://token.actions.githubusercontent.com"
_LOOPBACK = ("127.0.0.1:", "localhost:")


def built(local: str) -> str:
    """The id of an image in buildah's store: the sha256 of its configuration, in hexadecimal."""
    return call(
        "buildah", "inspect", "--type", "image", "--format", "{{.FromImageID}}", local
    ).strip()


def log_in(registry: str) -> None:
    """Log buildah, skopeo and cosign in to a registry, with the credentials of gcloud."""
    token = call("gcloud", "auth", "print-access-token", "--quiet").strip()
    words = ("buildah", "login", "--username=oauth2accesstoken", "--password-stdin")
    call(*words, *_options(registry), registry, stdin=token)


def push(local: str, repository: str, tag: str) -> str:
    """Push an image under a tag; returns its digest in the registry, as sha256:..."""
    with tempfile.TemporaryDirectory() as folder:
        digest = Path(folder) / "digest"
        call(
            *("buildah", "push", f"--digestfile={digest}", *_options(repository)),
            *(local, f"docker://{repository}:{tag}"),
        )
        return digest.read_text().strip()


def check(reference: str, image_id: str) -> None:
    """Raises BoxOfficeError unless the registry has the image with this id under this digest."""
    manifest = call(
        *("skopeo", "inspect", "--raw", *_options(reference)),
        f"docker://{reference}",
    )
    digest = reference.rpartition("@")[2]
    actual = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
    if actual != digest:
        raise BoxOfficeError(f"The registry gives {actual} for {reference}.")
    config = json.loads(manifest).get("config", {}).get("digest", "")
    if config != f"sha256:{image_id}":
        raise BoxOfficeError(
            f"{reference} holds the image {config or 'of nothing'}, and not sha256:{image_id}, "
            "which was built."
        )


def publish(settings: Settings, tag: str) -> str:
    """Push the image that was built and check what arrived; returns REPOSITORY@DIGEST."""
    image_id = built(LOCAL)
    log_in(settings.repository.partition("/")[0])
    reference = f"{settings.repository}@{push(LOCAL, settings.repository, tag)}"
    check(reference, image_id)
    return reference


def sign(reference: str, sbom: str) -> None:
    """Sign an image and its bill of materials, with the identity of the workflow and no key."""
    call("cosign", "sign", "--yes", reference)
    if sbom:
        call("cosign", "attest", "--yes", "--type=spdxjson", f"--predicate={sbom}", reference)


def verify(reference: str, identity: str) -> None:
    """Raises CommandFailed unless a workflow with this identity has signed the image."""
    words = (f"--certificate-identity={identity}", f"--certificate-oidc-issuer={ISSUER}")
    call("cosign", "verify", *words, reference)
    print(f"image: {reference} is signed by {identity}")


def workflow_identity(environ: Mapping[str, str] = os.environ) -> str:
    """Sigstore's name for the running workflow; raises BoxOfficeError outside of a workflow."""
    names = ("GITHUB_SERVER_URL", "GITHUB_WORKFLOW_REF")
    if missing := [name for name in names if not environ.get(name)]:
        raise BoxOfficeError(f"{missing[0]} is not set: images are signed by a workflow.")
    return "/".join(environ[name] for name in names)


def _options(address: str) -> tuple[str, ...]:
    """Options for the credentials, which cosign reads too; a registry on loopback has no TLS."""
    config = f"--authfile={Path.home() / '.docker' / 'config.json'}"
    return (config, "--tls-verify=false") if address.startswith(_LOOPBACK) else (config,)


def parse(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m delivery.image", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    publishing = steps.add_parser("publish", help="push it; outputs image, digest and model")
    publishing.add_argument("--tag", default="latest", help="beside the digest, as a commit")
    signing = steps.add_parser("sign", help="sign it, and verify the signature")
    signing.add_argument("--sbom", default="", help="file in SPDX that is signed with it")
    verifying = steps.add_parser("verify", help="verify that this workflow has signed it")
    for each in (signing, verifying):
        each.add_argument("image", help="REPOSITORY@sha256:DIGEST")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Publish the image that was built, sign one that was published, or verify a signature."""
    arguments, settings = parse(argv), Settings.from_env()
    if arguments.step == "publish":
        reference = publish(settings, arguments.tag)
        output("image", reference)
        output("digest", reference.rpartition("@")[2])
        output("model", str(bentoml.models.get(f"{MODEL_NAME}:latest").tag))
        return 0
    log_in(settings.repository.partition("/")[0])
    identity = workflow_identity()
    if arguments.step == "sign":
        sign(arguments.image, arguments.sbom)
    verify(arguments.image, identity)
    return 0


if __name__ == "__main__":
    run("image", main)
