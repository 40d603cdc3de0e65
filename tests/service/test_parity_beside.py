"""Explanations and comparable films are the same over every transport, and so are refusals."""

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import bentoml
import grpc
import httpx2
import pytest
from bentoml.exceptions import BentoMLException

from service.rpc import box_office_pb2 as pb
from service.rpc import messages
from service.rpc.box_office_pb2_grpc import PredictorStub
from tests.support.server import Server

Film = dict[str, Any]
SECONDS = 30

FILMS: list[Film] = [
    {"production_budget": 6e7, "title_year": 2009, "genre": "comedy", "mpaa_rating": "PG"},
    {"production_budget": 6e7, "opening_gross": 2e7, "screens": 3000, "release_month": 6},
    {
        "production_budget": 6e7,
        "opening_gross": 2e7,
        "screens": 3000,
        "title_year": 2001,
        "release_month": 6,
        "duration": 90,
        "imdb_score": 7,
        "budget": 5e7,
        "cast_total_facebook_likes": 9000,
        "genre": "Drama",
        "mpaa_rating": "R",
    },
    {"genre": "Opéra"},
    {},
]


class Refused(Exception):
    """An endpoint that refused, with the code of its transport and the words."""

    def __init__(self, code: Any, words: str) -> None:
        super().__init__(code, words)
        self.code, self.words = code, words


class Clients(NamedTuple):
    """One client of each kind, of the same server."""

    http: httpx2.Client
    bento: bentoml.SyncHTTPClient
    rpc: PredictorStub

    def post(self, path: str, body: Any) -> Any:
        answer = self.http.post(path, json=body)
        if answer.is_error:
            raise Refused(answer.status_code, answer.json()["error"])
        return answer.json()


@pytest.fixture(scope="module")
def clients(server: Server) -> Iterator[Clients]:
    with (
        httpx2.Client(base_url=server.http, timeout=SECONDS) as http,
        bentoml.SyncHTTPClient(server.http) as bento,
        grpc.insecure_channel(server.grpc) as channel,
    ):
        yield Clients(http, bento, PredictorStub(channel))
        bento._temp_dir.cleanup()  # it leaves that to the collector, which warns


def of_grpc(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except grpc.RpcError as error:
        raise Refused(error.code(), error.details()) from None


def of_bento(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except BentoMLException as error:
        raise Refused(error.error_code, json.loads(str(error))["error"]) from None


def explained_from(message: pb.Explanation) -> dict[str, Any]:
    factors = [
        {"field": f.field, "value": getattr(f, f.WhichOneof("value")), "factor": f.factor}
        for f in message.factors
    ]
    horizon = pb.Horizon.Name(message.horizon).removeprefix("HORIZON_").lower()
    plain = ("worldwide_gross", "base", "exact", "standard_error", "model")
    values = {name: getattr(message, name) for name in plain}
    return values | {"factors": factors, "horizon": horizon}


def one_by_one(clients: Clients, films: list[Film]) -> list[Any]:
    return [clients.post("/v1/explanation", film) for film in films]


def many(clients: Clients, films: list[Film]) -> list[Any]:
    answers: list[Any] = clients.post("/v1/explanations", films)
    return answers


def bento_one_by_one(clients: Clients, films: list[Film]) -> list[Any]:
    return [of_bento(lambda film=film: clients.bento.explanation(film)) for film in films]


def bento_many(clients: Clients, films: list[Film]) -> list[Any]:
    answers: list[Any] = of_bento(lambda: clients.bento.explanations(films))
    return answers


def rpc_many(clients: Clients, films: list[Film]) -> list[Any]:
    request = messages.explain_request(films)
    response = of_grpc(lambda: clients.rpc.Explain(request, timeout=SECONDS))
    return [explained_from(message) for message in response.explanations]


EXPLAIN = [one_by_one, many, bento_one_by_one, bento_many, rpc_many]


@pytest.mark.parametrize("explain", EXPLAIN)
def test_a_film_is_explained_alike_to_the_last_bit(
    clients: Clients, explain: Callable[[Clients, list[Film]], list[Any]]
) -> None:
    expected = one_by_one(clients, FILMS)

    assert [True, True, False, True, True] == [answer["exact"] for answer in expected]
    assert expected == explain(clients, FILMS)


@pytest.mark.parametrize("explain", EXPLAIN)
def test_a_film_is_explained_whose_forecast_is_the_one_it_gets(
    clients: Clients, explain: Callable[[Clients, list[Film]], list[Any]]
) -> None:
    forecasts = clients.post("/v1/predictions", FILMS)

    same = ("worldwide_gross", "horizon", "model")
    assert [[each[name] for name in same] for each in forecasts] == [
        [each[name] for name in same] for each in explain(clients, FILMS)
    ]


def compared(message: pb.ComparablesResponse) -> dict[str, Any]:
    films = [
        {
            "title": film.title,
            **messages.fields(film.movie),
            "worldwide_gross": film.worldwide_gross,
            "worldwide_gross_then": film.worldwide_gross_then,
            "distance": film.distance,
        }
        for film in message.films
    ]
    rank = {"position": message.rank.position, "of": message.rank.of}
    return {"films": films, "rank": rank, "model": message.model}


def rest_comparables(clients: Clients, film: Film, count: Any = None) -> Any:
    query = "" if count is None else f"?count={count}"
    return clients.post(f"/v1/comparables{query}", film)


def rpc_comparables(clients: Clients, film: Film, count: Any = None) -> Any:
    request = messages.comparables_request(film, count)
    return compared(of_grpc(lambda: clients.rpc.Comparables(request, timeout=SECONDS)))


@pytest.mark.parametrize("film", FILMS)
@pytest.mark.parametrize("count", [None, 1, 50])
def test_films_are_compared_alike_to_the_last_bit(
    clients: Clients, film: Film, count: int | None
) -> None:
    answer = rest_comparables(clients, film, count)

    assert answer == rpc_comparables(clients, film, count)
    assert (count or 8) == len(answer["films"]) == answer["rank"]["of"] - 1


def test_bentos_client_compares_as_many_as_are_usual(clients: Clients) -> None:
    assert rest_comparables(clients, FILMS[0]) == clients.bento.comparables(FILMS[0])


@pytest.mark.parametrize("count", [0, -1, 51, 2_000_000_000])
def test_a_count_that_cannot_be_is_refused_alike(clients: Clients, count: int) -> None:
    words = f"count must be a whole number from 1 to 50, not '{count}'."
    for code, ask in (
        (400, rest_comparables),
        (grpc.StatusCode.INVALID_ARGUMENT, rpc_comparables),
    ):
        with pytest.raises(Refused) as caught:
            ask(clients, FILMS[0], count)
        assert (code, words) == (caught.value.code, caught.value.words)


@pytest.mark.parametrize("count", ["", "8.0", "٨", "1e1", "x" * 500, "08 "])
def test_a_count_that_is_no_number_is_refused_with_what_it_is(clients: Clients, count: str) -> None:
    with pytest.raises(Refused, match="count must be a whole number from 1 to 50, not '") as caught:
        rest_comparables(clients, FILMS[0], count)

    assert 400 == caught.value.code
    assert len(caught.value.words) < 200


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("cuont=3", "cuont is not a parameter here: there is count."),
        ("count=3&count=4", "The parameter count is there twice."),
        ("count=3&" + "x" * 2000, "The parameters of an address may have 1,000 bytes."),
    ],
)
def test_a_parameter_that_there_is_not_is_refused(clients: Clients, query: str, words: str) -> None:
    with pytest.raises(Refused) as caught:
        clients.post(f"/v1/comparables?{query}", FILMS[0])

    assert (400, words) == (caught.value.code, caught.value.words)


@pytest.mark.parametrize("path", ["/v1/explanation", "/v1/explanations"])
def test_an_explanation_has_no_parameters(clients: Clients, path: str) -> None:
    with pytest.raises(Refused) as caught:
        clients.post(f"{path}?count=3", FILMS[0])

    assert (400, "count is not a parameter here.") == (caught.value.code, caught.value.words)


@pytest.mark.parametrize(
    ("film", "words"),
    [
        ({"duration": -1.0}, "duration must be greater than or equal to 0."),
        ({"imdb_score": 10.5}, "imdb_score must be less than or equal to 10."),
        ({"genre": "x" * 101}, "genre must have at most 100 characters."),
    ],
)
def test_a_bad_film_is_refused_in_the_words_of_a_forecast(
    clients: Clients, film: Film, words: str
) -> None:
    alone: list[Callable[[], Any]] = [
        lambda: one_by_one(clients, [film]),
        lambda: bento_one_by_one(clients, [film]),
        lambda: rest_comparables(clients, film),
        lambda: rpc_comparables(clients, film),
    ]
    listed: list[Callable[[], Any]] = [
        lambda: many(clients, [{}, film]),
        lambda: bento_many(clients, [{}, film]),
        lambda: rpc_many(clients, [{}, film]),
    ]
    for calls, said in ((alone, words), (listed, f"Film 1: {words}")):
        for call in calls:
            with pytest.raises(Refused) as caught:
                call()
            assert said == caught.value.words
            assert caught.value.code in (400, grpc.StatusCode.INVALID_ARGUMENT)


@pytest.mark.parametrize("explain", [many, bento_many, rpc_many])
def test_too_many_films_are_refused_as_such_even_if_they_are_wrong(
    clients: Clients, explain: Callable[[Clients, list[Film]], list[Any]]
) -> None:
    with pytest.raises(Refused) as caught:
        explain(clients, [{"duration": -1.0}] * 11)

    code = grpc.StatusCode.RESOURCE_EXHAUSTED if explain is rpc_many else 413
    words = "A request may have 10 films to explain, not 11: send several."
    assert (code, words) == (caught.value.code, caught.value.words)


@pytest.mark.parametrize("path", ["/v1/explanation", "/v1/explanations", "/v1/comparables"])
def test_what_is_no_json_is_refused(clients: Clients, path: str) -> None:
    kind = clients.http.post(path, content=b"{}", headers={"Content-Type": "text/csv"})
    body = clients.http.post(path, content=b"{", headers={"Content-Type": "application/json"})

    assert [415, 400] == [kind.status_code, body.status_code]
    assert all({"error", "details"} == answer.json().keys() for answer in (kind, body))


def test_the_model_says_what_it_can_do(clients: Clients) -> None:
    model = clients.http.get("/v1/model").json()

    explanations, comparables = model["explanations"], model["comparables"]
    assert {"background": {"pre_release": 32, "post_opening": 32}, "exact_up_to": 10} == (
        explanations
    )
    assert 400 == comparables["films"]
    assert comparables["distance"].startswith("The root of the weighted mean")
    assert {"pre_release", "post_opening"} == comparables["weights"].keys()
