"""Films in, forecasts out: fields with units and ranges, horizons, and what is forecast."""

from typing import Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

TARGET = "worldwide_gross"  # what is forecast, in the tables and in the answers
EXPECTED = "expected_gross"  # its mean, in the answers; the forecast itself is the median
UNIT = "USD"  # in which both are answered
TITLE = "movie_title"  # names a row of the tables; what shares it is never split
NOUN = "film"  # one row, in sentences
SERVICE = "Box Office"  # what the page is called

Horizon = Literal["pre_release", "post_opening"]
HORIZONS: tuple[Horizon, ...] = get_args(Horizon)  # from the first on
# The field that takes a film to a later horizon, where it is known.
OPENED_BY: dict[Horizon, str] = {"post_opening": "opening_gross"}
# What the target cannot be less than, where it is known.
FLOOR: str | None = "opening_gross"
# Fields whose absence is an answer too: there is none.
NONE_IF_ABSENT: tuple[str, ...] = ("predecessor_gross",)

EXAMPLE: dict[str, Any] = {
    "production_budget": 60000000,
    "title_year": 2009,
    "release_month": 6,
    "duration": 112,
    "genre": "Comedy",
    "mpaa_rating": "PG-13",
}

# What the page offers to click, by name; one is shown where all of its fields are used by a model.
EXAMPLES: dict[str, dict[str, Any]] = {
    "Summer comedy": EXAMPLE,
    "Blockbuster sequel": {
        "production_budget": 180000000,
        "title_year": 2010,
        "release_month": 5,
        "duration": 135,
        "genre": "Action",
        "mpaa_rating": "PG-13",
        "predecessor_gross": 620000000,
    },
    "Small drama": {
        "production_budget": 12000000,
        "title_year": 2008,
        "release_month": 11,
        "duration": 118,
        "genre": "Drama",
        "mpaa_rating": "R",
    },
    "Low-budget horror": {
        "production_budget": 3000000,
        "title_year": 2009,
        "release_month": 10,
        "duration": 92,
        "genre": "Horror",
        "mpaa_rating": "R",
    },
    "After the opening weekend": {**EXAMPLE, "opening_gross": 34000000, "screens": 3100},
}
# The field that is to be earned back, and how often, before the target is a profit; or None.
BREAK_EVEN: tuple[str, float] | None = ("production_budget", 2.5)

# Units that go without saying: in sentences such a number stands alone, as a year does.
UNSAID = ("year", "width / height", "0-10", "1-12")
# Amounts that people think of in millions, and may send so.
IN_MILLIONS = ("opening_gross", "production_budget")


def _known(horizon: Horizon, unit: str, maximum: float, description: str) -> Any:
    # What is improbable is answered with a warning; the maximum is what no film can reach.
    return Field(
        default=None,
        ge=0,
        le=maximum,
        description=description,
        json_schema_extra={"unit": unit, "known": horizon},
    )


def _label(description: str) -> Any:
    return Field(
        default=None,
        max_length=100,
        description=description,
        json_schema_extra={"unit": "label", "known": "pre_release"},
    )


class Movie(BaseModel):
    """What is known of a film. A field that is absent, null, 0 or blank is unknown."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        json_schema_extra={"example": EXAMPLE},
    )

    opening_gross: float | None = _known(
        "post_opening", "USD", 1e12, "Gross of the opening weekend."
    )
    screens: float | None = _known(
        "post_opening", "screens", 1e6, "Number of screens on the opening weekend."
    )
    production_budget: float | None = _known("pre_release", "USD", 1e12, "Production budget.")
    title_year: float | None = _known("pre_release", "year", 2100, "Year of release.")
    aspect_ratio: float | None = _known(
        "pre_release", "width / height", 100, "Aspect ratio of the picture."
    )
    duration: float | None = _known("pre_release", "min", 1e5, "Running time.")
    cast_total_facebook_likes: float | None = _known(
        "pre_release", "likes", 1e10, "Likes of the whole cast on Facebook."
    )
    budget: float | None = _known("pre_release", "local currency", 1e15, "Budget as IMDb lists it.")
    imdb_score: float | None = _known("post_opening", "0-10", 10, "IMDb user score.")
    release_month: float | None = _known("pre_release", "1-12", 12, "Month of release.")
    genre: str | None = _label("Main genre, as in the training data or a synonym.")
    mpaa_rating: str | None = _label("MPAA rating, as in the training data or a synonym.")
    predecessor_gross: float | None = _known(
        "pre_release",
        "USD",
        1e12,
        "Worldwide gross of the previous film of the series; 0 or absent: none, or unknown.",
    )
    movie_title: str | None = Field(
        default=None,
        max_length=250,
        description="Title. No forecast depends on it; the journal keeps it.",
        json_schema_extra={"unit": "text", "known": "pre_release"},
    )


def _given(**types: str) -> dict[str, Any]:
    """What JSON Schema says of properties that are there, and not null."""
    return {"required": [*types], "properties": {n: {"type": t} for n, t in types.items()}}


class Outcome(BaseModel):
    """What a film has earned: of the forecast with an id, or of all of a title and year."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        json_schema_extra={
            "example": {"id": "01KB0Z7XG8QJ4M2V9R3T6WY5AC", "worldwide_gross": 151000000},
            "anyOf": [_given(id="string"), _given(movie_title="string", title_year="number")],
        },
    )

    id: str | None = Field(
        default=None,
        pattern="^[0-7][0-9A-HJKMNP-TV-Z]{25}$",
        description="Id of a forecast; or else the title and the year are needed.",
    )
    worldwide_gross: float = Field(gt=0, le=1e12, description="Worldwide gross, USD.")
    movie_title: str | None = Field(
        default=None, min_length=1, max_length=250, description="Title."
    )
    title_year: float | None = Field(
        default=None, gt=0, le=2100, description="Year of release, beside the title."
    )

    @model_validator(mode="after")
    def _is_of_a_film(self) -> Self:
        if not (self.id or (self.movie_title and self.title_year)):
            raise ValueError("needs the id of a forecast, or movie_title and title_year")
        return self


class Interval(BaseModel):
    """Where the worldwide gross will lie with probability `coverage`, in USD."""

    low: float = Field(ge=0, description="Lower bound, USD.")
    high: float = Field(ge=0, description="Upper bound, USD.")
    coverage: float = Field(gt=0, lt=1, description="Share of films inside the interval.")


class Chance(BaseModel):
    """How likely a film is to reach an amount."""

    at_least: float = Field(ge=0, description="The amount asked about, USD.")
    probability: float = Field(ge=0, le=1, description="Of a worldwide gross of at least it.")


class Quantile(BaseModel):
    """What the worldwide gross is below with a probability, in USD."""

    probability: float = Field(gt=0, lt=1, description="As it was asked for.")
    worldwide_gross: float = Field(ge=0, description="Worldwide gross, USD.")


class Prediction(BaseModel):
    """A forecast of the worldwide gross of one film, in USD."""

    worldwide_gross: float = Field(
        ge=0, description="Worldwide gross, USD: the median, as likely too low as too high."
    )
    expected_gross: float = Field(
        ge=0, description="Mean of the worldwide gross, USD: what adds up over many films."
    )
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


Row = Movie  # by the name that the rest of the project uses
