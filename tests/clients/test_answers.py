"""Over both transports, awaited or not, a client answers what the API answers."""

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.clients import TOKEN, Asker, Refused, asking, installed
from tests.support.nameless import nameless
from tests.support.server import Server

FILM = {"production_budget": 6e7, "title_year": 2009, "genre": "Comedy", "opening_gross": 2e7}
FILMS = [FILM, {}, {"duration": 100.5, "genre": None, "screens": 0}, {"budget": 1.2e10}]
ASKED = {"coverage": 0.5, "at_least": 1e8, "quantiles": [0.1, 0.9]}
QUERY = "?coverage=0.5&at_least=1e8&quantiles=0.1,0.9"
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"duration": -1.0}, "duration", "must be greater than or equal to 0"),
    ({"imdb_score": 10.5}, "imdb_score", "must be less than or equal to 10"),
    ({"screens": float("nan")}, "screens", "must be a finite number"),
    ({"screens": "12"}, "screens", "must be a valid number"),
    ({"screens": True}, "screens", "must be a valid number"),
    ({"genre": 3}, "genre", "must be a valid string"),
    ({"genre": "x" * 101}, "genre", "must have at most 100 characters"),
    ({"gros": 1.0}, "gros", "is not a field of a film"),
]
COLUMNS = (
    "worldwide_gross expected_gross low high coverage horizon used warnings model id"
    " chance quantile_0.1"
)
FRAMES = """
import json, sys, warnings
from decimal import Decimal
import pandas as pd
from box_office_client import Client, InvalidFilm
films = pd.DataFrame(json.loads(sys.argv[2]), index=["a", "b", "c", "d"]).assign(studio="A")
films["title_year"] = films["title_year"].astype("Int64")
with warnings.catch_warnings(record=True) as caught, Client(sys.argv[1]) as client:
    answers = client.forecasts(films, at_least=1e8, quantiles=[0.1])
    told = client.tell(pd.DataFrame({"movie_title": ["A"], "title_year": [2009],
                                     "worldwide_gross": [1e6]}), token=sys.argv[3])
    try:
        client.forecast({"duration": Decimal(90)})
    except InvalidFilm as error:
        odd = str(error)
print(json.dumps([
    odd, str(caught[0].message), answers.index.tolist(), told, answers.to_dict("list"),
    answers.dtypes.astype(str).to_dict(),
]))
"""


@pytest.fixture(scope="module", params=["http sync", "http async", "grpc sync", "grpc async"])
def client(request: pytest.FixtureRequest, python: Path, service: Server) -> Iterator[Asker]:
    transport, kind = request.param.split()
    with asking(python, url_of(service, transport), kind) as asker:
        yield asker


def url_of(service: Server, transport: str) -> str:
    return service.http if transport == "http" else f"grpc://{service.grpc}"


def api(service: Server, path: str, body: Any) -> Any:
    """What the API answers, without a client of ours."""
    request = urllib.request.Request(
        f"{service.http}/v1/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def there(value: Any) -> Any:
    """A value without what is None in it, which JSON leaves out."""
    if isinstance(value, list):
        return [there(each) for each in value]
    if isinstance(value, dict):
        return {name: there(each) for name, each in value.items() if each is not None}
    return value


def refused(client: Asker, method: str, *arguments: Any, **options: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        client.ask(method, *arguments, **options)
    return caught.value


def test_a_film_has_the_numbers_of_the_api(client: Asker, service: Server) -> None:
    expected = nameless(api(service, f"prediction{QUERY}", FILM))
    plain = nameless(api(service, "prediction", FILM))

    assert expected == nameless(client.ask("forecast", FILM, **ASKED))
    assert plain == nameless(there(client.ask("forecast", FILM)))


def test_many_films_have_too_in_their_order(client: Asker, service: Server) -> None:
    expected = [nameless(each) for each in api(service, f"predictions{QUERY}", FILMS)]

    assert expected == [nameless(each) for each in client.ask("forecasts", FILMS, **ASKED)]
    assert [] == client.ask("forecasts", [])


def test_reasons_and_comparable_films_are_those_of_the_api(client: Asker, service: Server) -> None:
    for film in (FILM, {}):
        assert api(service, "explanation", film) == client.ask("explain", film)
        assert api(service, "comparables", film) == there(client.ask("comparables", film))
    assert 3 == len(client.ask("comparables", FILM, count=3)["films"])


@pytest.mark.parametrize(("film", "field", "message"), WRONG)
def test_what_is_wrong_with_a_film_is_named_in_the_words_of_the_api(
    client: Asker, film: dict[str, Any], field: str, message: str
) -> None:
    for method in ("forecast", "explain", "comparables"):
        error = refused(client, method, film)
        assert ("InvalidFilm", f"{field} {message}.") == (error.error, error.words)
        assert [(None, field, message)] == error.details

    error = refused(client, "forecasts", [FILM, film])
    assert ("InvalidFilm", f"Film 1: {field} {message}.") == (error.error, error.words)
    assert [(1, field, message)] == error.details


def test_a_list_longer_than_a_request_is_asked_about_in_pieces(
    client: Asker, service: Server
) -> None:
    [one] = client.ask("forecasts", [FILM])
    many = client.ask("forecasts", [FILM] * 150)
    last = refused(client, "forecasts", [FILM] * 100 + [{"duration": -1}] * 25)

    assert [nameless(one)] * 150 == [nameless(each) for each in many]
    assert 150 == len({each["id"] for each in many})
    assert (100, "duration") == last.details[0][:2]
    assert last.words.startswith("Film 100: duration must be")


def test_many_problems_are_counted(client: Asker) -> None:
    error = refused(client, "forecasts", [{"duration": -1}] * 30)

    assert 20 == len(error.details)
    assert error.words.endswith(" There are 30 problems in all.")


def test_a_film_that_is_too_large_alone_is_refused(client: Asker) -> None:
    error = refused(client, "forecasts", [FILM, {"movie_title": "x" * 5_000_000}])

    assert "TooLarge" == error.error
    assert "4,194,304 bytes" in error.words or "larger than max" in error.words


def test_a_wrong_parameter_is_named(client: Asker) -> None:
    assert [
        ("InvalidRequest", "The parameter coverage must be less than or equal to 0.98."),
        ("InvalidRequest", "count must be a whole number from 1 to 50, not '51'."),
    ] == [
        (error.error, error.words)
        for error in (
            refused(client, "forecast", FILM, coverage=2),
            refused(client, "comparables", FILM, count=51),
        )
    ]
    unreadable = refused(client, "forecast", FILM, coverage="half")
    assert unreadable.error == "InvalidRequest"
    assert unreadable.words.startswith("The parameter coverage ")


def test_outcomes_are_told_with_the_token(client: Asker) -> None:
    [answer] = client.ask("forecasts", [FILM])
    known = {"id": answer["id"], "worldwide_gross": 1.5e8}
    nameless = refused(client, "tell", [known, {"worldwide_gross": 1.0}], token=TOKEN)

    assert 60 == client.ask("tell", [known] * 60, token=TOKEN)
    assert "Unauthorized" == refused(client, "tell", [known], token="another").error
    assert "InvalidFilm" == nameless.error
    assert [(1, "", "needs the id of a forecast, or movie_title and title_year")] == (
        nameless.details
    )


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_rest_says_what_is_deployed_and_grpc_where_to_ask(
    python: Path, service: Server, kind: str
) -> None:
    with asking(python, url_of(service, "http"), kind) as client:
        assert 40 == client.ask("model")["limits"]["films"]
    with asking(python, url_of(service, "grpc"), kind) as client:
        error = refused(client, "model")
    assert ("InvalidRequest", "GET /v1/model is of REST alone: give a URL of that.") == (
        error.error,
        error.words,
    )


@pytest.mark.parametrize("transport", ["http", "grpc"])
def test_a_table_is_answered_with_a_table(
    wheel: Path, service: Server, transport: str, tmp_path: Path
) -> None:
    python = installed(tmp_path / "env", f"{wheel}[rest,grpc]", "pandas")
    words = [url_of(service, transport), json.dumps(FILMS), TOKEN]
    command = [str(python), "-I", "-c", FRAMES, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    odd, warned, index, told, columns, types = json.loads(done.stdout)
    expected = api(service, "predictions?at_least=1e8&quantiles=0.1", FILMS)

    assert "duration must be a valid number." == odd
    assert "no fields of a film, not sent: studio" == warned
    assert (["a", "b", "c", "d"], 1) == (index, told)
    assert COLUMNS == " ".join(columns)
    assert [each["worldwide_gross"] for each in expected] == columns["worldwide_gross"]
    assert [each["interval"]["high"] for each in expected] == columns["high"]
    assert [",".join(each["used"]) for each in expected] == columns["used"]
    assert ["\n".join(each["warnings"]) for each in expected] == columns["warnings"]
    assert [each["chance"]["probability"] for each in expected] == columns["chance"]
    assert [each["quantiles"][0]["worldwide_gross"] for each in expected] == columns["quantile_0.1"]
    assert {"float64"} == {types[name] for name in ("worldwide_gross", "low", "chance")}
