"""The image: in the registry as it was built, signed, and nothing else let through.

The Debian packages buildah, skopeo and docker-registry are needed for the first half.
"""

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from delivery import image
from rehearsal.cloud.registry import registry
from service.errors import BoxOfficeError
from tests.support.cloud import IMAGES, Cloud, open_cloud

PROGRAMS = ("buildah", "skopeo", "docker-registry")
needs_registry = pytest.mark.skipif(
    not all(map(shutil.which, PROGRAMS)), reason=f"{', '.join(PROGRAMS)} are not installed"
)
WORKFLOW = "films/box-office/.github/workflows/deploy.yml@refs/heads/main"


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A cloud as the workflow that deploys sees it, and containers of its own."""
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_WORKFLOW_REF", WORKFLOW)
    monkeypatch.setenv("HOME", str(tmp_path))
    storage = {"driver": "vfs", "graphroot": tmp_path / "graph", "runroot": tmp_path / "run"}
    lines = "\n".join(f'{name} = "{value}"' for name, value in storage.items())
    (tmp_path / "storage.conf").write_text(f"[storage]\n{lines}\n")
    monkeypatch.setenv("CONTAINERS_STORAGE_CONF", str(tmp_path / "storage.conf"))
    return open_cloud(tmp_path / "cloud", monkeypatch)


@pytest.fixture
def repository(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a repository in a running registry."""
    with registry(tmp_path) as host:
        address = f"{host}/images/box-office"
        monkeypatch.setenv("IMAGE_REPOSITORY", address)
        image.log_in(host)
        yield address


def build(text: str, folder: Path, name: str = image.LOCAL) -> str:
    """Build an image that holds one file; gives its id."""
    (folder / "file").write_text(text)
    container = run("buildah", "from", "scratch")
    run("buildah", "copy", container, str(folder / "file"), "/file")
    return run("buildah", "commit", "--quiet", container, name)


def run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


@needs_registry
def test_an_image_is_published_under_the_digest_that_the_registry_keeps(
    repository: str,
    model_tag: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built = build("an image", tmp_path)
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))

    assert 0 == image.main(["publish", "--tag", "abc123"])

    told = dict(line.split("=", 1) for line in (tmp_path / "output").read_text().splitlines())
    host, _, name = repository.partition("/")
    request = urllib.request.Request(
        f"http://{host}/v2/{name}/manifests/abc123",
        headers={"Accept": "application/vnd.oci.image.manifest.v1+json"},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        manifest, digest = json.load(answer), answer.headers["Docker-Content-Digest"]
    assert {"image": f"{repository}@{digest}", "digest": digest, "model": model_tag} == told
    assert f"sha256:{built}" == manifest["config"]["digest"]


@needs_registry
def test_an_image_that_is_not_the_one_built_is_refused(repository: str, tmp_path: Path) -> None:
    another = build("another image", tmp_path, "localhost/another")
    digest = image.push("localhost/another", repository, "latest")
    built = build("an image", tmp_path)

    with pytest.raises(BoxOfficeError, match=f"holds the image sha256:{another}, and not sha256:"):
        image.check(f"{repository}@{digest}", built)
    image.check(f"{repository}@{digest}", another)


@needs_registry
def test_an_image_that_was_not_built_is_named(repository: str) -> None:
    with pytest.raises(BoxOfficeError, match=r"`buildah inspect .* failed"):
        image.main(["publish"])


def test_an_image_is_signed_by_the_workflow_and_found_to_be(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "log_in", lambda registry: None)
    (tmp_path / "sbom.json").write_text("{}")

    assert 0 == image.main(["sign", IMAGES[0], "--sbom", str(tmp_path / "sbom.json")])
    assert 0 == image.main(["verify", IMAGES[0]])
    assert ["sign", "attest", "verify", "verify"] == cloud.calls


def test_an_image_without_a_signature_is_refused(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "log_in", lambda registry: None)

    with pytest.raises(BoxOfficeError, match=r"`cosign verify .* failed: .*no matching signatures"):
        image.main(["verify", IMAGES[0]])


def test_an_image_that_another_workflow_has_signed_is_refused(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "log_in", lambda registry: None)
    monkeypatch.setenv("FAKE_IDENTITY", "https://github.com/somebody/else")

    with pytest.raises(BoxOfficeError, match="no matching signatures"):
        image.main(["sign", IMAGES[0]])


def test_outside_of_a_workflow_nothing_is_signed(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "log_in", lambda registry: None)
    monkeypatch.delenv("GITHUB_WORKFLOW_REF")

    with pytest.raises(BoxOfficeError, match="GITHUB_WORKFLOW_REF is not set: images are signed"):
        image.main(["sign", IMAGES[0]])
    assert [] == cloud.calls
