"""The pages that people read: what they show, taken apart so that tests can compare it."""

import re
import subprocess
from pathlib import Path

from tests.support.project import ROOT

PATHS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {str(path.relative_to(ROOT)): path.read_text() for path in PATHS}


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.+?)^```$", TEXTS[page], re.S | re.M)


def commands(page: str) -> list[tuple[str, str]]:
    """The commands of a page's consoles, each with what it prints there."""
    pairs = []
    for block in blocks(page, "console"):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            lines = part.splitlines(keepends=True)
            end = 1 + next(i for i, line in enumerate(lines) if not _goes_on(lines[: i + 1]))
            pairs.append(("".join(lines[:end]).strip(), "".join(lines[end:])))
    return pairs


def _goes_on(lines: list[str]) -> bool:
    """Does the command go on in the next line, in a quotation or after a backslash?"""
    return lines[-1].endswith("\\\n") or "".join(lines).count("'") % 2 == 1


def table(page: str, first: str) -> list[list[str]]:
    """The rows of the table whose first column has this title, each as its cells."""
    [found] = re.findall(
        rf"^\| {re.escape(first)} \|.*\n\| ---.*\n((?:\|.*\n)+)", TEXTS[page], re.M
    )
    return [
        [cell.strip() for cell in row.strip().strip("|").split("|")] for row in found.splitlines()
    ]


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"^```.+?^```$", "", path.read_text(), flags=re.S | re.M)
    titles = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def links(text: str) -> list[tuple[str, str]]:
    """The links of a text that lead into the repository: path, "" for the page, and anchor."""
    addresses = re.findall(r"\]\(([^)\s]+)\)", text)
    inside = [address for address in addresses if not re.match(r"[a-z]+:", address)]
    return [(path, anchor) for path, _, anchor in (each.partition("#") for each in inside)]


def resolved(page: str, path: str) -> Path:
    """Where a link of a page leads."""
    return (ROOT / page).parent.joinpath(path).resolve() if path else ROOT / page


def tracked() -> set[str]:
    """The files of the repository and the folders that they are in."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [Path(name) for name in listed.splitlines() if (ROOT / name).exists()]
    return {str(path) for file in files for path in (file, *file.parents)}
