"""The REST interface, in process."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from service import __version__
from service.films.fields import COLUMNS, FIELDS
from tests.support.nameless import nameless

COMEDY = {
    "production_budget": 60000000,
    "title_year": 2005,
    "release_month": 6,
    "duration": 112,
    "genre": "Comedy",
    "mpaa_rating": "PG",
}
ANSWERED = [
    "worldwide_gross",
    "expected_gross",
    "interval",
    "horizon",
    "used",
    "warnings",
    "model",
    "id",
]
OLD_CLIENT = {
    "opening_gross": 8330681,
    "screens": 2271,
    "production_budget": 13000000,
    "title_year": 1999,
    "aspect_ratio": 1.85,
    "duration": 97,
    "cast_total_facebook_likes": 37907,
    "budget": 16000000,
    "imdb_score": 7.2,
}


@pytest.fixture(scope="module")
def client(model_tag: str) -> Iterator[TestClient]:
    from service.service import BoxOffice

    with TestClient(BoxOffice.to_asgi()) as client:
        yield client


def predict(client: TestClient, film: Any) -> Any:
    answer = client.post("/v1/prediction", json=film)
    assert 200 == answer.status_code, answer.text
    return answer.json()


def refused(client: TestClient, body: str) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    answer = client.post("/v1/prediction", content=body, headers=headers)
    assert 400 == answer.status_code
    assert {"error", "details"} == set(answer.json())
    return answer.json()


def test_a_forecast_has_its_mean_interval_horizon_fields_warnings_and_model(
    client: TestClient, model_tag: str
) -> None:
    answer = predict(client, COMEDY)

    assert ANSWERED == list(answer)
    assert answer["expected_gross"] > 0
    assert {"low", "high", "coverage"} == set(answer["interval"])
    assert 0 <= answer["interval"]["low"] <= answer["worldwide_gross"]
    assert answer["worldwide_gross"] <= answer["interval"]["high"]
    assert (0.9, "pre_release", [n for n in FIELDS if n in COMEDY], model_tag) == (
        answer["interval"]["coverage"],
        answer["horizon"],
        answer["used"],
        answer["model"],
    )
    assert ["Unknown,"] == [warning.split()[0] for warning in answer["warnings"]]


def test_a_film_with_an_opening_weekend_is_answered_post_opening(client: TestClient) -> None:
    assert "post_opening" == predict(client, OLD_CLIENT)["horizon"]


@pytest.mark.parametrize("left_out", [None, "opening_gross", "budget", "imdb_score"])
def test_clients_of_the_older_api_are_answered(client: TestClient, left_out: str | None) -> None:
    film = {name: value for name, value in OLD_CLIENT.items() if name != left_out}

    assert predict(client, film)["worldwide_gross"] > 0


def test_all_zeros_are_a_film_of_which_nothing_is_known(client: TestClient) -> None:
    zeros = predict(client, dict.fromkeys(OLD_CLIENT, 0))

    assert nameless(zeros) == nameless(predict(client, {}))
    assert zeros["warnings"]


def test_a_field_that_changes_nothing_is_not_among_the_used(client: TestClient) -> None:
    with_more = predict(client, COMEDY | {"screens": 3000, "imdb_score": 7})
    plain = predict(client, COMEDY)

    assert plain["used"] == with_more["used"]
    assert plain["worldwide_gross"] == with_more["worldwide_gross"]


def test_a_label_may_be_written_as_people_do(client: TestClient) -> None:
    film = COMEDY | {"genre": "  cOMEDY", "mpaa_rating": "pg"}

    assert nameless(predict(client, COMEDY)) == nameless(predict(client, film))


def test_null_blank_and_absent_are_the_same(client: TestClient) -> None:
    expected = predict(client, {"production_budget": 2e7})
    film = {"production_budget": 2e7, "duration": None, "genre": " ", "screens": 0}

    assert nameless(expected) == nameless(predict(client, film))


def test_a_title_changes_nothing(client: TestClient) -> None:
    titled = predict(client, COMEDY | {"movie_title": "A Film"})

    assert nameless(predict(client, COMEDY)) == nameless(titled)


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ('{"duration": -1}', "duration", "must be greater than or equal to 0"),
        ('{"duration": NaN}', "duration", "must be a finite number"),
        ('{"budget": Infinity}', "budget", "must be a finite number"),
        ('{"screens": "12"}', "screens", "must be a valid number"),
        ('{"screens": true}', "screens", "must be a valid number"),
        ('{"screens": [1]}', "screens", "must be a valid number"),
        ('{"genre": 3}', "genre", "must be a valid string"),
        ('{"imdb_score": 11}', "imdb_score", "must be less than or equal to 10"),
        ('{"release_month": 13}', "release_month", "must be less than or equal to 12"),
        ('{"gros": 1}', "gros", "is not a field of a film"),
        ('{"duration": ', "", "The body is not valid JSON"),
        ("[1]", "", "The body must be one JSON object with the fields of a film"),
    ],
)
def test_a_bad_film_is_refused_with_the_field_named(
    client: TestClient, body: str, field: str, message: str
) -> None:
    answer = refused(client, body)

    assert [{"field": field, "message": message}] == answer["details"]
    assert f"{field} {message}.".strip() == answer["error"]


def test_every_wrong_field_is_named_at_once(client: TestClient) -> None:
    answer = refused(client, json.dumps({"duration": -1, "screens": "12", "gros": 1}))

    assert {"duration", "screens", "gros"} == {d["field"] for d in answer["details"]}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nowhere", 404),
        ("GET", "/nowhere", 404),
        ("GET", "/v1/prediction", 405),
        ("POST", "/v1/model", 405),
    ],
)
def test_a_wrong_path_or_method_has_the_same_error_shape(
    client: TestClient, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)

    assert status == answer.status_code
    assert {"error", "details"} == set(answer.json())


@pytest.mark.parametrize(
    "kind", ["application/vnd.bentoml+pickle", "application/x-www-form-urlencoded", "text/plain"]
)
def test_only_json_bodies_are_read(client: TestClient, kind: str) -> None:
    answer = client.post("/v1/prediction", content=b"{}", headers={"Content-Type": kind})

    assert 415 == answer.status_code
    assert f"Content-Type must be application/json, not {kind}." == answer.json()["error"]


def test_the_model_says_what_is_deployed(client: TestClient, model_tag: str) -> None:
    answer = client.get("/v1/model").json()

    assert model_tag == answer["model"]
    assert ["pre_release", "post_opening"] == list(answer["horizons"])
    assert list(FIELDS) == list(answer["fields"])
    assert "0" * 64 == answer["data_hash"]
    assert {"trained_at", "git_sha", "metrics", "params"} <= set(answer)
    assert __version__ == answer["version"]


def test_the_model_gives_the_unit_and_the_training_range_of_a_field(client: TestClient) -> None:
    duration = client.get("/v1/model").json()["fields"]["duration"]
    low, high = duration["training_range"]

    assert ("min", "pre_release") == (duration["unit"], duration["known"])
    assert 80 <= low < high <= 180


def test_the_model_says_what_the_page_for_people_is_made_of(client: TestClient) -> None:
    answer = client.get("/v1/model").json()
    target, genre = answer["target"], answer["fields"]["genre"]

    assert ("Box Office", "film") == (answer["service"], answer["noun"])
    assert ("worldwide_gross", "expected_gross", "USD") == tuple(
        target[name] for name in ("name", "mean", "unit")
    )
    assert target["description"].startswith("Worldwide gross, USD")
    assert {"field": "production_budget", "multiple": 2.5} == answer["break_even"]
    assert {"films": 10_000, "bytes": 4 * 1024 * 1024} == answer["limits"]
    assert ("label", True, None) == (genre["unit"], genre["unit_is_said"], genre["maximum"])
    assert genre["description"].startswith("Main genre, ")
    assert COMEDY["duration"] == answer["examples"]["Summer comedy"]["duration"]
    assert (False, 2100) == tuple(
        answer["fields"]["title_year"][name] for name in ("unit_is_said", "maximum")
    )


def test_openapi_describes_every_field_with_its_unit(client: TestClient) -> None:
    components = client.get("/docs.json").json()["components"]["schemas"]
    movie = next(schema for name, schema in components.items() if name.startswith("Movie"))

    assert set(COLUMNS) == set(movie["properties"])
    assert all(field["description"] for field in movie["properties"].values())


def test_the_documented_example_is_a_film_that_is_answered(client: TestClient) -> None:
    from service.films.schema import Movie

    example = Movie.model_config["json_schema_extra"]["example"]

    assert predict(client, example)["worldwide_gross"] > 0
