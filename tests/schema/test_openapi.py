"""The OpenAPI document of whatever the schema names."""

from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from service.films.fields import COLUMNS, FIELDS, MAXIMA, UNITS
from service.films.schema import EXAMPLE, EXPECTED, TARGET, Prediction, Row
from service.rest.docs import described
from service.rest.docs_page import page
from tests.support.dataplane import dataplane_of


@pytest.fixture(scope="module")
def document(served: Path) -> dict[str, Any]:
    return described(dataplane_of(served))


def test_the_document_is_openapi(document: dict[str, Any]) -> None:
    assert [] == list(OpenAPIV31SpecValidator(document).iter_errors())


def test_a_row_has_every_field_with_its_unit_and_maximum(document: dict[str, Any]) -> None:
    fields = document["components"]["schemas"][Row.__name__]["properties"]
    maxima = {n: f["anyOf"][0].get("maximum") for n, f in fields.items() if n in MAXIMA}

    assert set(COLUMNS) == set(fields)
    assert UNITS == {name: fields[name]["unit"] for name in FIELDS}
    assert {n: m for n, m in MAXIMA.items() if m < 1e300} == {n: m for n, m in maxima.items() if m}


def test_an_answer_has_the_target_and_its_mean(document: dict[str, Any]) -> None:
    answer = document["components"]["schemas"][Prediction.__name__]

    assert {TARGET, EXPECTED} <= set(answer["required"])


def test_the_examples_are_that_of_the_schema(document: dict[str, Any]) -> None:
    body = document["paths"]["/v1/prediction"]["post"]["requestBody"]["content"]

    assert [EXAMPLE] == [e["value"] for e in body["application/json"]["examples"].values()]


def test_the_page_has_every_field(document: dict[str, Any]) -> None:
    text = page(document, "")

    assert [] == [name for name in FIELDS if f"<code>{name}</code>" not in text]
