"""What a request may ask beside its films, by whichever transport it comes."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from service.errors import InvalidRequest
from service.model.distribution import NOTHING, Asked

_LOWEST, _HIGHEST = 0.01, 0.99  # nothing surer than that is learned from some thousand rows
_MOST = 99


def _listed(value: Any) -> Any:
    """The numbers of a text with commas, as a query has it."""
    return value.split(",") if isinstance(value, str) else value


_Probability = Annotated[float, Field(ge=_LOWEST, le=_HIGHEST)]


class Parameters(BaseModel):
    """The parameters of a request for forecasts; each may be left out."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    coverage: float | None = Field(
        None, gt=0, le=_HIGHEST - _LOWEST, description="Coverage of the interval."
    )
    at_least: float | None = Field(
        None, ge=0, description="An amount, of which the answer has the chance of at least so much."
    )
    quantiles: Annotated[tuple[_Probability, ...], BeforeValidator(_listed)] = Field(
        (),
        min_length=1,
        max_length=_MOST,
        description="Probabilities, separated by commas: the answer has their quantiles.",
    )


NAMES = tuple(Parameters.model_fields)


def asked(values: Mapping[str, Any]) -> Asked:
    """The parameters by name; raises InvalidRequest naming the one at fault."""
    if not values:
        return NOTHING
    try:
        return Asked(**Parameters.model_validate(values).__dict__)
    except ValidationError as error:
        raise InvalidRequest(_sentence(error.errors(include_url=False)[0])) from None


def _sentence(error: Mapping[str, Any]) -> str:
    name = error["loc"][0]
    words = error["msg"].replace("Input should", "must").replace("Tuple should", "must")
    return f"The parameter {name} {words}."
