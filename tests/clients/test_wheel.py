"""What is in the wheel, what it needs, and that it is of this service."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from delivery import wheel as generated
from service.films.schema import Outcome, Prediction, Row
from service.parameters import Parameters
from tests.support import pages
from tests.support.clients import FOLDER, built, installed
from tests.support.project import ROOT
from tests.support.server import Server

PROJECT = tomllib.loads((FOLDER / "pyproject.toml").read_text())
NEEDED = {
    each.name: each.specifier
    for extra in PROJECT["project"]["optional-dependencies"].values()
    for each in map(Requirement, extra)
}
EVERY_MODULE = """
import pkgutil, importlib, box_office_client
for each in pkgutil.walk_packages(box_office_client.__path__, "box_office_client."):
    importlib.import_module(each.name)
    print(each.name)
"""
FIELDS = """
import box_office_client as client
from dataclasses import fields
for kind in (client.Film, client.Outcome, client.Asked):
    print(*kind.__annotations__)
print(*[each.name for each in fields(client.Prediction)])
"""


def run(python: Path | str, program: str, folder: Path | None = None) -> str:
    """What a program prints, or its last line on stderr."""
    command = [python, "-I", "-c", program]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout or done.stderr.splitlines()[-1]


def test_what_follows_from_the_service_is_as_make_proto_would_write_it() -> None:
    assert [] == [
        str(path.relative_to(ROOT))
        for path, text in generated.files().items()
        if path.read_text() != text
    ], "run `make proto`"


def test_every_field_of_the_schema_is_in_the_client(python: Path) -> None:
    printed = [line.split() for line in run(python, FIELDS).splitlines()]

    assert [[*kind.model_fields] for kind in (Row, Outcome, Parameters, Prediction)] == printed


def test_what_v1_refuses_with_has_an_exception_of_its_name(python: Path) -> None:
    named = {row[1].strip("`") for row in pages.table("docs/clients.md", "reason")}
    elsewhere = {"UnknownModel", "WrongMediaType"}  # of /v2, and of what a client always sends

    assert named > elsewhere
    assert named - elsewhere <= set(
        run(python, "import box_office_client as b; print(*dir(b))").split()
    )


def test_the_generated_code_allows_the_oldest_packages_that_the_wheel_asks_for() -> None:
    rpc = ROOT / "service" / "rpc"
    of_grpc = re.search(
        r"GRPC_GENERATED_VERSION = '(.+)'", (rpc / "box_office_pb2_grpc.py").read_text()
    )
    of_messages = re.search(
        r"Protobuf Python Version: (.+)", (rpc / "box_office_pb2.py").read_text()
    )

    assert of_grpc
    assert of_messages
    assert f">={of_grpc[1]}" == str(NEEDED["grpcio"])
    assert f">={of_messages[1]}" in str(NEEDED["protobuf"]).split(",")


def test_the_pinned_uv_builds_the_wheel_without_getting_anything() -> None:
    [backend] = map(Requirement, PROJECT["build-system"]["requires"])
    [pinned] = re.findall(r"^uv==(\S+)", (ROOT / "requirements" / "uv.txt").read_text(), re.M)

    assert "uv_build" == backend.name
    assert pinned in backend.specifier


def test_the_wheel_is_the_same_bytes_again(wheel: Path, tmp_path: Path) -> None:
    assert built(tmp_path).read_bytes() == wheel.read_bytes()


def test_the_wheel_holds_the_client_and_says_that_it_is_typed(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    version = PROJECT["project"]["version"]

    assert f"box_office_client-{version}-py3-none-any.whl" == wheel.name
    assert {"box_office_client", f"box_office_client-{version}.dist-info"} == {
        name.split("/")[0] for name in names
    }
    assert {"box_office_client/py.typed", "box_office_client/schema.py"} <= set(names)


def test_every_module_is_imported_where_nothing_of_this_repository_is(
    python: Path, tmp_path: Path
) -> None:
    modules = run(python, EVERY_MODULE, tmp_path).split()

    assert {"box_office_client.rest", "box_office_client.rpc.box_office_pb2_grpc"} <= set(modules)
    assert "ModuleNotFoundError: No module named 'service'" == run(python, "import service")


def test_the_wheel_alone_needs_nothing_and_names_the_extra_that_a_transport_needs(
    wheel: Path, tmp_path: Path
) -> None:
    python = installed(tmp_path / "env", str(wheel))
    said = [
        run(python, f"from box_office_client import Client; Client('{url}')")
        for url in ("https://localhost", "grpc://localhost:1", "localhost:3000")
    ]

    assert [
        "ImportError: https:// needs httpx: install box-office-client[rest], which brings it.",
        "ImportError: grpc:// needs grpc: install box-office-client[grpc], which brings it.",
        "ValueError: The URL of a service begins with one of http://, https://, grpc://, grpcs://,"
        " unlike 'localhost:3000'.",
    ] == said


def test_one_process_can_use_the_messages_of_both_packages() -> None:
    program = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}, {str(FOLDER / "src")!r}]
from service.rpc import box_office_pb2 as ours
from box_office_client.rpc import box_office_pb2 as theirs
print(ours.DESCRIPTOR.serialized_pb == theirs.DESCRIPTOR.serialized_pb)
"""
    assert "True\n" == run(sys.executable, program)


@pytest.mark.parametrize("transport", ["http", "grpc"])
def test_the_program_of_its_readme_runs(python: Path, service: Server, transport: str) -> None:
    [program] = re.findall(
        r"^```python\n(.+?)^```$", (FOLDER / "README.md").read_text(), re.S | re.M
    )
    url = {"http": service.http, "grpc": f"grpc://{service.grpc}"}[transport]
    said = run(python, program.replace("http://localhost:3000", url))

    assert "field='duration', message='must be greater than or equal to 0', index=1" in said
