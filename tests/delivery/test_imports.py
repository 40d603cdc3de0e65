"""`make openings`: tables of another repository enter by DVC, and one command takes them away.

That repository is one on this machine, to which git is led by the address of the real one.
"""

import json
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.checkout import Checkout, copy_project
from tests.support.films import invented_tables, write_tables
from tests.support.project import ROOT, SHARED
from tests.support.server import running

RECORD = "data/openings.dvc"
IMPORT: dict[str, Any] = yaml.safe_load((ROOT / RECORD).read_text())
[SOURCE] = IMPORT["deps"]
URL, REVISION = SOURCE["repo"]["url"], SOURCE["repo"]["rev_lock"]


def lead(home: Path, upstream: Path) -> None:
    """Let git find a repository at the address of the real one."""
    (home / ".gitconfig").write_text(f'[url "file://{upstream}"]\n  insteadOf = {URL}\n')


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A repository with tables: of the second set, or of invented films where that is not here."""
    other = Checkout(tmp_path_factory.mktemp("upstream"), tmp_path_factory.mktemp("home"))
    folder = other.root / SOURCE["path"]
    folder.mkdir(parents=True)
    if SHARED.is_dir():
        for path in SHARED.glob("*.csv"):
            shutil.copyfile(path, folder / path.name)
    else:
        write_tables(invented_tables(), folder)
    other.commit_all()
    return other


@pytest.fixture(scope="module")
def template(upstream: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """The project, whose import is of that repository; of the tables it has the .dvc file alone."""
    made = Checkout(tmp_path_factory.mktemp("template"), tmp_path_factory.mktemp("home"))
    copy_project(made.root)
    made.commit_all()
    lead(made.home, upstream.root)
    revision = upstream.run("git", "rev-parse", "HEAD").strip()
    words = ("dvc", "import", "--quiet", "--force", URL, SOURCE["path"], f"--rev={revision}")
    made.run(*words, "--out", "data/openings")
    shutil.rmtree(made.root / "data" / "openings")
    shutil.rmtree(made.root / ".dvc" / "cache")
    made.run("git", "commit", "--quiet", "--all", "--message", "An import")
    return made


@pytest.fixture
def project(template: Checkout, tmp_path: Path) -> Checkout:
    """A copy of that project."""
    made = Checkout(tmp_path / "project", tmp_path / "home")
    for folder in ("root", "home"):
        shutil.copytree(getattr(template, folder), getattr(made, folder))
    return made


def make(project: Checkout, *words: str) -> str:
    """What a command of the Makefile prints; the packages are there already."""
    return project.run("make", "--silent", *words, "INSTALLED=")


def changed(project: Checkout) -> list[str]:
    """The files that differ from what was committed."""
    return project.run("git", "status", "--porcelain").split()


def refused(project: Checkout, *words: str) -> str:
    """The sentence of a command that fails."""
    with pytest.raises(AssertionError) as failure:
        make(project, *words)
    [sentence] = re.findall(r"imports: (.+)$", str(failure.value), re.M)
    return sentence


def test_the_import_is_of_one_revision_and_hash_and_none_of_its_tables_is_in_the_repository() -> (
    None
):
    assert "https://github.com/apolanco3225/Movie-Revenue-Regression" == URL
    assert REVISION == SOURCE["repo"]["rev"] == "ea044490ac43ec242cef8670e1370d94942fc045"
    [tables] = IMPORT["outs"]
    assert "c29137282a8b65e18969cdc812273fe6.dir" == tables["md5"]
    assert (3, 993_700) == (tables["nfiles"], tables["size"])
    words = ("git", "ls-files", "data/openings*")
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {RECORD, "data/openings.md"} >= set(listed.split())
    ignored = ("git", "check-ignore", "--quiet", "data/openings/movies.csv")
    assert 0 == subprocess.run(ignored, cwd=ROOT, check=False).returncode


def test_what_is_imported_is_learned_from_and_taken_away_it_leaves_every_byte(
    project: Checkout,
) -> None:
    before = (project.root / "params.yaml").read_bytes()

    printed = make(project, "openings")

    assert "ingest.source is data/open, data/openings" in printed
    assert ["M", "params.yaml"] == changed(project)
    assert 3 == len(list((project.root / "data" / "openings").glob("*.csv")))

    assert "ingest.source is data/open\n" in make(project, "no-openings")

    assert before == (project.root / "params.yaml").read_bytes()
    assert [] == changed(project)
    assert not (project.root / "data" / "openings").exists()


def test_what_was_imported_once_comes_back_without_network_however_often(
    project: Checkout, tmp_path: Path
) -> None:
    make(project, "openings")
    once = (project.root / "params.yaml").read_bytes()
    lead(project.home, tmp_path / "nowhere")

    make(project, "openings")
    assert once == (project.root / "params.yaml").read_bytes()
    make(project, "no-openings")
    make(project, "no-openings")
    make(project, "openings")

    assert once == (project.root / "params.yaml").read_bytes()
    assert 3 == len(list((project.root / "data" / "openings").glob("*.csv")))


def record(project: Checkout, before: str, after: str) -> None:
    """Change what the .dvc file says, and commit it."""
    path = project.root / RECORD
    text = re.sub(before, after, path.read_text())
    assert text != path.read_text()
    path.write_text(text)
    project.run("git", "commit", "--quiet", "--all", "--message", "Another import")


UNDO = f"undo what was changed in {RECORD}, or import another one with `dvc update`."


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            r"- md5: \w{4}",
            "- md5: 0000",
            rf"data/raw of {URL} does not have the hash that {RECORD}",
        ),
        (r"rev_lock: \w{4}", "rev_lock: 0000", rf"{URL} has no revision 0000\w+: {UNDO}"),
        (r"path: data/raw", "path: data/none", rf"{URL} has no data/none in revision \w+: {UNDO}"),
    ],
    ids=["hash", "revision", "path"],
)
def test_what_is_not_what_was_imported_is_refused_in_a_sentence_and_nothing_is_left_of_it(
    project: Checkout, before: str, after: str, said: str
) -> None:
    record(project, before, after)

    assert re.match(said, refused(project, "openings"))

    assert [] == changed(project)
    assert not (project.root / "data" / "openings").exists()


def test_without_network_that_is_said_and_nothing_is_changed(
    project: Checkout, tmp_path: Path
) -> None:
    lead(project.home, tmp_path / "nowhere")

    said = refused(project, "openings")

    assert f"{URL} cannot be reached: check the network, and try again." == said
    assert [] == changed(project)
    assert not (project.root / "data" / "openings").exists()


def test_files_that_somebody_has_put_there_are_not_overwritten(project: Checkout) -> None:
    ours = project.root / "data" / "openings" / "movies.csv"
    ours.parent.mkdir()
    ours.write_text("ours")

    said = refused(project, "openings")

    assert "data/openings holds files that were not imported: move it away, and try again." == said
    assert "ours" == ours.read_text()
    assert [] == changed(project)


def test_nobody_else_needs_the_network(project: Checkout, tmp_path: Path) -> None:
    lead(project.home, tmp_path / "nowhere")
    project.run("dvc", "remote", "add", "--default", "folder", str(tmp_path / "remote"))

    project.run("dvc", "repro", "prepare")
    project.run("dvc", "push")

    assert not (project.root / "data" / "openings").exists()


def test_an_import_is_not_pushed_to_the_bucket_of_those_who_learn_from_it(
    project: Checkout, tmp_path: Path
) -> None:
    make(project, "openings")
    project.run("dvc", "remote", "add", "--default", "folder", str(tmp_path / "remote"))

    project.run("dvc", "push")

    assert [] == [path for path in (tmp_path / "remote").rglob("*") if path.is_file()]


def test_tables_that_are_listed_and_not_here_stop_the_pipeline_and_are_told_how_to_come(
    project: Checkout,
) -> None:
    make(project, "openings")
    shutil.rmtree(project.root / "data" / "openings")

    with pytest.raises(AssertionError, match=rf"get it with `dvc pull {RECORD}`, or take it out"):
        project.run("dvc", "repro", "ingest")
    project.run("dvc", "pull", RECORD)

    assert "data/openings/opening_gross.csv" in project.run("dvc", "repro", "ingest")


@pytest.fixture
def quick(project: Checkout) -> Checkout:
    """The project with few trees."""
    path = project.root / "params.yaml"
    text = path.read_text()
    for setting, value in (("max_iter", 3), ("folds", 3), ("n_components", 10)):
        text = re.sub(rf"(\b{setting}): \d+", rf"\1: {value}", text)
    path.write_text(text.replace("ablation_folds: 2", "ablation_folds: 0"))
    return project


@pytest.fixture
def horizons(quick: Checkout, tmp_path: Path) -> Iterator[list[str]]:
    """Which horizons a server answers, of films without and with an opening, after `make train`."""
    make(quick, "openings")
    make(quick, "train")
    films = [{"production_budget": 2e7}, {"production_budget": 2e7, "opening_gross": 1e7}]
    (tmp_path / "server").mkdir()
    store = quick.env["BENTOML_HOME"]
    with running(tmp_path / "server", code=quick.root, BENTOML_HOME=store) as server:
        request = urllib.request.Request(
            f"{server.http}/v1/predictions",
            json.dumps(films).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            yield [each["horizon"] for each in json.load(answer)]


def test_from_then_on_both_horizons_are_answered(horizons: list[str], quick: Checkout) -> None:
    assert ["pre_release", "post_opening"] == horizons
    card = json.loads((quick.root / "models" / "model_card.json").read_text())
    assert ["data/open", "data/openings"] == card["data"]["source"]
    page = (quick.root / "models" / "model_card.md").read_text()
    assert "from `data/open` and `data/openings` (SHA-256" in page
    report = json.loads((quick.root / "reports" / "ingest.json").read_text())
    assert 5 == len(report["files"])
