"""The only reader of params.yaml: typed sections, one per stage."""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from service.errors import BoxOfficeError

PARAMS = Path("params.yaml")


Seed = Annotated[int, Field(ge=0, lt=2**32)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Ingest(_Section):
    """Where the raw tables are, and the share of their rows that may be wrong."""

    source: list[Annotated[str, Field(min_length=1)]] = Field(min_length=1)
    max_dropped: float = Field(ge=0, lt=1)


class Prepare(_Section):
    """How films are split."""

    seed: Seed
    folds: int = Field(ge=3, le=100)
    backtest_share: float = Field(gt=0, lt=0.5)


class Trees(_Section):
    """Hyper-parameters of sklearn's HistGradientBoostingRegressor, by its own names, per loss."""

    max_iter: int = Field(gt=0)
    learning_rate: float = Field(gt=0)
    max_leaf_nodes: int = Field(ge=2)
    min_samples_leaf: int = Field(gt=0)
    l2_regularization: float = Field(ge=0)
    max_features: float = Field(gt=0, le=1)


class Smooth(_Section):
    """Hyper-parameters of sklearn's Nystroem and LinearSVR, and how many films they learn from."""

    gamma: float = Field(gt=0)
    n_components: int = Field(gt=0)
    C: float = Field(gt=0)
    epsilon: float = Field(ge=0)
    max_films: int = Field(gt=0)


class Hidden(_Section):
    """The films that are learned from with fields hidden: how many of the fields, which weight."""

    share: float = Field(gt=0, lt=1)
    weight: float = Field(gt=0, lt=1)


class Train(_Section):
    """How an estimator is fitted and its interval calibrated."""

    seed: Seed
    coverage: float = Field(gt=0, lt=1)
    folds: int = Field(ge=2, le=100)
    min_films_per_category: int = Field(gt=0)
    min_films_per_horizon: int = Field(gt=0)
    hidden: Hidden
    size_weight: float = Field(ge=0)
    trees_weight: float = Field(ge=0, le=1)
    trees: Trees
    smooth: Smooth


class Reasons(_Section):
    """The films that others are compared with to explain forecasts, and how they are chosen."""

    seed: Seed
    background: int = Field(ge=2, le=1000)
    drawn_from: int = Field(gt=0)
    probes: int = Field(gt=0)


class Comparables(_Section):
    """How many films the table of comparable ones may have."""

    seed: Seed
    films: int = Field(gt=0)


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

    seed: Seed
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

    seed: Seed
    repeats: int = Field(ge=2)
    ablation_folds: int = Field(ge=0)
    ablation_films: int = Field(gt=0)


class Report(_Section):
    """How many of the worst films the report names."""

    worst_films: int = Field(gt=0)


class Watch(_Section):
    """What is watched, and from when on it is said."""

    journal: str = Field(min_length=1)
    days: int = Field(gt=0)
    min_films: int = Field(ge=20)
    min_outcomes: int = Field(gt=0)
    psi: float = Field(gt=0)
    drift_level: float = Field(gt=0, lt=0.5)
    expected: list[str]
    false_alarms: float = Field(gt=0, lt=0.5)
    implausible: float = Field(gt=1)


class Accepted(_Section):
    """A candidate by its tag that may change forecasts as much as it does, and why."""

    model: str = Field(min_length=1)
    reason: str = Field(min_length=1)


class Replay(_Section):
    """How many films are asked again, and how much a candidate may change; shares are of films."""

    films: int = Field(gt=0)
    min_films: int = Field(gt=0)
    factor: float = Field(gt=1)
    max_changed: float = Field(ge=0, lt=1)
    max_median: float = Field(ge=0)
    max_warned: float = Field(ge=0, lt=1)
    max_width: float = Field(ge=0)
    accept: list[Accepted]

    def reason(self, model: str) -> str:
        """Why a model is accepted, or "" where it is not."""
        return next((each.reason for each in self.accept if each.model == model), "")


class Params(_Section):
    """All of params.yaml."""

    ingest: Ingest
    prepare: Prepare
    train: Train
    reasons: Reasons
    comparables: Comparables
    explain: Explain
    groups: Groups
    report: Report
    promote: Promote
    watch: Watch
    replay: Replay


def load(path: Path = PARAMS) -> Params:
    """Read params.yaml; raises BoxOfficeError naming the setting that is wrong."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise BoxOfficeError(f"{path} cannot be read: {reason}.") from error
    if not isinstance(content, dict):
        raise BoxOfficeError(f"{path} needs the sections {', '.join(Params.model_fields)}.")
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        settings = [(".".join(map(str, fault["loc"])), fault["msg"]) for fault in error.errors()]
        faults = "; ".join(f"{setting}: {fault}" for setting, fault in settings)
        raise BoxOfficeError(f"{path}: {faults}.") from error
