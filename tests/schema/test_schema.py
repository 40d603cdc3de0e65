"""The schema: what it has to say, so that everything else can ask it."""

import re

import numpy as np
import pytest

from service.films.features import FEATURES, numbers
from service.films.fields import (
    COLUMNS,
    FIELDS,
    KNOWN,
    LABELS,
    MAXIMA,
    NUMBERS,
    UNITS,
    known_at,
    reached,
)
from service.films.schema import (
    BREAK_EVEN,
    EXAMPLE,
    EXAMPLES,
    EXPECTED,
    HORIZONS,
    IN_MILLIONS,
    OPENED_BY,
    TARGET,
    TITLE,
    UNSAID,
    Prediction,
    Row,
)
from service.films.synonyms import NEAREST, SYNONYMS
from service.rpc import box_office_pb2, protofile
from service.validation import film_from_dict


def test_the_example_is_a_row_of_the_first_horizon() -> None:
    assert len(film_from_dict(EXAMPLE)) == len(COLUMNS)
    assert HORIZONS[0] == reached(EXAMPLE)
    assert set(EXAMPLE) <= set(known_at(HORIZONS[0]))


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_to_click_is_a_row_of_which_something_is_known(name: str) -> None:
    assert any(value is not None for value in film_from_dict(EXAMPLES[name]))


def test_the_first_example_to_click_is_the_example() -> None:
    assert EXAMPLE == next(iter(EXAMPLES.values()))


def test_what_is_to_be_earned_back_is_a_number_known_at_first_and_a_multiple() -> None:
    if BREAK_EVEN is not None:
        field, multiple = BREAK_EVEN
        assert field in NUMBERS
        assert HORIZONS[0] == KNOWN[field]
        assert multiple > 0


def test_the_target_is_answered_and_cannot_be_asked_with() -> None:
    assert {TARGET, EXPECTED} < set(Prediction.model_fields)
    assert not {TARGET, EXPECTED, TITLE} & set(FIELDS)


def test_every_field_has_a_unit_a_description_and_a_horizon() -> None:
    assert set(FIELDS) == set(UNITS) == set(KNOWN)
    assert all(UNITS.values())
    assert all(field.description for field in Row.model_fields.values())
    assert set(NUMBERS) == set(MAXIMA)
    assert not set(NUMBERS) & set(LABELS)


def test_each_later_horizon_is_opened_by_a_number_that_is_known_then() -> None:
    assert set(HORIZONS[1:]) == set(OPENED_BY)
    for horizon, field in OPENED_BY.items():
        assert field in NUMBERS
        assert horizon == KNOWN[field]
        assert horizon == reached(EXAMPLE | {field: 1})


def test_a_feature_is_made_of_fields_and_at_least_one_is_an_anchor() -> None:
    assert {name for feature in FEATURES for name in feature.sources} <= set(NUMBERS)
    assert any(feature.anchor for feature in FEATURES)
    assert len(FEATURES) == len({feature.name for feature in FEATURES})


def test_what_may_be_sent_in_millions_is_an_anchor() -> None:
    assert set(IN_MILLIONS) <= {f.sources[0] for f in FEATURES if f.anchor}


def test_words_are_about_units_and_labels_that_there_are() -> None:
    assert set(UNSAID) <= set(UNITS.values())
    assert {*SYNONYMS, *NEAREST} <= set(LABELS)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_feature_is_unknown_where_a_field_that_it_is_made_of_is(name: str) -> None:
    fields = np.ones((len(FIELDS), 1))
    fields[FIELDS.index(name)] = np.nan

    unknown = np.isnan(numbers(fields, np.zeros(1))[:, 0])

    assert [name in feature.sources for feature in FEATURES] == unknown.tolist()


def test_the_proto_is_what_the_schema_makes_of_it() -> None:
    assert protofile.text() == protofile.PATH.read_text(), "run `make proto`"


def test_the_generated_code_is_that_of_the_proto() -> None:
    message = box_office_pb2.DESCRIPTOR.message_types_by_name[protofile.ROW]
    written = protofile.text().partition(f"message {protofile.ROW} {{")[2].partition("}")[0]
    numbered = re.findall(r"optional \w+ (\w+) = (\d+);", written)

    assert [(f.name, str(f.number)) for f in message.fields] == numbered, "run `make proto`"
