"""`make release` says what it would do, and with a version does that and no more."""

import subprocess
from pathlib import Path

import pytest

from delivery import release
from service import __version__
from service.errors import BoxOfficeError
from tests.support.project import ROOT

CHANGELOG = "# Changelog\n\n## Unreleased\n\n### Added\n- A forecast.\n"
CODE = '"""The service."""\n\n__version__ = "0.1.0"  # of the code\n'
CLIENT = '[project]\nname = "client"\nversion = "0.1.0"\ndependencies = []\n'


def git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that has never been released, on main."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    for name in ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"):
        monkeypatch.setenv(f"GIT_{name}", "test@localhost")
    for path, text in {
        release.CHANGELOG: CHANGELOG,
        release.CODE: CODE,
        release.CLIENT: CLIENT,
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git("init", "--quiet", "--initial-branch=main")
    git("add", ".")
    git("commit", "--quiet", "--message=A project")
    return tmp_path


def commit(line: str) -> None:
    """A change that is worth a line in the changelog."""
    text = release.CHANGELOG.read_text()
    release.CHANGELOG.write_text(text.replace("## Unreleased\n", f"## Unreleased\n\n- {line}\n", 1))
    git("commit", "--quiet", "--all", f"--message={line}")


@pytest.mark.usefixtures("repository")
def test_without_a_version_it_says_what_it_would_do_and_does_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    release.main([])

    assert (
        "release: the code is 0.1.0, the newest tag is none\n"
        "release: write CHANGELOG.md\n"
        "release: commit `Release v0.1.0` on main\n"
        "release: tag v0.1.0\n"
        "release: nothing was done; `make release VERSION=0.1.0` does it\n"
    ) == capsys.readouterr().out
    assert ("", "", CHANGELOG) == (
        git("tag"),
        git("status", "--porcelain"),
        release.CHANGELOG.read_text(),
    )


@pytest.mark.usefixtures("repository")
def test_the_first_release_moves_the_changelog_commits_and_tags(
    capsys: pytest.CaptureFixture[str],
) -> None:
    release.main(["0.1.0"])

    _, rest = release.CHANGELOG.read_text().split("## Unreleased\n")
    heading, *lines = rest.strip().splitlines()
    assert "## 0.1.0 - " == heading[: len("## 0.1.0 - ")]
    assert ["", "### Added", "- A forecast."] == lines
    assert "Release v0.1.0" == git("log", "-1", "--format=%s", "v0.1.0")
    assert "tag" == git("cat-file", "-t", "v0.1.0"), "an annotated one"
    assert "left is to `git push origin main v0.1.0`\n" in capsys.readouterr().out


@pytest.mark.usefixtures("repository")
def test_the_next_release_writes_its_version_wherever_one_is_said() -> None:
    release.main(["0.1.0"])
    commit("Another forecast.")
    release.main(["v0.2.0"])

    assert CODE.replace("0.1.0", "0.2.0") == release.CODE.read_text()
    assert CLIENT.replace("0.1.0", "0.2.0") == release.CLIENT.read_text()
    headings = [line for line in release.CHANGELOG.read_text().splitlines() if line[:3] == "## "]
    assert ["## Unreleased", "## 0.2.0", "## 0.1.0"] == [line.split(" - ")[0] for line in headings]
    assert ["v0.1.0", "v0.2.0"] == git("tag").split()
    assert "" == git("status", "--porcelain")


@pytest.mark.usefixtures("repository")
def test_after_a_release_it_names_the_versions_that_may_follow(
    capsys: pytest.CaptureFixture[str],
) -> None:
    release.main(["0.1.0"])
    capsys.readouterr()

    release.main([])

    assert "VERSION=` is for 0.1.1, 0.2.0 or 1.0.0\n" in capsys.readouterr().out


@pytest.mark.usefixtures("repository")
def test_on_another_branch_the_tag_waits_for_main(capsys: pytest.CaptureFixture[str]) -> None:
    git("switch", "--quiet", "--create", "releasing")
    release.main(["0.1.0"])

    assert "" == git("tag")
    assert "merge releasing; then `make release VERSION=0.1.0` on main" in capsys.readouterr().out
    git("switch", "--quiet", "main")
    git("merge", "--quiet", "--squash", "releasing")
    git("commit", "--quiet", "--message=Release v0.1.0 (#1)")
    commits = git("rev-list", "--count", "HEAD")
    release.main(["0.1.0"])

    assert ("v0.1.0", commits) == (git("tag"), git("rev-list", "--count", "v0.1.0"))


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        ("0.2.0", "There is a tag v0.2.0 already; name a newer one."),
        ("0.1.9", "0.1.9 is not newer than 0.2.0, which is the newest tag."),
        ("0.10", "A version has three numbers, as 0.1.0, unlike '0.10'."),
        ("0.3.0rc1", "A version has three numbers, as 0.1.0, unlike '0.3.0rc1'."),
        ("0.3.0", "CHANGELOG.md has nothing under '## Unreleased' to release."),
    ],
)
def test_what_cannot_be_released_is_refused_in_a_sentence(version: str, sentence: str) -> None:
    release.main(["0.2.0"])
    before = git("rev-parse", "HEAD")

    with pytest.raises(BoxOfficeError) as refused:
        release.main([version])

    assert sentence == str(refused.value)
    assert before == git("rev-parse", "HEAD")


@pytest.mark.usefixtures("repository")
def test_versions_are_compared_as_numbers() -> None:
    release.main(["0.9.0"])
    commit("A tenth.")
    release.main(["0.10.0"])

    assert release.Version(0, 10, 0) == release.tagged()[-1]


@pytest.mark.usefixtures("repository")
def test_a_version_older_than_the_code_is_refused() -> None:
    with pytest.raises(BoxOfficeError, match=r"0\.0\.9 is older than the code, which is 0\.1\.0\."):
        release.main(["0.0.9"])


@pytest.mark.usefixtures("repository")
def test_what_was_changed_is_committed_first() -> None:
    release.CODE.write_text(f"{CODE}\n")

    with pytest.raises(BoxOfficeError, match=r"service/__init__\.py was changed: commit it"):
        release.main(["0.1.0"])
    assert CHANGELOG == release.CHANGELOG.read_text()


@pytest.mark.usefixtures("repository")
def test_a_project_without_a_client_is_released_as_well() -> None:
    git("rm", "--quiet", str(release.CLIENT))
    git("commit", "--quiet", "--message=No client")

    release.main(["0.1.0"])

    assert "v0.1.0" == git("tag")


def test_this_project_says_one_version_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    places = [path for path in (release.CODE, release.CLIENT) if path.exists()]

    assert {release.Version.parse(__version__)} == {release.said(path) for path in places}
    assert 1 == release.CHANGELOG.read_text().count("\n## Unreleased\n")
