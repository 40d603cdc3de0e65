"""JSON that is too much, too deep or no JSON: it is refused in few words, and costs little."""

import json
import re

import pytest

from tests.support.http1 import ask, request
from tests.support.refusals import BODY, FILMS, LONGEST, TOLD, answered, list_of, refused
from tests.support.server import Server

ONE, MANY = "/v1/prediction", "/v1/predictions"

FLOODS = {
    "numbers": list_of(b"1"),
    "texts": list_of(b'""'),
    "nothing": list_of(b"null"),
    "lists": list_of(b"[]"),
    "films without a field": list_of(b"{}"),
    "films with an unknown field": list_of(b'{"":1}'),
    "films with a wrong value": list_of(b'{"duration":-1}'),
    "films between blanks": list_of(b"\n{}\t"),
    "lists that are not closed": b"[" * BODY,
    "films that are not closed": b'[{"a":' * (BODY // 6),
    "blanks": b" " * BODY,
    "one long text": b'["' + b"x" * (BODY - 4) + b'"]',
    "one long number": b"[" + b"1" * (BODY - 2) + b"]",
    "one film with many fields": b"[{" + b'"":1,' * ((BODY - 8) // 5) + b'"":1}]',
}


TOO_MANY = {
    "films without a field",
    "films with a wrong value",
    "films between blanks",
    "films with an unknown field",
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_in_one_list_is_refused_and_films_are_counted_before_one_is_judged(
    target: Server, name: str
) -> None:
    answer = refused(target, MANY, FLOODS[name])

    assert 413 == answer.status or name not in TOO_MANY


@pytest.mark.parametrize("body", FLOODS.values(), ids=FLOODS)
def test_a_flood_in_place_of_a_film_is_refused(target: Server, body: bytes) -> None:
    refused(target, ONE, body)


@pytest.mark.parametrize("path", ["/v1/explanation", "/v1/explanations", "/v1/comparables"])
@pytest.mark.parametrize("body", FLOODS.values(), ids=FLOODS)
def test_a_flood_is_refused_beside_forecasts_too(target: Server, path: str, body: bytes) -> None:
    refused(target, path, body)


WRONG = {
    "values": b'{"duration":-1}',
    "fields": b"{%s}" % b",".join(b'"field %d":1' % number for number in range(25)),
    "items": b"1",
}


@pytest.mark.parametrize("film", WRONG.values(), ids=WRONG)
def test_of_many_problems_a_few_are_told_and_the_rest_are_counted(
    target: Server, film: bytes
) -> None:
    answer = refused(target, MANY, b"[" + b",".join([film] * FILMS) + b"]")

    problems = FILMS * max(1, film.count(b"field"))
    assert 400 == answer.status
    assert TOLD >= len(answer.json()["details"]) > 0
    assert numbers(answer.json()["error"]) & {problems, problems - len(answer.json()["details"])}


def numbers(text: str) -> set[int]:
    """The whole numbers in a sentence."""
    return {int(number) for number in re.findall(r"\d+", text.replace(",", ""))}


@pytest.mark.parametrize("path", [ONE, MANY])
@pytest.mark.parametrize("fields", [100, 100_000])
def test_a_film_of_unknown_fields_is_refused_with_few_of_them(
    target: Server, path: str, fields: int
) -> None:
    film = json.dumps({f"field {number}": 1 for number in range(fields)}).encode()
    answer = refused(target, path, film if path == ONE else b"[%s]" % film)

    assert TOLD >= len(answer.json()["details"])
    assert fields > 100 or {"field"} == {d["field"].split()[0] for d in answer.json()["details"]}


ODD = {
    "a name of a megabyte": b'{"%s":1}' % (b"x" * (1 << 20)),
    "a name of a megabyte beyond ASCII": b'{"%s":1}' % ("é".encode() * (1 << 19)),
    "a text of a megabyte": b'{"genre":"%s"}' % (b"x" * (1 << 20)),
    "lists 10,000 deep": b'{"duration":%s1%s}' % (b"[" * 10_000, b"]" * 10_000),
    "objects 10,000 deep": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "a number of 10,000 digits": b'{"duration":%s}' % (b"9" * 10_000),
    "a fraction of an enormous number": b'{"duration":%s.5}' % (b"9" * 10_000),
    "more than a float holds": b'{"duration":1e400}',
    "an exponent without end": b'{"duration":1e%s}' % (b"9" * 10_000),
    "NaN": b'{"duration":NaN}',
    "Infinity": b'{"duration":Infinity}',
    "-Infinity": b'{"duration":-Infinity}',
    "half a surrogate": b'{"genre":"\\ud800"}',
    "two halves in the wrong order": b'{"genre":"\\udc00\\ud800"}',
    "half a surrogate as a name": b'{"\\ud800":1}',
    "a byte that is not UTF-8": b'{"genre":"\xff"}',
    "a surrogate in UTF-8": b'{"genre":"\xed\xa0\x80"}',
    "an overlong slash": b'{"genre":"\xc0\xaf"}',
    "a raw NUL": b'{"genre":"\0"}',
    "UTF-16": '{"duration":90}'.encode("utf-16"),
    "a comment": b'{"duration":90 /* min */}',
    "a comma too many": b'{"duration":90,}',
    "two films": b'{"duration":90}{"duration":90}',
    "a film and a NUL": b'{"duration":90}\0',
    "nothing": b"",
    "a text": b'"duration"',
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
def test_an_odd_film_is_refused(target: Server, body: bytes) -> None:
    refused(target, ONE, body)


@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
def test_an_odd_film_in_a_list_is_refused(target: Server, body: bytes) -> None:
    refused(target, MANY, b"[{},%s]" % body)


LABELS = {
    "NUL": b'{"genre":"\\u0000"}',
    "a right-to-left mark": b'{"genre":"\\u202e"}',
    "markup": b'{"genre":"<script>"}',
    "a pair of surrogates": b'{"genre":"\\ud83c\\udfac"}',
    "100 characters of four bytes": b'{"genre":"%s"}' % ("🎬" * 100).encode(),
    "the same field twice": b'{"duration":90,"duration":100}',
}


@pytest.mark.parametrize("body", LABELS.values(), ids=LABELS)
def test_an_odd_text_is_answered_or_refused_in_json(target: Server, body: bytes) -> None:
    [answer] = ask(target.port, request(ONE, body))

    assert answer.status in {200, 400}
    assert answer.json()


def test_a_batch_at_the_limit_is_answered_and_costs_little(target: Server) -> None:
    answer = answered(target, MANY, b"[" + b",".join([b'{"duration":100000}'] * FILMS) + b"]")

    assert 200 == answer.status
    assert FILMS == len(answer.json())


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_a_compressed_body_is_not_unpacked(target: Server, encoding: str) -> None:
    [answer] = ask(target.port, request(ONE, bytes(1000), content_encoding=encoding))

    assert answer.status in {400, 415}
    assert len(answer.body) <= LONGEST
