"""What the pages name exists: files, links, commands, modules, stages and workflows."""

import re
from pathlib import Path

import pytest
import yaml

from tests.support import pages
from tests.support.project import ROOT

MAKEFILES = [ROOT / "Makefile", ROOT / "delivery" / "workflows.mk"]
every_page = pytest.mark.parametrize("page", pages.TEXTS)


def written() -> str:
    """Where the project says which files its commands write."""
    return "".join(
        (ROOT / name).read_text() for name in ("dvc.yaml", "reports/.gitignore")
    ) + "".join((ROOT / "training" / f"{n}.py").read_text() for n in ("promote", "outcomes"))


def targets() -> set[str]:
    return {
        name
        for path in MAKEFILES
        for name in re.findall(r"^([a-z-]+):(?!=)", path.read_text(), re.M)
    }


@every_page
def test_links_lead_somewhere(page: str) -> None:
    found = pages.links(pages.TEXTS[page])

    assert [] == [path for path, _ in found if not pages.resolved(page, path).exists()]
    assert [] == [
        (path, anchor)
        for path, anchor in found
        if anchor and anchor not in pages.anchors(pages.resolved(page, path))
    ]


@every_page
def test_files_that_a_page_names_exist(page: str) -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()} - {".github"}
    named = set(re.findall(r"`([\w.]+/[\w./-]*)`", pages.TEXTS[page]))
    ours = {name for name in named if name.split("/")[0] in folders}

    there, others = pages.tracked(), written()
    assert set() == {
        name for name in ours if name.rstrip("/") not in there and Path(name).name not in others
    }


@every_page
def test_commands_of_make_exist(page: str) -> None:
    text = pages.TEXTS[page]
    shown = re.findall(r"(?:`|^\$ |^)make ([a-z-]+)(?: ([a-z-]+)$)?", text, re.M)

    assert {name for pair in shown for name in pair if name} <= targets()


@every_page
def test_modules_that_are_run_exist(page: str) -> None:
    named = re.findall(
        r"python -m ((?:service|training|delivery|rehearsal)[\w.]*)", pages.TEXTS[page]
    )
    paths = [ROOT / name.replace(".", "/") for name in named]

    assert [] == [path for path in paths if not (path.with_suffix(".py").exists() or path.is_dir())]


def test_architecture_names_every_module_of_the_service() -> None:
    rows = pages.table("docs/architecture.md", "module of `service/`")
    modules = {path.name for path in (ROOT / "service").glob("*.py")} - {"__init__.py"}

    assert modules == {row[0].strip("`") for row in rows}


def test_architecture_names_every_command_of_training() -> None:
    rows = pages.table("docs/architecture.md", "command")
    commands = {path.stem for path in (ROOT / "training").glob("*.py")} - {"__init__"}

    assert commands == {row[0].strip("`").removeprefix("python -m training.") for row in rows}


def test_architecture_draws_every_stage_of_the_pipeline() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    [drawing] = [d for d in pages.blocks("docs/architecture.md", "mermaid") if "ingest" in d]

    assert [] == [name for name in stages if name not in drawing]


def test_delivery_names_every_workflow() -> None:
    workflows = {path.name for path in (ROOT / ".github" / "workflows").glob("*.y*ml")}
    [drawing] = pages.blocks("docs/delivery.md", "mermaid")

    assert workflows == {row[0].strip("`") for row in pages.table("docs/delivery.md", "workflow")}
    assert [] == [name for name in workflows if name not in drawing]


def test_delivery_shows_lines_that_a_rehearsal_prints() -> None:
    shown = pages.commands("docs/delivery.md")
    printed = "".join(text for command, text in shown if command.startswith("make rehearse"))
    code = "\n".join(path.read_text() for path in (ROOT / "rehearsal").rglob("*.py"))
    subjects = re.findall(r"^ +\d+ s  ([a-z ]+): ", printed, re.M)

    assert len(printed.splitlines()) == len(subjects)
    assert [] == [
        subject
        for subject in subjects
        if f'"{subject}: ' not in code and f"def {subject.replace(' ', '_')}(" not in code
    ]
