from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Horizon(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HORIZON_UNSPECIFIED: _ClassVar[Horizon]
    HORIZON_PRE_RELEASE: _ClassVar[Horizon]
    HORIZON_POST_OPENING: _ClassVar[Horizon]
HORIZON_UNSPECIFIED: Horizon
HORIZON_PRE_RELEASE: Horizon
HORIZON_POST_OPENING: Horizon

class Movie(_message.Message):
    __slots__ = ("opening_gross", "screens", "production_budget", "title_year", "aspect_ratio", "duration", "cast_total_facebook_likes", "budget", "imdb_score", "release_month", "genre", "mpaa_rating", "predecessor_gross", "movie_title")
    OPENING_GROSS_FIELD_NUMBER: _ClassVar[int]
    SCREENS_FIELD_NUMBER: _ClassVar[int]
    PRODUCTION_BUDGET_FIELD_NUMBER: _ClassVar[int]
    TITLE_YEAR_FIELD_NUMBER: _ClassVar[int]
    ASPECT_RATIO_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    CAST_TOTAL_FACEBOOK_LIKES_FIELD_NUMBER: _ClassVar[int]
    BUDGET_FIELD_NUMBER: _ClassVar[int]
    IMDB_SCORE_FIELD_NUMBER: _ClassVar[int]
    RELEASE_MONTH_FIELD_NUMBER: _ClassVar[int]
    GENRE_FIELD_NUMBER: _ClassVar[int]
    MPAA_RATING_FIELD_NUMBER: _ClassVar[int]
    PREDECESSOR_GROSS_FIELD_NUMBER: _ClassVar[int]
    MOVIE_TITLE_FIELD_NUMBER: _ClassVar[int]
    opening_gross: float
    screens: float
    production_budget: float
    title_year: float
    aspect_ratio: float
    duration: float
    cast_total_facebook_likes: float
    budget: float
    imdb_score: float
    release_month: float
    genre: str
    mpaa_rating: str
    predecessor_gross: float
    movie_title: str
    def __init__(self, opening_gross: _Optional[float] = ..., screens: _Optional[float] = ..., production_budget: _Optional[float] = ..., title_year: _Optional[float] = ..., aspect_ratio: _Optional[float] = ..., duration: _Optional[float] = ..., cast_total_facebook_likes: _Optional[float] = ..., budget: _Optional[float] = ..., imdb_score: _Optional[float] = ..., release_month: _Optional[float] = ..., genre: _Optional[str] = ..., mpaa_rating: _Optional[str] = ..., predecessor_gross: _Optional[float] = ..., movie_title: _Optional[str] = ...) -> None: ...

class Interval(_message.Message):
    __slots__ = ("low", "high", "coverage")
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    low: float
    high: float
    coverage: float
    def __init__(self, low: _Optional[float] = ..., high: _Optional[float] = ..., coverage: _Optional[float] = ...) -> None: ...

class Chance(_message.Message):
    __slots__ = ("at_least", "probability")
    AT_LEAST_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    at_least: float
    probability: float
    def __init__(self, at_least: _Optional[float] = ..., probability: _Optional[float] = ...) -> None: ...

class Quantile(_message.Message):
    __slots__ = ("probability", "worldwide_gross")
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    WORLDWIDE_GROSS_FIELD_NUMBER: _ClassVar[int]
    probability: float
    worldwide_gross: float
    def __init__(self, probability: _Optional[float] = ..., worldwide_gross: _Optional[float] = ...) -> None: ...

class Prediction(_message.Message):
    __slots__ = ("worldwide_gross", "interval", "horizon", "warnings", "model", "expected_gross", "used", "chance", "quantiles", "id")
    WORLDWIDE_GROSS_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    HORIZON_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_GROSS_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    CHANCE_FIELD_NUMBER: _ClassVar[int]
    QUANTILES_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    worldwide_gross: float
    interval: Interval
    horizon: Horizon
    warnings: _containers.RepeatedScalarFieldContainer[str]
    model: str
    expected_gross: float
    used: _containers.RepeatedScalarFieldContainer[str]
    chance: Chance
    quantiles: _containers.RepeatedCompositeFieldContainer[Quantile]
    id: str
    def __init__(self, worldwide_gross: _Optional[float] = ..., interval: _Optional[_Union[Interval, _Mapping]] = ..., horizon: _Optional[_Union[Horizon, str]] = ..., warnings: _Optional[_Iterable[str]] = ..., model: _Optional[str] = ..., expected_gross: _Optional[float] = ..., used: _Optional[_Iterable[str]] = ..., chance: _Optional[_Union[Chance, _Mapping]] = ..., quantiles: _Optional[_Iterable[_Union[Quantile, _Mapping]]] = ..., id: _Optional[str] = ...) -> None: ...

class PredictRequest(_message.Message):
    __slots__ = ("movie", "coverage", "at_least", "quantiles")
    MOVIE_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    AT_LEAST_FIELD_NUMBER: _ClassVar[int]
    QUANTILES_FIELD_NUMBER: _ClassVar[int]
    movie: Movie
    coverage: float
    at_least: float
    quantiles: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, movie: _Optional[_Union[Movie, _Mapping]] = ..., coverage: _Optional[float] = ..., at_least: _Optional[float] = ..., quantiles: _Optional[_Iterable[float]] = ...) -> None: ...

class PredictResponse(_message.Message):
    __slots__ = ("prediction",)
    PREDICTION_FIELD_NUMBER: _ClassVar[int]
    prediction: Prediction
    def __init__(self, prediction: _Optional[_Union[Prediction, _Mapping]] = ...) -> None: ...

class PredictBatchRequest(_message.Message):
    __slots__ = ("movies", "coverage", "at_least", "quantiles")
    MOVIES_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    AT_LEAST_FIELD_NUMBER: _ClassVar[int]
    QUANTILES_FIELD_NUMBER: _ClassVar[int]
    movies: _containers.RepeatedCompositeFieldContainer[Movie]
    coverage: float
    at_least: float
    quantiles: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, movies: _Optional[_Iterable[_Union[Movie, _Mapping]]] = ..., coverage: _Optional[float] = ..., at_least: _Optional[float] = ..., quantiles: _Optional[_Iterable[float]] = ...) -> None: ...

class PredictBatchResponse(_message.Message):
    __slots__ = ("predictions",)
    PREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    predictions: _containers.RepeatedCompositeFieldContainer[Prediction]
    def __init__(self, predictions: _Optional[_Iterable[_Union[Prediction, _Mapping]]] = ...) -> None: ...

class Factor(_message.Message):
    __slots__ = ("field", "number", "label", "factor")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    FACTOR_FIELD_NUMBER: _ClassVar[int]
    field: str
    number: float
    label: str
    factor: float
    def __init__(self, field: _Optional[str] = ..., number: _Optional[float] = ..., label: _Optional[str] = ..., factor: _Optional[float] = ...) -> None: ...

class Explanation(_message.Message):
    __slots__ = ("worldwide_gross", "base", "factors", "horizon", "exact", "standard_error", "model")
    WORLDWIDE_GROSS_FIELD_NUMBER: _ClassVar[int]
    BASE_FIELD_NUMBER: _ClassVar[int]
    FACTORS_FIELD_NUMBER: _ClassVar[int]
    HORIZON_FIELD_NUMBER: _ClassVar[int]
    EXACT_FIELD_NUMBER: _ClassVar[int]
    STANDARD_ERROR_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    worldwide_gross: float
    base: float
    factors: _containers.RepeatedCompositeFieldContainer[Factor]
    horizon: Horizon
    exact: bool
    standard_error: float
    model: str
    def __init__(self, worldwide_gross: _Optional[float] = ..., base: _Optional[float] = ..., factors: _Optional[_Iterable[_Union[Factor, _Mapping]]] = ..., horizon: _Optional[_Union[Horizon, str]] = ..., exact: _Optional[bool] = ..., standard_error: _Optional[float] = ..., model: _Optional[str] = ...) -> None: ...

class ExplainRequest(_message.Message):
    __slots__ = ("movies",)
    MOVIES_FIELD_NUMBER: _ClassVar[int]
    movies: _containers.RepeatedCompositeFieldContainer[Movie]
    def __init__(self, movies: _Optional[_Iterable[_Union[Movie, _Mapping]]] = ...) -> None: ...

class ExplainResponse(_message.Message):
    __slots__ = ("explanations",)
    EXPLANATIONS_FIELD_NUMBER: _ClassVar[int]
    explanations: _containers.RepeatedCompositeFieldContainer[Explanation]
    def __init__(self, explanations: _Optional[_Iterable[_Union[Explanation, _Mapping]]] = ...) -> None: ...

class ComparablesRequest(_message.Message):
    __slots__ = ("movie", "count")
    MOVIE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    movie: Movie
    count: int
    def __init__(self, movie: _Optional[_Union[Movie, _Mapping]] = ..., count: _Optional[int] = ...) -> None: ...

class Comparable(_message.Message):
    __slots__ = ("title", "movie", "worldwide_gross", "worldwide_gross_then", "distance")
    TITLE_FIELD_NUMBER: _ClassVar[int]
    MOVIE_FIELD_NUMBER: _ClassVar[int]
    WORLDWIDE_GROSS_FIELD_NUMBER: _ClassVar[int]
    WORLDWIDE_GROSS_THEN_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_FIELD_NUMBER: _ClassVar[int]
    title: str
    movie: Movie
    worldwide_gross: float
    worldwide_gross_then: float
    distance: float
    def __init__(self, title: _Optional[str] = ..., movie: _Optional[_Union[Movie, _Mapping]] = ..., worldwide_gross: _Optional[float] = ..., worldwide_gross_then: _Optional[float] = ..., distance: _Optional[float] = ...) -> None: ...

class Rank(_message.Message):
    __slots__ = ("position", "of")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    OF_FIELD_NUMBER: _ClassVar[int]
    position: int
    of: int
    def __init__(self, position: _Optional[int] = ..., of: _Optional[int] = ...) -> None: ...

class ComparablesResponse(_message.Message):
    __slots__ = ("films", "rank", "model")
    FILMS_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    films: _containers.RepeatedCompositeFieldContainer[Comparable]
    rank: Rank
    model: str
    def __init__(self, films: _Optional[_Iterable[_Union[Comparable, _Mapping]]] = ..., rank: _Optional[_Union[Rank, _Mapping]] = ..., model: _Optional[str] = ...) -> None: ...

class Outcome(_message.Message):
    __slots__ = ("id", "worldwide_gross", "movie_title", "title_year")
    ID_FIELD_NUMBER: _ClassVar[int]
    WORLDWIDE_GROSS_FIELD_NUMBER: _ClassVar[int]
    MOVIE_TITLE_FIELD_NUMBER: _ClassVar[int]
    TITLE_YEAR_FIELD_NUMBER: _ClassVar[int]
    id: str
    worldwide_gross: float
    movie_title: str
    title_year: float
    def __init__(self, id: _Optional[str] = ..., worldwide_gross: _Optional[float] = ..., movie_title: _Optional[str] = ..., title_year: _Optional[float] = ...) -> None: ...

class OutcomesRequest(_message.Message):
    __slots__ = ("outcomes",)
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.RepeatedCompositeFieldContainer[Outcome]
    def __init__(self, outcomes: _Optional[_Iterable[_Union[Outcome, _Mapping]]] = ...) -> None: ...

class OutcomesResponse(_message.Message):
    __slots__ = ("accepted",)
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    accepted: int
    def __init__(self, accepted: _Optional[int] = ...) -> None: ...
