"""Outcomes: told by whoever has the token, and found in the journal."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bentoml
import grpc
import httpx2
import pytest

from service.errors import BoxOfficeError, Closed, InvalidFilm, Overloaded, Unauthorized
from service.films.schema import Outcome
from service.journal.ids import Ids
from service.journal.journal import Journal
from service.journal.outcomes import Register
from service.journal.sinks import Folder
from service.limits import Limits
from service.rpc import box_office_pb2 as pb
from service.rpc.box_office_pb2_grpc import PredictorStub
from service.settings import Settings
from service.validation import outcomes_from_dicts, outcomes_from_json
from tests.support.journals import records
from tests.support.request import FILM
from tests.support.server import Server, running, wait_until

TOKEN = "a-token-of-nobody"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
ID = "01KB0Z7XG8QJ4M2V9R3T6WY5AC"
GROSS = {"worldwide_gross": 151e6}
BY_ID, BY_TITLE = {"id": ID, **GROSS}, {"movie_title": "A Film", "title_year": 2009, **GROSS}
LIMITS = Limits(Settings(max_batch=3))
OPEN = {"BOX_OFFICE_JOURNAL_WAIT": "0.05", "BOX_OFFICE_OUTCOMES_TOKEN": TOKEN}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("journal")


@pytest.fixture(scope="module")
def opened(
    model_tag: str, tmp_path_factory: pytest.TempPathFactory, place: Path
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with running(folder, BOX_OFFICE_JOURNAL=str(place), **OPEN) as server:
        yield server


def titles(place: Path) -> set[str]:
    return {each.get("movie_title", "") for each in records(place, torn=True)}


def tell(server: Server, outcomes: Any, **headers: str) -> httpx2.Response:
    return httpx2.post(f"{server.http}/v1/outcomes", json=outcomes, headers=headers, timeout=30)


def tell_rpc(server: Server, *outcomes: dict[str, Any], token: str = TOKEN) -> int:
    request = pb.OutcomesRequest(outcomes=[pb.Outcome(**each) for each in outcomes])
    metadata = [("authorization", f"Bearer {token}")] if token else None
    with grpc.insecure_channel(server.grpc) as channel:
        answer = PredictorStub(channel).Outcomes(request, timeout=30, metadata=metadata)
    return answer.accepted


def refused_rpc(server: Server, *outcomes: dict[str, Any], token: str = TOKEN) -> Any:
    with pytest.raises(grpc.RpcError) as caught:
        tell_rpc(server, *outcomes, token=token)
    return caught.value.code(), caught.value.details()


def test_outcomes_are_records_of_the_journal_beside_their_forecasts(
    model_tag: str, tmp_path: Path
) -> None:
    place = tmp_path / "journal"
    with running(tmp_path, BOX_OFFICE_JOURNAL=str(place), **OPEN) as server:
        said = httpx2.post(f"{server.http}/v1/prediction", json=FILM | {"movie_title": "A"}).json()
        over_rest = tell(server, [{"id": said["id"], **GROSS}], **BEARER)
        over_rpc = tell_rpc(server, BY_TITLE, {"id": said["id"], **GROSS})
        server.end()
    forecast, *told = records(place)

    assert (202, {"accepted": 1}, 2) == (over_rest.status_code, over_rest.json(), over_rpc)
    assert ("forecast", said["id"], "A") == (
        forecast["journal"],
        forecast["id"],
        forecast["fields"]["movie_title"],
    )
    assert ["outcome"] * 3 == [each.pop("journal") for each in told]
    assert all(forecast["time"] <= each.pop("time") for each in told)
    assert told == [
        {"endpoint": "rest_outcomes", "id": said["id"], **GROSS},
        {"endpoint": "grpc_outcomes", **BY_TITLE},
        {"endpoint": "grpc_outcomes", "id": said["id"], **GROSS},
    ]


def test_bentoml_s_client_tells_outcomes(opened: Server) -> None:
    with bentoml.SyncHTTPClient(opened.http, token=TOKEN) as client:
        assert {"accepted": 2} == client.outcomes([BY_ID, BY_TITLE])
        client._temp_dir.cleanup()  # it leaves that to the collector, which warns


@pytest.mark.parametrize("told", ["", "Bearer", f"Bearer {TOKEN}x", TOKEN, "Basic eA=="])
def test_without_the_token_they_are_refused_whatever_they_are(opened: Server, told: str) -> None:
    answer = tell(opened, "no outcomes", **({"Authorization": told} if told else {}))

    assert (401, "Bearer") == (answer.status_code, answer.headers["WWW-Authenticate"])
    assert "Authorization" in answer.json()["error"]


@pytest.mark.parametrize("token", ["", "another"])
def test_over_grpc_they_are_refused_as_well(opened: Server, token: str) -> None:
    code, words = refused_rpc(opened, BY_ID, token=token)

    assert grpc.StatusCode.UNAUTHENTICATED == code
    assert "Authorization" in words


def test_where_no_token_is_set_they_are_closed(server: Server) -> None:
    answer = tell(server, [BY_ID], **BEARER)

    assert 403 == answer.status_code
    assert "BOX_OFFICE_OUTCOMES_TOKEN" in answer.json()["error"]
    code, words = refused_rpc(server, BY_ID)
    assert grpc.StatusCode.PERMISSION_DENIED == code
    assert "BOX_OFFICE_OUTCOMES_TOKEN" in words


@pytest.mark.parametrize(
    ("outcome", "field", "words"),
    [
        ({"id": ID}, "worldwide_gross", "is needed"),
        (GROSS, "", "needs the id of a forecast, or movie_title and title_year"),
        ({"movie_title": "A Film", **GROSS}, "", "needs the id"),
        (BY_ID | {"worldwide_gross": 0}, "worldwide_gross", "greater than 0"),
        (BY_ID | {"worldwide_gross": 1e13}, "worldwide_gross", "less than or equal to"),
        (BY_ID | {"worldwide_gross": "much"}, "worldwide_gross", "valid number"),
        (BY_ID | {"id": "mine"}, "id", "is no id of a forecast of a film"),
        (BY_ID | {"budget": 3}, "budget", "is not a field of an outcome"),
        (3, "", "must be one JSON object with the fields of an outcome"),
    ],
)
def test_a_wrong_outcome_is_named_with_its_field(outcome: Any, field: str, words: str) -> None:
    for refuse, given in (
        (outcomes_from_dicts, [BY_ID, outcome]),
        (outcomes_from_json, json.dumps([BY_ID, outcome]).encode()),
    ):
        with pytest.raises(InvalidFilm) as caught:
            refuse(given, LIMITS)  # type: ignore[operator]
        [detail] = caught.value.details

        assert (1, field) == (detail.index, detail.field)
        assert words in detail.message


def test_none_is_accepted_where_one_is_wrong(opened: Server, place: Path) -> None:
    answer = tell(opened, [BY_TITLE | {"movie_title": "Of a wrong list"}, GROSS], **BEARER)

    assert 400 == answer.status_code
    assert [1] == [detail["index"] for detail in answer.json()["details"]]
    assert grpc.StatusCode.INVALID_ARGUMENT == refused_rpc(opened, BY_ID, GROSS)[0]
    tell(opened, [BY_TITLE | {"movie_title": "Of a right list"}], **BEARER)
    wait_until(lambda: "Of a right list" in titles(place))
    assert "Of a wrong list" not in titles(place)


def test_a_list_that_is_none_and_one_that_is_too_long_are_said() -> None:
    with pytest.raises(BoxOfficeError, match="must be one JSON list of outcomes"):
        outcomes_from_json(b"{}", LIMITS)
    with pytest.raises(BoxOfficeError, match="may have 3 films, not 4"):
        outcomes_from_dicts([BY_ID] * 4, LIMITS)


def test_what_the_journal_has_no_room_for_is_refused_and_can_be_told_again(tmp_path: Path) -> None:
    journal = Journal(Folder(str(tmp_path)), wait=600, most=1)
    register = Register(journal, TOKEN)
    outcome = Outcome(**BY_ID)

    assert 1 == register.add("rest_outcomes", 1e9, [outcome])
    with pytest.raises(Overloaded, match="send them again"):
        register.add("rest_outcomes", 1e9, [outcome])
    journal.close()
    assert 1 == len(records(tmp_path))


def test_a_share_of_forecasts_is_none_of_outcomes(model_tag: str, tmp_path: Path) -> None:
    place = tmp_path / "journal"
    rare = {"BOX_OFFICE_JOURNAL_SAMPLE": "0.000000001"}
    with running(tmp_path, BOX_OFFICE_JOURNAL=str(place), **OPEN, **rare) as server:
        httpx2.post(f"{server.http}/v1/prediction", json=FILM)
        tell(server, [{"id": Ids().take(1)[0], **GROSS}] * 3, **BEARER)
        server.end()

    assert ["outcome"] * 3 == [each["journal"] for each in records(place)]


def test_a_token_is_not_shown_and_not_weak() -> None:
    given = {"BOX_OFFICE_JOURNAL": "stdout", "BOX_OFFICE_OUTCOMES_TOKEN": f"{TOKEN}\n"}
    settings = Settings.from_env(given)

    assert TOKEN == settings.outcomes_token
    assert TOKEN not in repr(settings)
    for weak in ("short", "with blanks in the middle of it"):
        with pytest.raises(BoxOfficeError, match="at least 16") as caught:
            Settings.from_env(given | {"BOX_OFFICE_OUTCOMES_TOKEN": weak})
        assert weak not in str(caught.value)


def test_a_token_without_a_journal_is_a_sentence() -> None:
    with pytest.raises(BoxOfficeError, match="set BOX_OFFICE_JOURNAL"):
        Settings.from_env({"BOX_OFFICE_OUTCOMES_TOKEN": TOKEN})


def test_a_register_asks_for_the_scheme_in_any_case_and_for_the_whole_token() -> None:
    register = Register(None, TOKEN)
    register.check(f"bearer {TOKEN}")
    register.check(f"BEARER {TOKEN}")
    for told in (f"Token {TOKEN}", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}é"):
        with pytest.raises(Unauthorized):
            register.check(told)
    with pytest.raises(Closed):
        Register(None, "").check(f"Bearer {TOKEN}")
