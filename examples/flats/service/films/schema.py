"""Flats in, forecasts out: fields with units and ranges, one horizon, and what is forecast."""

from typing import Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

TARGET = "price"  # what is forecast, in the tables and in the answers
EXPECTED = "expected_price"  # its mean, in the answers; the forecast itself is the median
UNIT = "EUR"  # in which both are answered
TITLE = "building"  # names a row of the tables; what shares it is never split
NOUN = "flat"  # one row, in sentences
SERVICE = "Flats"  # what the page is called

Horizon = Literal["listing"]
HORIZONS: tuple[Horizon, ...] = get_args(Horizon)
OPENED_BY: dict[Horizon, str] = {}  # no field takes a flat to a later horizon
FLOOR: str | None = None  # no field tells what the price cannot be less than
NONE_IF_ABSENT: tuple[str, ...] = ()  # fields whose absence is an answer too

EXAMPLE: dict[str, Any] = {"area": 72, "rooms": 3, "storey": 2, "district": "Harbour"}

EXAMPLES: dict[str, dict[str, Any]] = {
    "By the harbour": EXAMPLE,
    "One room": {"area": 28, "rooms": 1},
}
BREAK_EVEN: tuple[str, float] | None = None  # nothing is to be earned back

UNSAID: tuple[str, ...] = ()  # units that sentences leave out
IN_MILLIONS: tuple[str, ...] = ()  # fields whose values may be sent in millions by mistake


def _number(unit: str, description: str, maximum: float | None = None) -> Any:
    extra: dict[str, Any] = {"unit": unit, "known": "listing"}
    return Field(default=None, ge=0, le=maximum, description=description, json_schema_extra=extra)


class Flat(BaseModel):
    """What is known of a flat. A field that is absent, null, 0 or blank is unknown."""

    model_config = ConfigDict(
        extra="forbid", strict=True, allow_inf_nan=False, json_schema_extra={"example": EXAMPLE}
    )

    area: float | None = _number("m2", "Living area.")
    rooms: float | None = _number("rooms", "Number of rooms.", maximum=50)
    storey: float | None = _number("storey", "Storey, from 1 at street level.", maximum=200)
    district: str | None = Field(
        default=None,
        max_length=100,
        description="District, as in the training data.",
        json_schema_extra={"unit": "label", "known": "listing"},
    )


class Outcome(BaseModel):
    """What a flat has sold for: of the forecast with an id, or of all of its building."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        json_schema_extra={"example": {"building": "Pier 4", "price": 315000}},
    )

    id: str | None = Field(default=None, description="Id of a forecast, or else its building.")
    price: float = Field(gt=0, description="Price, EUR.")
    building: str | None = Field(default=None, max_length=100, description="Building.")

    @model_validator(mode="after")
    def _is_of_a_flat(self) -> Self:
        if not (self.id or self.building):
            raise ValueError("needs the id of a forecast, or a building")
        return self


class Interval(BaseModel):
    """Where the price will lie with probability `coverage`, in EUR."""

    low: float = Field(ge=0, description="Lower bound, EUR.")
    high: float = Field(ge=0, description="Upper bound, EUR.")
    coverage: float = Field(gt=0, lt=1, description="Share of flats inside the interval.")


class Chance(BaseModel):
    """How likely a flat is to sell for an amount."""

    at_least: float = Field(ge=0, description="The amount asked about, EUR.")
    probability: float = Field(ge=0, le=1, description="Of a price of at least it.")


class Quantile(BaseModel):
    """What the price is below with a probability, in EUR."""

    probability: float = Field(gt=0, lt=1, description="As it was asked for.")
    price: float = Field(ge=0, description="Price, EUR.")


class Prediction(BaseModel):
    """A forecast of the price of one flat, in EUR."""

    price: float = Field(ge=0, description="Price, EUR: the median.")
    expected_price: float = Field(ge=0, description="Mean of the price, EUR.")
    interval: Interval
    horizon: Horizon = Field(description="What the forecast could know.")
    used: list[str] = Field(description="The fields of the request that the forecast comes from.")
    warnings: list[str] = Field(description="What makes this forecast less reliable.")
    model: str = Field(description="Tag of the model in the BentoML model store.")
    id: str = Field(description="Name of this forecast, which no other has; they sort by time.")
    chance: Chance | None = Field(None, description="Where the request has `at_least`.")
    quantiles: list[Quantile] | None = Field(
        None, description="Where the request has `quantiles`, in their order."
    )


Row = Flat  # by the name that the rest of the project uses
