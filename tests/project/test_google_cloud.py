"""Whoever pastes docs/google-cloud.md or docs/day-two.md calls what exists: stand-ins run them.

Bash runs all of them in their order. Each program that they call notes its arguments and does
nothing else; what gcloud was called with goes through gcloud's own parser.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from delivery import rollout, services
from delivery.settings import VARIABLES, Settings
from tests.support.project import ROOT

Call = list[str]
PAGE = (ROOT / "docs" / "google-cloud.md").read_text()
DAY_TWO = (ROOT / "docs" / "day-two.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.+?)^```$", PAGE + DAY_TWO, re.S | re.M)
WORKFLOWS = {path.name: path.read_text() for path in ROOT.glob(".github/workflows/*.y*ml")}
[POLICIES] = re.findall(r"^\[\n.+?^\]$", PAGE, re.S | re.M)

STAND_INS = [
    *("base64", "bq", "cosign", "curl", "gcloud", "gh", "git", "grep", "grpcurl", "head"),
    *("make", "rm", "tr"),
]
REAL = ["cat", "mktemp"]
END = "\x1e"
STAND_IN = f"""#!/bin/bash
printf '%s\\0' "${{0##*/}}" "$@" {shlex.quote(END)} >> "$CALLS"
[[ "$*" != "iam service-accounts keys create"* ]] || : > "$5"
echo answer 2> /dev/null
"""


def write_stand_ins(folder: Path, names: list[str]) -> Path:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text(STAND_IN)
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all blocks of the page were run, out of reach of any cloud."""
    clone = tmp_path_factory.mktemp("clone")
    (clone / ".github" / "workflows").mkdir(parents=True)
    (clone / "ops").symlink_to(ROOT / "ops")
    write_stand_ins(clone / ".venv" / "bin", ["dvc", "python"])
    path = write_stand_ins(clone / "bin", STAND_INS)
    for name in REAL:
        (path / name).symlink_to(shutil.which(name) or name)
    script = re.sub(r"\bYOUR-[A-Z-]+", lambda name: name[0].lower(), "\n".join(BLOCKS))
    done = subprocess.run(
        ["/bin/bash", "-eu", "-c", script],
        cwd=clone,
        env={"PATH": str(path), "CALLS": str(clone / "calls"), "TMPDIR": str(clone)},
        input="a token of GitHub\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)
    return clone


@pytest.fixture(scope="module")
def calls(clone: Path) -> list[Call]:
    """What was called, each time the program and its arguments."""
    noted = (clone / "calls").read_text().split(f"{END}\0")
    return [call.split("\0")[:-1] for call in noted if call]


def following(calls: list[Call], *words: str) -> list[Call]:
    """What follows these words in each call that begins with them."""
    return [call[len(words) :] for call in calls if tuple(call[: len(words)]) == words]


@pytest.fixture(scope="module")
def variables(calls: list[Call]) -> dict[str, str]:
    """What GitHub is told, by name."""
    return {name: value for name, _, value in following(calls, "gh", "variable", "set")}


@pytest.mark.skipif(not shutil.which("gcloud"), reason="gcloud is not on PATH")
def test_gcloud_accepts_every_command(calls: list[Call], tmp_path: Path) -> None:
    # Of commands with the same words and options one is enough: each takes a while.
    shapes = {tuple(word.partition("=")[0] for word in call): call for call in calls}
    commands = [shlex.join(call) for call in shapes.values() if call[0] == "gcloud"]
    listed = [{"command_string": command} for command in commands]
    (tmp_path / "commands.json").write_text(json.dumps(listed))

    done = subprocess.run(
        ["gcloud", "meta", "lint-gcloud-commands", f"--commands-file={tmp_path}/commands.json"],
        cwd=ROOT,  # where the files are that commands read
        env=os.environ | {"CLOUDSDK_CONFIG": str(tmp_path)},
        input=POLICIES,  # read by the command that says --policy=-
        capture_output=True,
        text=True,
        check=True,
    )

    judged = json.loads(done.stdout)
    assert [] == [(j["command_string"], j["error_message"]) for j in judged if not j["success"]]
    assert len(commands) == len(judged) > 40


def test_github_is_told_all_that_the_workflows_ask_for(variables: dict[str, str]) -> None:
    asked = {name for text in WORKFLOWS.values() for name in re.findall(r"\bvars\.(\w+)", text)}
    accounts = {f"GOOGLE_{name}" for name in ("REVIEWER", "TRAINER", "WATCHER")}
    federation = {"GOOGLE_WORKLOAD_IDENTITY_PROVIDER", *accounts}

    assert asked | federation | set(VARIABLES.values()) <= set(variables)


def test_github_is_told_all_secrets_of_the_workflows(calls: list[Call]) -> None:
    asked = {name for text in WORKFLOWS.values() for name in re.findall(r"secrets\.(\w+)", text)}

    assert asked - {"GITHUB_TOKEN"} <= {call[0] for call in following(calls, "gh", "secret", "set")}


def test_what_github_is_told_are_settings_of_a_deployment(variables: dict[str, str]) -> None:
    settings = Settings.from_env(variables)
    deployed = services.options(services.GRPC, settings)
    given = rollout.parse(["image", *variables["ROLLOUT"].split()])

    rollout.check_image(f"{settings.repository}@sha256:{'0' * 64}", settings.repository)
    assert rollout.rules(given).watch > rollout.Rules().watch
    assert settings.repository.startswith(f"{settings.region}-docker.pkg.dev/{settings.project}/")
    assert Settings.service == settings.service
    assert any("=BOX_OFFICE_LOG=json,BOX_OFFICE_JOURNAL=stdout" in option for option in deployed)


def test_who_can_change_anything_is_a_workflow_as_it_stands_on_main(calls: list[Call]) -> None:
    accounts = following(calls, "gcloud", "iam", "service-accounts", "add-iam-policy-binding")
    may_become = {
        name.partition("@")[0]: options[-1].rpartition("/attribute.")[2]
        for name, *options in accounts
        if "--role=roles/iam.workloadIdentityUser" in options
    }

    assert {
        "reviewer": "repository_id/answer",
        "trainer": "workflow_ref/answer/.github/workflows/train.yml@refs/heads/main",
        "deployer": "workflow_ref/answer/.github/workflows/deploy.yml@refs/heads/main",
        "watcher": "workflow_ref/answer/.github/workflows/watch.yml@refs/heads/main",
        "caller": "aws_role/your-aws-role",
    } == may_become
    assert {"train.yml", "deploy.yml", "watch.yml"} <= set(WORKFLOWS)


def test_each_workflow_logs_in_as_the_account_that_was_made_for_it() -> None:
    accounts = {
        name: set(re.findall(r"service_account: \$\{\{ vars\.(\w+)", text))
        for name, text in WORKFLOWS.items()
    }

    assert {
        "audit.yml": set(),
        "upkeep.yml": set(),
        "test.yml": set(),
        "report.yml": {"GOOGLE_REVIEWER"},
        "train.yml": {"GOOGLE_TRAINER"},
        "watch.yml": {"GOOGLE_WATCHER"},
        "deploy.yml": {"GOOGLE_DEPLOYER"},
    } == accounts


def test_an_account_that_any_branch_can_use_changes_nothing(calls: list[Call]) -> None:
    granted = [call for call in calls if any("member=serviceAccount:reviewer@" in w for w in call)]

    assert ["--role=roles/storage.objectViewer"] == [call[-1] for call in granted]


def test_the_journal_is_read_by_workflows_of_main_and_written_by_the_sink(
    calls: list[Call],
) -> None:
    buckets = following(calls, "gcloud", "storage", "buckets", "add-iam-policy-binding")
    granted = {tuple(options) for name, *options in buckets if name.endswith("-journal")}

    readers = {
        f"--member=serviceAccount:{name}@your-project.iam.gserviceaccount.com"
        for name in ("watcher", "trainer", "deployer")
    }
    assert granted == {
        *((reader, "--role=roles/storage.objectViewer") for reader in readers),
        ("--member=answer", "--role=roles/storage.objectCreator"),
    }


def test_who_is_told_of_the_journal_may_read_it() -> None:
    told = {name for name, text in WORKFLOWS.items() if "vars.BOX_OFFICE_JOURNAL }}" in text}

    assert {"watch.yml", "train.yml", "deploy.yml"} == told


def test_the_watch_alone_may_write_into_the_log(calls: list[Call]) -> None:
    granted = [c for c in calls if c[-1] == "--role=roles/logging.logWriter" and "add-iam" in c[2]]

    assert ["watcher"] == [re.findall(r"Account:(\w+)@", "".join(c))[0] for c in granted]


def test_the_account_that_runs_the_containers_reads_a_secret_and_has_no_other_role(
    calls: list[Call],
) -> None:
    granted = [call for call in calls if any("add-iam-policy-binding" in word for word in call)]

    assert granted
    assert [["gcloud", "secrets", "add-iam-policy-binding", "box-office-outcomes"]] == [
        call[:4] for call in granted if any("--member=serviceAccount:runtime" in w for w in call)
    ]


def test_what_is_dispatched_is_waited_for(calls: list[Call]) -> None:
    inputs = yaml.safe_load(WORKFLOWS["deploy.yml"])[True]["workflow_dispatch"]["inputs"]
    given = {tuple(call) for call in following(calls, "gh", "workflow", "run", "deploy.yml")}
    [job] = following(calls, "gcloud", "scheduler", "jobs", "create", "http", "retrain")
    [event] = [json.loads(w.partition("=")[2]) for w in job if w.startswith("--message-body=")]
    triggers = [yaml.safe_load(text)[True] for text in WORKFLOWS.values()]
    events = [t["repository_dispatch"]["types"] for t in triggers if "repository_dispatch" in t]

    back = ("--ref", "main", "-f", "action=rollback")
    assert {("--ref", "main"), back, (*back, "-f", "to=your-revision")} == given
    assert "rollback" in inputs["action"]["options"]
    assert "string" == inputs["to"]["type"]
    assert all(event["event_type"] in types for types in events)


def rulesets() -> dict[str, dict[str, Any]]:
    """The rules of main, by the name of their ruleset."""
    bodies = [json.loads(text) for text in re.findall(r"^\{\n.+?^\}$", PAGE, re.S | re.M)]
    return {body["name"]: body for body in bodies}


def rule(body: dict[str, Any], kind: str) -> dict[str, Any]:
    """What a ruleset asks for in one of its rules."""
    [parameters] = [rule["parameters"] for rule in body["rules"] if rule["type"] == kind]
    return dict(parameters)


def test_main_is_protected_by_a_check_that_exists_and_that_nobody_goes_round() -> None:
    checked = rulesets()["checked"]
    required = rule(checked, "required_status_checks")["required_status_checks"]
    jobs = yaml.safe_load(WORKFLOWS["test.yml"])["jobs"].values()

    assert {each["context"] for each in required} <= {job["name"] for job in jobs}
    assert "bypass_actors" not in checked


def test_a_workflow_can_open_a_pull_request_and_not_approve_it(calls: list[Call]) -> None:
    """GitHub has one setting for both: the review of a code owner is what it cannot give."""
    [permitted] = [call for call in calls if "can_approve_pull_request_reviews=true" in call]
    review = rule(rulesets()["reviewed"], "pull_request")
    roles = {actor["actor_type"] for actor in rulesets()["reviewed"]["bypass_actors"]}

    assert "default_workflow_permissions=read" in permitted
    assert review["required_approving_review_count"] >= 1
    assert review["require_code_owner_review"]
    assert review["require_last_push_approval"]
    assert review["dismiss_stale_reviews_on_push"]
    assert {"RepositoryRole"} == roles, "the app of the workflows is none"


def test_the_code_has_an_owner_before_a_review_is_asked_of_one(clone: Path) -> None:
    assert "* @answer\n" == (clone / ".github" / "CODEOWNERS").read_text()
    assert PAGE.index("git add .dvc/config .github/CODEOWNERS") < PAGE.index('"reviewed"')


def test_what_can_change_anything_has_its_key_in_an_environment_that_main_alone_may_use(
    calls: list[Call],
) -> None:
    used = {
        job["environment"]
        for text in WORKFLOWS.values()
        for job in yaml.safe_load(text)["jobs"].values()
        if "environment" in job
    }
    only_main = {call[4].split("/")[-2] for call in calls if call[-2:] == ["-f", "name=main"]}
    secrets = following(calls, "gh", "secret", "set", "GOOGLE_CREDENTIALS_BASE64")

    assert used == only_main
    assert [[], *(["--env", name] for name in sorted(used))] == sorted(
        secrets, key=lambda words: words[-1:]
    )


def test_the_workflow_that_is_to_be_refused_uses_the_actions_of_the_others(clone: Path) -> None:
    tried = (clone / ".github" / "workflows" / "try-federation.yml").read_text()
    actions = re.findall(r"uses: (.+)", tried)

    assert 2 == len(actions)
    assert set(actions) <= set(re.findall(r"uses: (.+)", "\n".join(WORKFLOWS.values())))


@pytest.mark.parametrize("asking", ["auth login\n", "auth application-default login", "read -rs"])
def test_what_asks_a_question_stands_alone(asking: str) -> None:
    """It would take the next line of the block for the answer."""
    blocks = [block for block in BLOCKS if asking in block]

    assert blocks
    assert {1} == {block.count("\n") for block in blocks}


def test_every_metric_and_every_alert_is_made(calls: list[Call]) -> None:
    metrics = following(calls, "gcloud", "logging", "metrics", "create")
    alerts = following(calls, "gcloud", "alpha", "monitoring", "policies", "create")
    folder = ROOT / "ops" / "google-cloud"

    assert {(path.stem, str(path.relative_to(ROOT))) for path in folder.glob("metrics/*.json")} == {
        (name, file.partition("=")[2]) for name, file in metrics
    }
    assert {str(path.relative_to(ROOT)) for path in folder.glob("alerts/*.json")} == {
        file.partition("=")[2] for file, _ in alerts
    }
    assert all(channel == "--notification-channels=answer" for _, channel in alerts)


def test_links_within_the_page_lead_somewhere() -> None:
    titles = re.findall(r"^#+ (.+)$", PAGE, re.M)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}

    assert set(re.findall(r"\]\(#(.+?)\)", PAGE)) <= anchors
