"""Who may import whom, what may be imported at all, and how large a module may be."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import ROOT

# What each module of the core may import: what is below it, and never an endpoint.
CORE = {
    "schema": set[str](),
    "errors": set[str](),
    "prices": set[str](),
    "settings": {"errors"},
    "card": {"schema", "errors"},
    "features": {"prices", "schema"},
    "plausibility": {"card", "features", "schema"},
    "predictor": {"card", "features", "plausibility", "schema", "errors"},
    "films": {"features", "schema", "errors"},
    "limits": {"errors"},
    "metrics": {"schema"},
    "gather": {"films"},
    "dataplane": {"films", "gather", "limits", "metrics", "predictor", "features", "errors"},
    "oip": {"films", "predictor", "features", "schema", "settings", "errors"},
    "store": set[str](),
    "logs": {"settings"},
    "tracing": set[str](),
    "supervision": {"errors"},
}
# The layer that both adapters over HTTP stand on, the adapters, and what puts them together.
WEB = {"asgi": {"dataplane", "limits", "errors"}}
ADAPTERS = {"rest", "oip_rest", "rpc"}
COMPOSES = {"opening", "pages", "front", "service"}
ENTRY_POINTS = {"service/rpc/server.py"}
DISTRIBUTIONS = {
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
    "prometheus_client": "prometheus-client",
    "pydantic_core": "pydantic",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
ONLY_IN_TRAINING = ("joblib", "onnx", "pandas", "skl2onnx", "sklearn", "training")
PACKAGES = ("service", "training", "delivery", "rehearsal")
MLSERVER = ROOT / "requirements" / "mlserver.txt"


def sources(package: str) -> list[Path]:
    """The modules of a package that people write, without generated code."""
    return [p for p in sorted((ROOT / package).rglob("*.py")) if "_pb2" not in p.name]


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


def roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


def rooms(path: Path) -> set[str]:
    """The modules and packages directly in service/ that a module imports."""
    return {
        parts[1]
        for name in imports(path)
        if (parts := name.split("."))[0] == "service" and len(parts) > 1
    }


def room(path: Path) -> str:
    """The module or package directly in service/ that a file belongs to."""
    return path.relative_to(ROOT / "service").parts[0].removesuffix(".py")


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


@pytest.mark.parametrize("path", sources("service"), ids=short)
def test_the_service_knows_neither_training_nor_tests(path: Path) -> None:
    assert {"training", "delivery", "rehearsal", "tests"}.isdisjoint(roots(path))


@pytest.mark.parametrize("path", sources("training"), ids=short)
def test_training_knows_neither_how_it_is_delivered_nor_the_tests(path: Path) -> None:
    assert {"delivery", "rehearsal", "tests"}.isdisjoint(roots(path))


@pytest.mark.parametrize("path", sources("delivery"), ids=short)
def test_delivery_knows_neither_its_rehearsal_nor_the_tests(path: Path) -> None:
    assert {"rehearsal", "tests"}.isdisjoint(roots(path))


@pytest.mark.parametrize("path", sources("rehearsal"), ids=short)
def test_the_rehearsal_does_not_know_the_tests(path: Path) -> None:
    assert "tests" not in roots(path)


def test_every_module_of_the_service_has_its_place() -> None:
    places = [*CORE, *WEB, *ADAPTERS, *COMPOSES, "__init__"]

    assert sorted(places) == sorted({room(path) for path in sources("service")})


@pytest.mark.parametrize(("name", "below"), (CORE | WEB).items())
def test_the_core_of_the_service_imports_only_what_is_below_it(name: str, below: set[str]) -> None:
    assert below >= rooms(ROOT / "service" / f"{name}.py")


@pytest.mark.parametrize("path", [p for p in sources("service") if room(p) in ADAPTERS], ids=short)
def test_an_adapter_imports_the_core_and_no_other_adapter(path: Path) -> None:
    below = {*CORE, room(path)} | (set() if room(path) == "rpc" else {*WEB})
    composed = COMPOSES if short(path) in ENTRY_POINTS else set()

    assert below | composed >= rooms(path)


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
    blocked = "".join(f"sys.modules[{name!r}] = None\n" for name in ONLY_IN_TRAINING)
    program = f"import sys\n{blocked}import service.model.predictor"

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_module_is_short_enough_to_be_read_at_once(package: str) -> None:
    lines = {short(path): len(path.read_text().splitlines()) for path in sources(package)}

    assert {} == {path: count for path, count in lines.items() if count > 250}
