"""`make help` lists what people type, in groups; what workflows call has a file of its own."""

import re
import subprocess

from tests.support.project import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
WORKFLOWS_MK = (ROOT / "delivery" / "workflows.mk").read_text()
WORKFLOWS = "\n".join(path.read_text() for path in ROOT.glob(".github/workflows/*.y*ml"))


def targets(text: str) -> set[str]:
    """The commands that a makefile declares as .PHONY."""
    [listed] = re.findall(r"^\.PHONY: ((?:.*\\\n)*.*)$", text, re.M)
    return set(listed.replace("\\", "").split())


def called(text: str) -> set[str]:
    """The targets that a script or a workflow makes."""
    return set(re.findall(r"^.*?\bmake (?:-C \w+ )?([a-z]+)$", text, re.M))


def printed_help() -> dict[str, list[str]]:
    """The commands that `make help` prints, by group."""
    command = ["make", "--no-print-directory", "help"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    groups: dict[str, list[str]] = {"": []}
    for line in printed.splitlines():
        if listed := re.fullmatch(r"  make (\S+) +\S.*", line):
            groups[[*groups][-1]].append(listed[1])
        elif line and not line.endswith("."):
            groups[line] = []
    return groups


def test_help_lists_what_people_type_in_groups() -> None:
    groups = printed_help()

    assert ["", "Use it", "Model", "Ship", "Upkeep"] == list(groups)
    assert all(groups.values())
    assert sorted(targets(MAKEFILE)) == sorted(name for names in groups.values() for name in names)


def test_what_only_workflows_call_is_in_a_file_of_its_own() -> None:
    assert targets(WORKFLOWS_MK)
    assert targets(WORKFLOWS_MK) == called(WORKFLOWS.replace("run: ", "")) - targets(MAKEFILE)


def test_each_of_those_says_what_it_is_for() -> None:
    assert targets(WORKFLOWS_MK) == set(re.findall(r"^# .+\n([a-z]+):", WORKFLOWS_MK, re.M))


def test_check_does_what_has_to_pass_in_continuous_integration() -> None:
    [(first, then)] = re.findall(r"^check: ([a-z ]+) ## .+\n((?:\t.+\n)+)", MAKEFILE, re.M)
    steps = [
        *(f"make {name}" for name in first.split()),
        *then.replace("$(MAKE)", "make").split("\n"),
    ]
    script = (ROOT / ".ci" / "run").read_text()
    required = re.findall(r"^(?:\w+=\S+ )?(make [a-z]+|\.ci/\w+)", script, re.M)

    assert set(required) == {step.strip() for step in steps if step}
