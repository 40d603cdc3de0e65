"""Films live in two folders: nothing else names one of their fields."""

import re
from pathlib import Path

import pytest

from service.films.fields import FIELDS
from service.films.schema import TARGET, TITLE
from tests.support.project import GENERATED, ROOT

PACKAGES = ("service", "training", "delivery", "rehearsal", "benchmarks", "clients")
DOMAIN = (ROOT / "service" / "films", ROOT / "training" / "films")
WRITTEN = {".py", ".html", ".css", ".js"}
FIELD = re.compile(rf"\b({'|'.join((*FIELDS, TARGET, TITLE))})\b")


def machinery(package: str) -> list[Path]:
    """What people wrote of a package, outside of the two folders."""
    return [
        path
        for path in sorted((ROOT / package).rglob("*"))
        if path.suffix in WRITTEN
        and "_pb2" not in path.name
        and path != GENERATED
        and not any(folder in path.parents for folder in DOMAIN)
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_outside_the_domain_names_a_field(package: str) -> None:
    named = {
        str(path.relative_to(ROOT)): sorted(set(FIELD.findall(path.read_text(encoding="utf-8"))))
        for path in machinery(package)
    }

    assert named
    assert {} == {path: fields for path, fields in named.items() if fields}


def test_every_field_is_named_in_the_domain() -> None:
    text = "".join(path.read_text() for folder in DOMAIN for path in folder.glob("*.py"))

    assert set(FIELD.findall(text)) == {*FIELDS, TARGET, TITLE}
