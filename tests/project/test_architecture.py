"""Who may import whom, what may be imported at all, and how large a module may be."""

import ast
import re
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import CONTRACTS, GENERATED, ROOT

DISTRIBUTIONS = {
    "_bentoml_sdk": "bentoml",
    "circus": "kantoku",  # BentoML's fork of it
    "google.api_core": "google-api-core",
    "google.auth": "google-auth",
    "google.cloud": "google-cloud-storage",
    "google.protobuf": "protobuf",
    "grpc": "grpcio",
    "grpc_health": "grpcio-health-checking",
    "grpc_reflection": "grpcio-reflection",
    "opentelemetry.exporter": "opentelemetry-exporter-otlp-proto-http",
    "opentelemetry.instrumentation": "opentelemetry-instrumentation-grpc",
    "opentelemetry.sdk": "opentelemetry-sdk",
    "opentelemetry.trace": "opentelemetry-sdk",  # which brings it
    "prometheus_client": "prometheus-client",
    "pydantic_core": "pydantic",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
PACKAGES = ("service", "training", "delivery", "rehearsal", "benchmarks")
# An import that breaks each contract of pyproject.toml, and the module to put it into.
BREACHES = {
    "packages": ("service/films/schema.py", "import training.common.paths"),
    "circles": ("delivery/process.py", "import delivery.rollout"),
    "service": ("service/limits.py", "import service.dataplane"),
    "adapters": ("service/rest/v1.py", "import service.rest.v2"),
    "core": ("service/oip.py", "from starlette.requests import Request"),
    "serving": ("service/validation.py", "from sklearn.linear_model import Ridge"),
    "training": ("training/gate/verdict.py", "from training.promote import main"),
    "tests": ("tests/service/test_oip.py", "import tests.training.test_params"),
}
MLSERVER = ROOT / "requirements" / "mlserver.txt"


def sources(package: str) -> list[Path]:
    """The modules of a package that people write, without generated code."""
    modules = sorted((ROOT / package).rglob("*.py"))
    return [path for path in modules if "_pb2" not in path.name and path != GENERATED]


def short(path: Path) -> str:
    """A path as it is in the repository."""
    return str(path.relative_to(ROOT))


def imports(path: Path) -> set[str]:
    """Dotted names that a module imports: `from a import b` gives a and a.b."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module, f"{path} has a relative import"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def pins(path: Path) -> dict[str, set[str]]:
    """The versions that a compiled requirements file pins, by package."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)(?:\[.+\])?==(\S+)", path.read_text(), re.M):
        found.setdefault(name.lower(), set()).add(version)
    return found


def wanted(name: str) -> set[str]:
    """The packages that an input of requirements names, with those that it includes."""
    lines = (ROOT / "requirements" / name).read_text().splitlines()
    included = [wanted(line.removeprefix("-r ").strip()) for line in lines if line[:3] == "-r "]
    named = {m[0].lower() for line in lines if (m := re.match(r"[A-Za-z][\w.-]*", line))}
    return named.union(*included)


def distribution(name: str) -> str:
    """Where a dotted name comes from; several distributions may share its first part."""
    first, _, rest = name.partition(".")
    shared = f"{first}.{rest.partition('.')[0]}"
    return DISTRIBUTIONS.get(shared) or DISTRIBUTIONS.get(first) or first


def third_party(package: str) -> set[str]:
    """The distributions that the modules of a package import."""
    names = set().union(*(imports(path) for path in ROOT.glob(f"{package}/**/*.py")))
    known = sys.stdlib_module_names | {*PACKAGES, "__future__"}
    return {distribution(name) for name in names if name.split(".")[0] not in known}


def lint(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What import-linter says of the packages in a folder."""
    program = Path(sys.executable).with_name("lint-imports")
    command = [program, "--no-cache", "--no-logo", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of the project in another folder, with the contracts on their imports."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in (*PACKAGES, "tests"):
        shutil.copytree(ROOT / package, folder / package)
    return folder


def test_imports_keep_the_contracts() -> None:
    run = lint(ROOT)

    assert 0 == run.returncode, run.stdout + run.stderr


@pytest.mark.parametrize(("contract", "breach"), BREACHES.items())
def test_an_import_that_breaks_a_contract_is_found(
    copy: Path, contract: str, breach: tuple[str, str]
) -> None:
    path, line = breach
    before = (copy / path).read_text()
    (copy / path).write_text(f"{before}\n{line}\n")
    run = lint(copy, "--contract", contract)
    (copy / path).write_text(before)

    assert (1, True) == (run.returncode, " BROKEN" in run.stdout)
    assert 0 == lint(copy, "--contract", contract).returncode


def test_every_contract_is_known_to_find_something() -> None:
    assert set(BREACHES) == set(CONTRACTS)


def test_every_folder_of_tests_is_read_by_their_contract() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}

    assert [] == [path.name for path in folders if not (path / "__init__.py").exists()]
    assert {f"tests.{path.name}.*" for path in folders} == set(CONTRACTS["tests"]["modules"])


def test_only_entry_points_read_the_environment() -> None:
    readers = {
        short(path)
        for path in sources("service")
        if re.search(r"\bos\.(environ|getenv)\b", path.read_text())
    }

    assert {"service/settings.py"} == readers


def test_what_the_service_imports_is_required_for_serving() -> None:
    assert set() == third_party("service") - wanted("serve.in")


def test_what_training_imports_is_required_for_training() -> None:
    assert set() == third_party("training") - wanted("train.in")


@pytest.mark.parametrize("package", ["delivery", "rehearsal"])
def test_what_delivery_imports_is_required_for_development(package: str) -> None:
    assert set() == third_party(package) - wanted("dev.in")


def test_a_package_has_the_same_versions_wherever_it_is_pinned() -> None:
    """There can be two in one file, for two versions of Python; MLServer has its own Python."""
    versions: dict[str, set[frozenset[str]]] = {}
    for path in sorted({*(ROOT / "requirements").glob("*.txt")} - {MLSERVER}):
        for name, found in pins(path).items():
            versions.setdefault(name, set()).add(frozenset(found))

    assert {} == {name: found for name, found in versions.items() if len(found) > 1}


@pytest.mark.parametrize("name", ["serve", "train", "dev", "uv"])
def test_every_wanted_package_is_pinned(name: str) -> None:
    assert wanted(f"{name}.in") <= set(pins(ROOT / "requirements" / f"{name}.txt"))


def test_packages_come_from_the_index_and_no_other_address() -> None:
    files = sorted((ROOT / "requirements").glob("*.txt"))

    assert files
    assert [] == [path.name for path in files if re.search(r"https?://", path.read_text())]


def test_a_forecast_needs_no_package_of_training() -> None:
    packages = [*CONTRACTS["serving"]["forbidden_modules"], "training"]
    blocked = "".join(f"sys.modules[{name!r}] = None\n" for name in packages)
    program = f"import sys\n{blocked}import service.model.predictor"

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.parametrize("package", [*PACKAGES, "clients"])
def test_a_module_is_short_enough_to_be_read_at_once(package: str) -> None:
    lines = {short(path): len(path.read_text().splitlines()) for path in sources(package)}

    assert {} == {path: count for path, count in lines.items() if count > 250}


def test_half_of_the_modules_have_fewer_than_120_lines() -> None:
    lines = [
        len(p.read_text().splitlines()) for name in (*PACKAGES, "clients") for p in sources(name)
    ]

    assert statistics.median(lines) < 120


@pytest.mark.parametrize("package", ["service", "training"])
def test_a_folder_is_short_enough_to_be_read_at_once(package: str) -> None:
    inside = {path.stem for path in (ROOT / package).iterdir() if path.suffix in {"", ".py"}}

    assert len(inside - {"__init__", "__pycache__"}) <= 24
