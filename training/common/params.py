"""The only reader of params.yaml: typed sections, one per stage."""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from service.errors import BoxOfficeError

PARAMS = Path("params.yaml")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Ingest(_Section):
    """Where the raw tables are, and the share of their rows that may be wrong."""

    source: str = Field(min_length=1)
    max_dropped: float = Field(ge=0, lt=1)


class Prepare(_Section):
    """How films are split."""

    seed: int
    folds: int = Field(ge=3)
    backtest_share: float = Field(gt=0, lt=0.5)


class Trees(_Section):
    """Hyper-parameters of sklearn's HistGradientBoostingRegressor, by its own names."""

    max_iter: int = Field(gt=0)
    learning_rate: float = Field(gt=0)
    max_leaf_nodes: int = Field(ge=2)
    min_samples_leaf: int = Field(gt=0)
    l2_regularization: float = Field(ge=0)
    max_features: float = Field(gt=0, le=1)


class Smooth(_Section):
    """Hyper-parameters of sklearn's Nystroem and LinearSVR, by their own names."""

    gamma: float = Field(gt=0)
    n_components: int = Field(gt=0)
    C: float = Field(gt=0)
    epsilon: float = Field(ge=0)


class Train(_Section):
    """How an estimator is fitted and its interval calibrated."""

    seed: int
    coverage: float = Field(gt=0, lt=1)
    folds: int = Field(ge=2)
    min_films_per_category: int = Field(gt=0)
    min_films_per_horizon: int = Field(gt=0)
    trees_weight: float = Field(ge=0, le=1)
    trees: Trees
    smooth: Smooth


def _rising(edges: list[float]) -> list[float]:
    if edges != sorted(set(edges)):
        raise ValueError("each edge must be above the one before it")
    return edges


Rising = Annotated[list[float], Field(min_length=1), AfterValidator(_rising)]


class Smoke(_Section):
    """A film as the API takes it, and between which USD its forecast must lie."""

    name: str = Field(min_length=1)
    film: dict[str, float | str]
    low: float = Field(ge=0)
    high: float = Field(gt=0)


class Promote(_Section):
    """When a candidate may replace the champion; shares are of the champion's error."""

    seed: int
    resamples: int = Field(ge=100)
    confidence: float = Field(gt=0.5, lt=1)
    max_worse: float = Field(ge=0)
    max_worse_overall: float = Field(ge=0)
    min_films: int = Field(gt=0)
    coverage_tolerance: float = Field(gt=0, lt=1)
    smoke: list[Smoke]


class Groups(_Section):
    """Where the tiers begin in which the report and the gate look at films."""

    tiers: Rising


class Explain(_Section):
    """How the effect of each field is measured."""

    seed: int
    repeats: int = Field(ge=2)
    ablation_folds: int = Field(ge=0)


class Report(_Section):
    """How many of the worst films the report names."""

    worst_films: int = Field(gt=0)


class Params(_Section):
    """All of params.yaml."""

    ingest: Ingest
    prepare: Prepare
    train: Train
    explain: Explain
    groups: Groups
    report: Report
    promote: Promote


def load(path: Path = PARAMS) -> Params:
    """Read params.yaml; raises BoxOfficeError naming the setting that is wrong."""
    try:
        return Params.model_validate(yaml.safe_load(path.read_text()))
    except (OSError, yaml.YAMLError) as error:
        raise BoxOfficeError(f"{path} cannot be read: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        setting = ".".join(str(part) for part in first["loc"])
        raise BoxOfficeError(f"{path}: {setting}: {first['msg']}.") from error
