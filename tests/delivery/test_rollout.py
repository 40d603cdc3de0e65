"""Deployment: a new image takes over step by step, or what served before serves again."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml

from delivery import rollback, rollout
from delivery.cloudrun import sound
from service.errors import BoxOfficeError
from tests.support.cloud import IMAGES, REPOSITORY, Cloud, open_cloud
from tests.support.project import ROOT
from tests.support.server import Server, running

FIRST, SECOND, THIRD = IMAGES
GCLOUD = shutil.which("gcloud")
QUICK = ["--watch", "0.1", "--pause", "0.05", "--patience", "0", "--least", "5"]
REST, RPC = "box-office", "box-office-grpc"


@pytest.fixture(scope="module")
def server(model_tag: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the parameters of the project, but for absurd forecasts of a small model."""
    parameters = yaml.safe_load((ROOT / "params.yaml").read_text())
    for film in parameters["promote"]["smoke"]:
        film.update(low=0, high=1e12)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(parameters))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cloud(project: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A cloud whose services are the running server."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    cloud = open_cloud(project / "cloud", monkeypatch)
    cloud.address(box_office=server.http, box_office_grpc=f"http://{server.grpc}")
    yield cloud
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def deployed(cloud: Cloud) -> Cloud:
    """A cloud where the first image serves, and a second would be found sound."""
    revisions = {name: f"{name}-00001-fak" for name in (REST, RPC)}
    state = {
        name: {"percent": {revision: 100}, "tags": {}, "revisions": {revision: FIRST}}
        for name, revision in revisions.items()
    }
    (cloud.folder / "state.json").write_text(json.dumps(state))
    cloud.log(f"{REST}-00002-fak")
    return cloud


def refused(*arguments: str) -> str:
    """What a deployment says when it fails."""
    with pytest.raises(BoxOfficeError) as failure:
        rollout.main([*arguments, *QUICK])
    return str(failure.value)


def check_untouched(cloud: Cloud) -> None:
    """Both services serve their first revision, and nothing is left of another."""
    for name in (REST, RPC):
        assert {f"{name}-00001-fak": 100} == cloud.service(name)["percent"]
        assert {} == cloud.service(name)["tags"]


def test_the_first_image_serves_once_it_is_made(cloud: Cloud) -> None:
    assert 0 == rollout.main([FIRST, *QUICK])

    for name in (REST, RPC):
        assert {f"{name}-00001-fak": 100} == cloud.service(name)["percent"]
        assert {f"{name}-00001-fak": FIRST} == cloud.service(name)["revisions"]


def test_a_first_deployment_that_fails_can_be_repeated(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FAIL", "run deploy#2")
    assert f"{RPC} had served nothing before" in refused(FIRST)
    cloud.change(REST, percent={})
    monkeypatch.delenv("FAKE_FAIL")

    assert 0 == rollout.main([SECOND, *QUICK])
    assert {f"{REST}-00002-fak": 100} == cloud.service(REST)["percent"]
    assert {f"{RPC}-00001-fak": 100} == cloud.service(RPC)["percent"]


def test_a_service_that_is_new_beside_an_old_one_serves_at_once(deployed: Cloud) -> None:
    state = json.loads((deployed.folder / "state.json").read_text())
    (deployed.folder / "state.json").write_text(json.dumps({REST: state[REST]}))

    assert 0 == rollout.main([SECOND, *QUICK])
    assert {f"{REST}-00002-fak": 100} == deployed.service(REST)["percent"]
    assert {f"{RPC}-00001-fak": 100} == deployed.service(RPC)["percent"]


def test_the_next_image_takes_over_and_the_one_before_is_remembered(deployed: Cloud) -> None:
    assert 0 == rollout.main([SECOND, *QUICK])

    for name in (REST, RPC):
        assert {f"{name}-00002-fak": 100} == deployed.service(name)["percent"]
        assert {"previous": f"{name}-00001-fak"} == deployed.service(name)["tags"]


def test_a_tenth_of_the_traffic_comes_before_all_of_it(deployed: Cloud) -> None:
    rollout.main([SECOND, *QUICK])

    routed = [
        next(word for word in call["argv"] if word.startswith("--to-revisions="))
        for call in deployed.arguments()
        if call["command"] == "run services update-traffic" and REST in call["argv"]
    ]
    assert [
        f"--to-revisions={REST}-00002-fak=10,{REST}-00001-fak=90",
        f"--to-revisions={REST}-00002-fak=100",
        f"--to-revisions={REST}-00002-fak=100",
    ] == routed


def test_a_revision_is_made_without_traffic(deployed: Cloud) -> None:
    rollout.main([SECOND, *QUICK])

    made = [call["argv"] for call in deployed.arguments() if call["command"] == "run deploy"]
    assert 2 == len(made)
    assert all({"--no-traffic", "--tag=candidate"} <= set(argv) for argv in made)
    assert ["--no-use-http2", "--use-http2"] == [
        word for argv in made for word in argv if "http2" in word
    ]


def test_both_services_have_the_settings_of_their_owner(
    deployed: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE_SETTINGS", "BOX_OFFICE_JOURNAL=stdout  BOX_OFFICE_TIMEOUT=2")
    rollout.main([SECOND, *QUICK])

    made = [call["argv"] for call in deployed.arguments() if call["command"] == "run deploy"]
    told = [word for argv in made for word in argv if word.startswith("--set-env-vars=")]
    own = "BOX_OFFICE_JOURNAL=stdout,BOX_OFFICE_TIMEOUT=2"
    assert [
        f"--set-env-vars=BOX_OFFICE_LOG=json,BOX_OFFICE_GRPC_PORT=0,{own}",
        f"--set-env-vars=BOX_OFFICE_LOG=json,{own}",
    ] == told


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("BOX_OFFICE_JOURNAL", "must be NAME=value NAME=value, not 'BOX_OFFICE_JOURNAL'"),
        ("BOX_OFFICE_MODEL=a,b", "must be NAME=value NAME=value"),
        ("BOX_OFFICE_WORKERS=2", "must not have BOX_OFFICE_WORKERS above 1: a container is one"),
        ("BOX_OFFICE_LOG=plain", "must not have BOX_OFFICE_LOG: a deployment sets it itself"),
        (
            "BOX_OFFICE_OUTCOMES_TOKEN=0123456789abcdef",
            "BOX_OFFICE_OUTCOMES_TOKEN: docs/day-two.md",
        ),
        ("BOX_OFFICE_JOURNALS=off", "has BOX_OFFICE_JOURNALS, which is not a setting"),
        ("BOX_OFFICE_JOURNAL=here", "BOX_OFFICE_JOURNAL must be"),
    ],
)
def test_settings_that_no_service_has_are_refused_before_anything_is_deployed(
    deployed: Cloud, monkeypatch: pytest.MonkeyPatch, given: str, sentence: str
) -> None:
    monkeypatch.setenv("SERVICE_SETTINGS", given)

    assert sentence in refused(SECOND)
    assert [] == deployed.calls


def test_who_may_call_a_service_is_left_to_its_owner(deployed: Cloud) -> None:
    rollout.main([SECOND, *QUICK])

    assert not any("unauthenticated" in word for c in deployed.arguments() for word in c["argv"])


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("run services list#1", "run services list"),
        ("run deploy#1", "run deploy"),
        ("run deploy#2", "run deploy"),
        ("run revisions describe#1", "run revisions describe"),
        ("run services update-traffic#1", "run services update-traffic"),
        ("run services update-traffic#2", "run services update-traffic"),
        ("run services update-traffic#4", "run services update-traffic"),
        ("logging read#1", "logging read"),
        ("logging read#3", "logging read"),
        ("auth print-identity-token#1", "auth print-identity-token"),
    ],
)
def test_when_a_call_of_gcloud_fails_what_served_before_serves(
    deployed: Cloud, monkeypatch: pytest.MonkeyPatch, command: str, sentence: str
) -> None:
    monkeypatch.setenv("FAKE_FAIL", command)

    assert f"`gcloud {sentence}" in refused(SECOND)
    for name in (REST, RPC):
        assert {f"{name}-00001-fak": 100} == deployed.service(name)["percent"]


def test_when_traffic_cannot_be_given_back_the_command_for_it_is_told(
    deployed: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FAIL", "run services update-traffic")
    # As if the first call had moved the traffic and failed only then.
    moved = {f"{REST}-00002-fak": 10, f"{REST}-00001-fak": 90}
    original = rollout.Takeover.step

    def step(takeover: rollout.Takeover, share: int) -> None:
        try:
            original(takeover, share)
        finally:
            deployed.change(REST, percent=moved)

    monkeypatch.setattr(rollout.Takeover, "step", step)

    said = refused(SECOND)

    assert f"{REST} COULD NOT BE GIVEN BACK" in said
    assert f"update-traffic {REST} --to-revisions={REST}-00001-fak=100" in said


def test_a_revision_that_runs_another_image_gets_no_traffic(
    deployed: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_DIGEST", THIRD.rpartition("@")[2])

    said = refused(SECOND)

    assert f"{REST}-00002-fak runs sha256:{'c' * 64}, and not sha256:{'b' * 64}" in said
    assert f"{REST} serves {REST}-00001-fak, as before." in said
    check_untouched(deployed)


def test_a_revision_that_serves_another_model_gets_no_traffic(deployed: Cloud) -> None:
    said = refused(SECOND, "--model", "box_office:another")

    assert "and not box_office:another, which was built" in said
    check_untouched(deployed)


@pytest.fixture
def broken() -> Iterator[str]:
    """The URL of a server that is ready, and fails every film."""

    class Broken(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(200, {"model": "box_office:v1"})

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(500, {"error": "out of order"})

        def answer(self, status: int, body: dict[str, str]) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Broken)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_revision_that_fails_the_smoke_films_gets_no_traffic(
    deployed: Cloud, server: Server, broken: str
) -> None:
    deployed.address(
        box_office=server.http,
        box_office__candidate=broken,
        box_office_grpc=f"http://{server.grpc}",
    )

    said = refused(SECOND)

    assert f"{broken}/v1/prediction answered 500 instead of 200" in said
    check_untouched(deployed)


def test_a_revision_that_does_not_answer_grpc_gets_no_traffic(
    deployed: Cloud, server: Server, broken: str
) -> None:
    deployed.address(box_office=server.http, box_office_grpc=broken)

    said = refused(SECOND)

    assert f"{broken} failed over gRPC" in said
    check_untouched(deployed)


@pytest.mark.parametrize(
    ("logged", "sentence"),
    [
        ({"status": 500}, "50.0% of its requests failed, over 1.0%"),
        ({"latency": 3.0}, "its p95 is 3.000 s, over 1.000 s"),
    ],
)
def test_a_revision_that_fails_its_callers_gives_the_traffic_back(
    deployed: Cloud, logged: dict[str, float], sentence: str
) -> None:
    deployed.log(f"{REST}-00002-fak", **logged)  # type: ignore[arg-type]

    said = refused(SECOND)

    assert sentence in said
    assert f"{RPC} serves {RPC}-00001-fak, as before." in said
    check_untouched(deployed)


def test_a_revision_much_slower_than_the_one_before_gives_the_traffic_back(
    deployed: Cloud,
) -> None:
    deployed.log(f"{REST}-00001-fak", latency=0.001)

    assert "over 1.5 times the 0.001 s of the revision before it" in refused(SECOND)
    check_untouched(deployed)


def test_a_revision_of_which_the_log_says_nothing_is_not_trusted(deployed: Cloud) -> None:
    (deployed.folder / "requests.jsonl").unlink()

    assert "0 requests are in its log, fewer than 5" in refused(SECOND)
    check_untouched(deployed)


def test_while_another_deployment_shares_the_traffic_none_begins(deployed: Cloud) -> None:
    shared = {f"{REST}-00001-fak": 90, f"{REST}-00007-fak": 10}
    deployed.change(REST, percent=shared)

    assert f"The traffic of {REST} is shared" in refused(SECOND)
    assert shared == deployed.service(REST)["percent"]
    assert {"run services list"} == set(deployed.calls)


@pytest.mark.parametrize(
    "meddled",
    [
        {"percent": {f"{REST}-00007-fak": 100}},
        {"tags": {"candidate": f"{REST}-00007-fak"}},
    ],
    ids=["traffic", "tag"],
)
def test_a_deployment_that_another_has_overtaken_stops_and_leaves_it_alone(
    deployed: Cloud, monkeypatch: pytest.MonkeyPatch, meddled: dict[str, dict[str, int | str]]
) -> None:
    original = rollout.smoke.check
    images = deployed.service(REST)["revisions"]

    def check(*arguments: object) -> list[str]:
        made = {f"{REST}-00002-fak": SECOND, f"{REST}-00007-fak": THIRD}
        deployed.change(REST, revisions=images | made, **meddled)
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(rollout.smoke, "check", check)

    assert f"Another deployment has changed {REST} meanwhile" in refused(SECOND)
    now = deployed.service(REST)
    assert meddled == {part: now[part] for part in meddled}
    assert "run services update-traffic" not in [
        call["command"] for call in deployed.arguments() if REST in call["argv"]
    ]


def test_a_deployment_that_is_cancelled_gives_the_traffic_back(deployed: Cloud) -> None:
    run = subprocess.Popen(
        [sys.executable, "-m", "delivery.rollout", SECOND, *QUICK, "--watch", "60"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert run.stdout
    for line in run.stdout:
        if "10 % of the traffic" in line:
            run.terminate()
            break
    _, said = run.communicate(timeout=60)

    assert 1 == run.returncode
    assert said.splitlines()[-1].startswith("rollout: The deployment was cancelled.")
    check_untouched(deployed)


def test_a_cancellation_that_python_drops_is_said_again(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        request.addfinalizer(partial(signal.signal, number, signal.getsignal(number)))
    request.addfinalizer(partial(signal.alarm, 0))
    dropped: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", dropped.append)
    signal.signal(signal.SIGTERM, rollout.cancel)

    class Deleted:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    Deleted()
    with pytest.raises(BoxOfficeError, match="was cancelled"):
        time.sleep(10)

    assert 1 == len(dropped)


@pytest.mark.parametrize(
    "image",
    [
        f"{REPOSITORY}:latest",
        f"{REPOSITORY}@sha256:abc",
        f"europe-west1-docker.pkg.dev/films/images/another@sha256:{'a' * 64}",
    ],
)
def test_only_an_image_of_the_repository_by_its_digest_is_deployed(
    cloud: Cloud, image: str
) -> None:
    assert "is not an image of" in refused(image)
    assert [] == cloud.calls


@pytest.mark.parametrize("steps", [["10", "50"], ["100", "10"], ["0", "100"], ["10", "10", "100"]])
def test_steps_that_do_not_rise_to_all_of_the_traffic_are_refused(
    cloud: Cloud, steps: list[str]
) -> None:
    with pytest.raises(BoxOfficeError, match="--steps must rise to 100 percent"):
        rollout.main([FIRST, *QUICK, "--steps", *steps])


def test_a_missing_setting_is_named(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_CLOUD_REGION")
    monkeypatch.setenv("IMAGE_REPOSITORY", "")

    assert "GOOGLE_CLOUD_REGION, IMAGE_REPOSITORY must be set: docs/google-cloud.md" in refused(
        FIRST
    )


def test_without_gcloud_the_missing_program_is_named(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(cloud.folder))

    assert "gcloud is not on PATH: install it first." in refused(FIRST)


def test_a_rollback_gives_all_traffic_to_the_revision_from_before(deployed: Cloud) -> None:
    rollout.main([SECOND, *QUICK])

    assert 0 == rollback.main([])
    for name in (REST, RPC):
        assert {f"{name}-00001-fak": 100} == deployed.service(name)["percent"]


def test_a_second_rollback_does_not_bring_the_bad_revision_back(deployed: Cloud) -> None:
    rollout.main([SECOND, *QUICK])
    rollback.main([])

    with pytest.raises(BoxOfficeError, match="serve already, the revisions from before"):
        rollback.main([])
    assert {f"{REST}-00001-fak": 100} == deployed.service(REST)["percent"]


def test_a_rollback_ends_a_deployment_that_was_broken_off(deployed: Cloud) -> None:
    rollout.main([SECOND, *QUICK])
    for name in (REST, RPC):
        now = deployed.service(name)
        deployed.change(
            name,
            percent={f"{name}-00003-fak": 10, f"{name}-00002-fak": 90},
            tags=now["tags"] | {"candidate": f"{name}-00003-fak"},
            revisions=now["revisions"] | {f"{name}-00003-fak": THIRD},
        )

    assert 0 == rollback.main([])
    assert {f"{REST}-00002-fak": 100} == deployed.service(REST)["percent"]


@pytest.fixture
def thrice(deployed: Cloud) -> Cloud:
    """A cloud where three images were deployed, and gRPC has had a revision more than REST."""
    for name in (REST, RPC):
        images = [FIRST, SECOND, THIRD] if name == REST else [FIRST, SECOND, SECOND, THIRD]
        made = {f"{name}-{n:05}-fak": image for n, image in enumerate(images, start=1)}
        last, before = [*made][-1], [*made][-2]
        deployed.change(name, revisions=made, percent={last: 100}, tags={"previous": before})
    (deployed.folder / "tags.json").write_text(json.dumps({"f" * 40: FIRST.rpartition("@")[2]}))
    return deployed


def served(cloud: Cloud) -> list[str]:
    """The revision of each service that has all of the traffic."""
    shares = [cloud.service(name)["percent"] for name in (REST, RPC)]
    assert all([100] == [*share.values()] for share in shares)
    return [next(iter(share)) for share in shares]


@pytest.mark.parametrize(
    ("to", "rest", "rpc"),
    [
        (f"{REST}-00001-fak", "00001", "00001"),
        (f"{REST}-00002-fak", "00002", "00003"),
        (f"{RPC}-00002-fak", "00002", "00002"),
        (SECOND, "00002", "00003"),
        (FIRST.rpartition("@")[2], "00001", "00001"),
        ("f" * 40, "00001", "00001"),
    ],
    ids=["REST", "newest", "gRPC", "image", "digest", "commit"],
)
def test_a_rollback_leads_both_services_to_what_is_named(
    thrice: Cloud, to: str, rest: str, rpc: str
) -> None:
    assert 0 == rollback.main(["--to", to])

    assert [f"{REST}-{rest}-fak", f"{RPC}-{rpc}-fak"] == served(thrice)


def test_after_a_rollback_to_what_was_named_another_leads_on(thrice: Cloud) -> None:
    rollback.main(["--to", FIRST])
    rollback.main(["--to", THIRD])

    assert [f"{REST}-00003-fak", f"{RPC}-00004-fak"] == served(thrice)
    with pytest.raises(BoxOfficeError, match="serve already, which were named"):
        rollback.main(["--to", THIRD])


@pytest.mark.parametrize(
    ("to", "sentence"),
    [
        ("box-office-00009-fak", "'box-office-00009-fak' is neither a revision of box-office or"),
        ("abc1234", "nor the 40 digits of a commit"),
        ("e" * 40, "Image not found"),
        (f"sha256:{'9' * 64}", f"{REST} has no revision that runs sha256:999"),
    ],
)
def test_a_rollback_to_what_is_not_there_moves_nothing(
    thrice: Cloud, to: str, sentence: str
) -> None:
    before = served(thrice)

    with pytest.raises(BoxOfficeError, match=sentence):
        rollback.main(["--to", to])
    assert before == served(thrice)


def test_a_rollback_moves_neither_service_where_one_cannot_follow(thrice: Cloud) -> None:
    made = thrice.service(RPC)["revisions"]
    thrice.change(RPC, revisions={n: image for n, image in made.items() if image != FIRST})

    with pytest.raises(BoxOfficeError, match=f"{RPC} has no revision that runs sha256:aaa"):
        rollback.main(["--to", f"{REST}-00001-fak"])
    assert [f"{REST}-00003-fak", f"{RPC}-00004-fak"] == served(thrice)


def test_a_rollback_does_not_lead_to_a_revision_that_never_started() -> None:
    ready = {"type": "Ready", "status": "True"}
    image = f"{REPOSITORY}@sha256:{'a' * 64}"
    listed = [
        {"metadata": {"name": name}, "status": {"imageDigest": image, "conditions": conditions}}
        for name, conditions in [
            ("broken", [ready | {"status": "False"}]),
            ("retired", [{"type": "Active", "status": "False"}, ready]),
        ]
    ]

    assert {"retired": f"sha256:{'a' * 64}"} == sound(listed)


def test_a_rollback_before_a_second_deployment_says_that_there_is_none(deployed: Cloud) -> None:
    with pytest.raises(BoxOfficeError, match="remembers no revision from before"):
        rollback.main([])
    check_untouched(deployed)


def test_a_rollback_of_what_was_never_deployed_says_so(cloud: Cloud) -> None:
    with pytest.raises(BoxOfficeError, match="was never deployed"):
        rollback.main([])


@pytest.mark.skipif(
    not any(Path(folder, "gcloud").exists() for folder in os.environ["PATH"].split(":")),
    reason="gcloud is not installed",
)
def test_the_real_gcloud_knows_every_command_that_is_given(deployed: Cloud, tmp_path: Path) -> None:
    rollout.main([SECOND, *QUICK])
    rollback.main([])
    (deployed.folder / "tags.json").write_text(json.dumps({"f" * 40: SECOND.rpartition("@")[2]}))
    rollback.main(["--to", "f" * 40])
    given = {shlex.join(["gcloud", *call["argv"]]) for call in deployed.arguments()}
    commands = [{"command_string": words} for words in sorted(given)]
    (tmp_path / "commands.json").write_text(json.dumps(commands))
    found = subprocess.run(
        [
            str(GCLOUD),
            "meta",
            "lint-gcloud-commands",
            f"--commands-file={tmp_path / 'commands.json'}",
        ],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"CLOUDSDK_CONFIG": str(tmp_path / "gcloud")},
    )

    answers = json.loads(found.stdout)
    assert len(given) == len(answers)
    assert [] == [answer["error_message"] for answer in answers if not answer["success"]]
