"""The gate: a champion is replaced on evidence, and a worse candidate is refused by name.

The evidence are answers about films unseen: what a model says of its own films counts for nothing.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import bentoml
import numpy as np
import pandas as pd
import pytest
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models.model import ModelStore
from numpy.typing import NDArray

from service.errors import BoxOfficeError
from service.films.fields import FIELDS, LABELS
from service.films.schema import Horizon
from service.model.manifest import Manifest
from service.model.predictor import Forecast, Predictor
from tests.support.project import ROOT
from tests.support.trained import edit_manifest, edit_promote, hand_over, trained
from training import promote, register
from training.common import params
from training.gate import bootstrap, comparison, smoke
from training.gate.contestants import Contender
from training.gate.verdict import Verdict

Floats = NDArray[np.float64]
BOTH: tuple[Horizon, ...] = ("pre_release", "post_opening")
FILMS = 600
SPREAD = 0.6


@dataclass(frozen=True)
class FakeManifest:
    coverage: float
    horizons: dict[Horizon, None]
    data_hash: str = ""


@dataclass(frozen=True)
class FakePredictor:
    """Forecasts by the running time of a film, which is its number here."""

    gross: Floats
    horizons: tuple[Horizon, ...] = BOTH
    width: float = 1.645 * SPREAD
    manifest: FakeManifest = field(init=False)

    def __post_init__(self) -> None:
        manifest = FakeManifest(0.9, dict.fromkeys(self.horizons))
        object.__setattr__(self, "manifest", manifest)

    def predict(self, columns: dict[str, Any]) -> Forecast:
        assert len(columns["duration"]), "nothing is asked"
        gross = self.gross[np.asarray(columns["duration"], dtype=int) - 1]
        opened = np.asarray(columns["opening_gross"], dtype=float) > 0
        horizon: list[Horizon] = ["post_opening" if o else "pre_release" for o in opened]
        low, high = gross * np.exp(-self.width), gross * np.exp(self.width)
        nothing: list[list[str]] = [[] for _ in horizon]
        amounts = np.array([gross, low, high, gross])
        return Forecast(amounts, amounts[4:], horizon, nothing, nothing)


@pytest.fixture(scope="module")
def invented() -> pd.DataFrame:
    """Invented films of every budget, each with an opening weekend."""
    random = np.random.default_rng(4)
    budget = np.exp(random.normal(17, 1, FILMS))
    films = pd.DataFrame({name: np.full(FILMS, np.nan) for name in FIELDS})
    films[list(LABELS)] = None
    return films.assign(
        movie_title=[f"Film {i}" for i in range(FILMS)],
        duration=np.arange(FILMS) + 1,
        production_budget=budget,
        opening_gross=budget / 3,
        worldwide_gross=budget * np.exp(random.normal(0.5, 0.5, FILMS)),
    )


@pytest.fixture(scope="module")
def rules() -> params.Promote:
    """The rules of the project, without its smoke films."""
    loaded = params.load(ROOT / "params.yaml").promote
    return loaded.model_copy(update={"smoke": [], "resamples": 500})


def forecast(films: pd.DataFrame, seed: int, spread: float = SPREAD) -> Floats:
    """Forecasts with errors of which most are shared, as those of two good models are."""
    common = np.random.default_rng(1).normal(0, 1, len(films))
    own = np.random.default_rng(seed).normal(0, 1, len(films))
    gross: Floats = films["worldwide_gross"].to_numpy() * np.exp(
        spread * (0.998 * common + (1 - 0.998**2) ** 0.5 * own)
    )
    return gross


def answers(films: pd.DataFrame, model: FakePredictor) -> pd.DataFrame:
    """What a model of that recipe has forecast of films unseen."""
    gross = model.gross[films["duration"].to_numpy(int) - 1]
    low, high = gross * np.exp(-model.width), gross * np.exp(model.width)
    table = films.assign(model=gross, low=low, high=high)
    return pd.concat([table.assign(horizon=horizon) for horizon in model.horizons])


def contender(
    version: str, table: pd.DataFrame, predictor: FakePredictor | None = None
) -> Contender:
    """A model that has given such answers; one without a predictor must not be asked itself."""
    model = Contender(f"box_office:{version}", version, Path("nowhere"), table)
    if predictor:
        vars(model)["predictor"] = predictor
    return model


Judge = Callable[..., Verdict]
TIERS = params.load(ROOT / "params.yaml").groups.tiers


@pytest.fixture
def judge(invented: pd.DataFrame, rules: params.Promote) -> Judge:
    """The verdict on a candidate, against a champion with the usual errors on all films."""

    def verdict(
        candidate: FakePredictor,
        champion: FakePredictor | Contender | None = None,
        films: pd.DataFrame = invented,
        rules: params.Promote = rules,
        serves: FakePredictor | None = None,
    ) -> Verdict:
        champion = champion or FakePredictor(forecast(invented, 2))
        if isinstance(champion, FakePredictor):
            champion = contender("old", answers(invented, champion))
        new = contender("new", answers(films, candidate), serves or candidate)
        return promote.judge(champion, new, champion.unseen(films), rules, TIERS)

    return verdict


def test_a_better_candidate_is_promoted(judge: Judge, invented: pd.DataFrame) -> None:
    verdict = judge(FakePredictor(forecast(invented, 3, 0.55)))

    assert ("promoted", []) == (verdict.verdict, verdict.reasons)
    assert verdict.horizons["pre_release"].slices["all"].log_error.worse < 0


def test_an_equal_candidate_is_hardly_ever_rejected(judge: Judge, invented: pd.DataFrame) -> None:
    """Independent errors of the same size, at 2 horizons, 2 metrics and 4 slices each."""
    verdicts = [judge(FakePredictor(forecast(invented, seed))).verdict for seed in range(3, 23)]

    assert verdicts.count("promoted") >= 18


def test_the_same_forecasts_are_promoted(judge: Judge, invented: pd.DataFrame) -> None:
    verdict = judge(FakePredictor(forecast(invented, 2)))

    found = verdict.horizons["post_opening"].slices["all"].mae
    assert "promoted" == verdict.verdict
    assert (0, 0, 0) == (found.worse, found.low, found.high)


def test_a_worse_candidate_is_rejected_with_every_reason(
    judge: Judge, invented: pd.DataFrame
) -> None:
    verdict = judge(FakePredictor(forecast(invented, 3, 0.75), width=1.645 * 0.75))

    assert "rejected" == verdict.verdict
    pattern = r"\w+, .+: .+ \+\d+\.\d%, surely \d+\.\d% worse; 2\.0% is allowed\."
    assert all(re.fullmatch(pattern, reason) for reason in verdict.reasons)
    for horizon in BOTH:
        assert any(f"{horizon}, all films: mean absolute" in r for r in verdict.reasons)
        assert any(f"{horizon}, all films: MAE" in r for r in verdict.reasons)


def test_a_candidate_worse_on_small_films_only_is_rejected_by_their_name(
    judge: Judge, invented: pd.DataFrame, rules: params.Promote
) -> None:
    """It is better on all films together, so that a single figure would let it pass."""
    small = invented["production_budget"] < 10e6
    gross = np.where(small, forecast(invented, 3, 0.75), forecast(invented, 3, 0.45))

    verdict = judge(FakePredictor(gross))

    slices = verdict.horizons["pre_release"].slices
    assert "rejected" == verdict.verdict
    assert slices["all"].mae.worse < 0
    assert slices["all"].log_error.worse < 0
    assert verdict.reasons
    tiers = {match[1] for r in verdict.reasons if (match := re.match(r"\w+, (.+?): ", r))}
    assert {"1 M$ to 10 M$"} == tiers


def test_a_candidate_that_may_be_much_worse_on_all_films_is_rejected(
    judge: Judge, invented: pd.DataFrame, rules: params.Promote
) -> None:
    """Nothing is shown against it, but nothing for it either."""
    strict = rules.model_copy(update={"max_worse_overall": 0.005})

    verdict = judge(FakePredictor(forecast(invented, 3)), rules=strict)

    assert verdict.reasons
    pattern = r"\w+, all films: .+%, perhaps \d+\.\d% worse; 0\.5% is allowed\."
    assert all(re.fullmatch(pattern, reason) for reason in verdict.reasons)


def test_a_tier_with_too_few_films_is_not_judged(judge: Judge, invented: pd.DataFrame) -> None:
    films = invented[invented["production_budget"] > 10e6]

    slices = judge(FakePredictor(forecast(invented, 3)), films=films).horizons["pre_release"].slices

    everything = slices.pop("all")
    assert {"10 M$ to 40 M$", "40 M$ to 100 M$", "100 M$ and more"} >= set(slices)
    assert "10 M$ to 40 M$" in slices
    assert len(films) == everything.films


def test_a_lost_horizon_is_rejected(judge: Judge, invented: pd.DataFrame) -> None:
    verdict = judge(FakePredictor(forecast(invented, 3, 0.4), horizons=("pre_release",), width=0.7))

    assert "rejected" == verdict.verdict
    assert [
        "post_opening: the champion has this horizon, the candidate does not."
    ] == verdict.reasons


def test_a_new_horizon_is_reported(judge: Judge, invented: pd.DataFrame) -> None:
    old = FakePredictor(forecast(invented, 2), horizons=("pre_release",))

    verdict = judge(FakePredictor(forecast(invented, 3)), old)

    assert "promoted" == verdict.verdict
    assert ("new", {}) == (
        verdict.horizons["post_opening"].status,
        verdict.horizons["post_opening"].slices,
    )
    assert "- post_opening: new, the champion does not have it." in verdict.markdown()


def test_what_a_candidate_says_of_films_that_it_has_learned_from_counts_for_nothing(
    judge: Judge, invented: pd.DataFrame
) -> None:
    """It knows them by heart, and is as good as the champion on films unseen."""
    by_heart = FakePredictor(invented["worldwide_gross"].to_numpy())

    verdict = judge(FakePredictor(forecast(invented, 2)), serves=by_heart)
    worse = judge(FakePredictor(forecast(invented, 3, 0.75)), serves=by_heart)

    for finding in verdict.horizons.values():
        assert {(0, 0)} == {(s.mae.worse, s.log_error.worse) for s in finding.slices.values()}
    assert "rejected" == worse.verdict


def test_films_new_to_the_champion_are_forecast_by_itself(
    judge: Judge, invented: pd.DataFrame
) -> None:
    usual, tenfold = forecast(invented, 2), 10 * invented["worldwide_gross"].to_numpy()
    known = answers(invented[:550], FakePredictor(usual))

    verdict = judge(
        FakePredictor(usual), contender("old", known, FakePredictor(tenfold, width=1.0))
    )

    for horizon in BOTH:
        finding = verdict.horizons[horizon]
        compared = finding.slices["all"]
        assert (50, 0, 600) == (finding.new, finding.left_out, compared.films)
        errors = np.abs(np.append(usual[:550], tenfold[550:]) - invented["worldwide_gross"])
        assert compared.mae.champion == pytest.approx(errors.mean(), rel=1e-5)
        assert f"- {horizon}: the champion itself forecasts 50 films new to it." in (
            verdict.markdown()
        )


def test_a_film_that_the_champion_has_learned_from_is_not_asked_of_it(
    judge: Judge, invented: pd.DataFrame
) -> None:
    """100 films have opened since, one is filmed again, and two cannot be told apart."""
    table = answers(invented, FakePredictor(forecast(invented, 2)))
    late = (table["horizon"] == "post_opening") & (table["duration"] <= 100)
    films = invented.copy()
    films.loc[200, "title_year"] = 2030
    films.loc[[300, 301], "movie_title"] = "FILM  300"

    verdict = judge(FakePredictor(forecast(invented, 2)), contender("old", table[~late]), films)

    found = {h: (f.left_out, f.slices["all"].films, f.new) for h, f in verdict.horizons.items()}
    assert {"pre_release": (3, 597, 0), "post_opening": (103, 497, 0)} == found
    assert "post_opening: 103 films not compared, because the champion" in verdict.markdown()


def test_a_candidate_that_can_be_compared_on_no_film_is_rejected(
    judge: Judge, invented: pd.DataFrame
) -> None:
    films = invented.assign(title_year=2030)

    verdict = judge(FakePredictor(forecast(invented, 2)), films=films)

    assert "rejected" == verdict.verdict
    assert [
        f"{horizon}: there is no film on which both could be compared." for horizon in BOTH
    ] == verdict.reasons


@pytest.mark.parametrize(("width", "share"), [(1.2 * SPREAD, 0.80), (2.5 * SPREAD, 0.99)])
def test_coverage_outside_its_band_is_rejected(
    judge: Judge, invented: pd.DataFrame, width: float, share: float
) -> None:
    verdict = judge(FakePredictor(forecast(invented, 3), width=width))

    assert 2 == len(verdict.reasons)
    found = re.fullmatch(
        r"pre_release: (.+)% of 600 films are inside the interval; 86\.0% to 94\.0% is allowed\.",
        verdict.reasons[0],
    )
    assert found
    assert share == pytest.approx(float(found[1]) / 100, abs=0.03)


def test_the_band_of_coverage_is_wider_for_few_films(invented: pd.DataFrame) -> None:
    few = invented.head(100).assign(low=0, high=np.inf)

    found = comparison.coverage(few, 0.9, 0.04)

    assert (0.81, 0.99) == (found.low, found.high)


def smoke_film(**changes: Any) -> params.Smoke:
    given = {"name": "a film", "film": {"duration": 1}, "low": 0, "high": 1e12}
    return params.Smoke.model_validate(given | changes)


def test_a_smoke_forecast_outside_its_band_is_rejected_by_name(
    judge: Judge, invented: pd.DataFrame, rules: params.Promote
) -> None:
    films = [
        smoke_film(high=2e12),
        smoke_film(name="an opening", film={"duration": 1, "opening_gross": 5e6}, low=1e12),
    ]

    rules = rules.model_copy(update={"smoke": films})
    verdict = judge(FakePredictor(forecast(invented, 3)), rules=rules)

    assert "rejected" == verdict.verdict
    (reason,) = verdict.reasons
    assert reason.startswith("an opening (post_opening): ")
    assert reason.endswith(" M$; 1,000,000 to 1,000,000 is allowed.")


def test_a_smoke_film_with_an_opening_needs_that_horizon(invented: pd.DataFrame) -> None:
    film = smoke_film(film={"duration": 1, "opening_gross": 5e6})
    candidate = FakePredictor(forecast(invented, 3), horizons=("pre_release",))

    assert [] == smoke.smoke(cast(Predictor, candidate), [film])


def test_an_impossible_smoke_film_is_named(invented: pd.DataFrame) -> None:
    film = smoke_film(film={"duration": 1, "title": "x"})
    candidate = cast(Predictor, FakePredictor(forecast(invented, 3)))

    with pytest.raises(BoxOfficeError, match=r"promote\.smoke: a film: title is not a field"):
        smoke.smoke(candidate, [film])


def test_a_forecast_that_is_no_number_is_refused(judge: Judge, invented: pd.DataFrame) -> None:
    gross = forecast(invented, 3)
    gross[7] = np.nan

    with pytest.raises(BoxOfficeError, match="not a number"):
        judge(FakePredictor(gross))


def test_films_of_one_title_are_drawn_together() -> None:
    counts = bootstrap.resampled(np.eye(4), ["a", "b", "a", "c"], 120, 7)

    assert (120, 4) == counts.shape
    np.testing.assert_array_equal(counts[:, 0], counts[:, 2])
    assert {3} == set(counts[:, 1:].sum(axis=1))


def test_the_bounds_hold_the_true_difference_as_often_as_they_say() -> None:
    random = np.random.default_rng(0)
    below = 0
    for _ in range(200):
        errors = np.column_stack([random.exponential(mean, 150) for mean in (1, 1.1)])
        sums = bootstrap.resampled(errors, np.arange(150), 300, 7)
        below += bootstrap.worsening(errors.sum(axis=0), sums, 0.95).low < 0.1

    assert 0.91 <= below / 200 <= 0.99


@pytest.fixture
def store(tmp_path: Path) -> Iterator[None]:
    """An empty model store."""
    (tmp_path / "store").mkdir()
    BentoMLContainer.model_store.set(ModelStore(tmp_path / "store"))
    yield
    BentoMLContainer.model_store.reset()


@pytest.fixture
def project(
    model_folder: Path,
    films: pd.DataFrame,
    unseen: pd.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    store: None,
) -> Path:
    """A project after `dvc repro` on invented films, with an empty model store."""
    root = trained(tmp_path / "project", model_folder, films, unseen)
    monkeypatch.chdir(root)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    edit_promote(smoke=[smoke_film(film={"production_budget": 2e7}).model_dump()])
    return root


def another(name: str = "champion", **changes: Any) -> Path:
    """Another model of the same forecasts, in a project of its own."""
    for folder in ("models", "reports"):
        shutil.copytree(folder, Path(name, folder))
    edit_manifest(Path(name, "models/box_office"), **{"data_hash": "1" * 64} | changes)
    hand_over(Path(name))
    return Path(name, "models/box_office")


def stored_champion() -> str:
    """Register another model than the candidate."""
    folder = another()
    facts = register.metadata(folder, {})
    tag, _ = register.register(folder, facts, Path("champion/reports/answers.parquet"))
    return str(tag)


def reports() -> list[str]:
    return sorted(path.name for path in Path("reports").glob("verdict*"))


def verdict_json() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path("reports/verdict.json").read_text())
    return found


def test_the_first_model_says_that_there_is_no_champion(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == promote.main([])

    printed = capsys.readouterr().out
    assert printed.startswith("# First\n")
    assert "- There is no champion to compare with." in printed
    assert "are inside the interval" in printed
    assert "a film (pre_release): " in printed
    assert ("first", None) == (verdict_json()["verdict"], verdict_json()["champion"])


def test_the_first_model_must_pass_its_checks(project: Path) -> None:
    edit_promote(smoke=[smoke_film(high=1).model_dump()])

    assert 1 == promote.main([])
    assert "rejected" == verdict_json()["verdict"]


def test_the_same_content_is_unchanged(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path("models/box_office")
    facts = register.metadata(folder, {})
    tag, _ = register.register(folder, facts, Path("reports/answers.parquet"))

    assert 0 == promote.main([])
    assert 0 == promote.main(["--champion", "models/box_office"])

    assert capsys.readouterr().out.startswith("# Unchanged\n")
    assert "unchanged" == verdict_json()["verdict"]
    assert tag.version in verdict_json()["candidate"]


def test_the_latest_of_the_store_is_the_champion(project: Path) -> None:
    tag = stored_champion()

    assert 0 == promote.main([])

    found = verdict_json()
    assert ("promoted", tag, []) == (found["verdict"], found["champion"], found["notes"])
    assert 0 == found["horizons"]["post_opening"]["slices"]["all"]["mae"]["worse"]


def test_a_champion_of_a_project_is_compared_by_the_answers_there(project: Path) -> None:
    folder = another()

    assert 0 == promote.main(["--champion", str(folder)])

    assert "promoted" == verdict_json()["verdict"]
    assert verdict_json()["champion"].startswith("champion/models/box_office (")


def test_a_champion_that_was_split_otherwise_is_compared(project: Path) -> None:
    """Its answers are out of fold, whatever the folds were."""
    stored_champion()
    for name in ("data/films.parquet", "reports/answers.parquet"):
        table = pd.read_parquet(name)
        table.assign(fold=(table["fold"] + 1) % 4).to_parquet(name)

    assert 0 == promote.main([])
    assert "promoted" == verdict_json()["verdict"]


def test_a_candidate_with_the_answers_of_another_is_refused(project: Path) -> None:
    edit_manifest(Path("models/box_office"), data_hash="1" * 64)

    with pytest.raises(BoxOfficeError, match=r"reports/answers\.parquet does not hold the out-of-"):
        promote.main([])

    assert [] == reports()


def test_a_champion_with_the_answers_of_another_is_refused_with_a_way_on(project: Path) -> None:
    folder = another()
    shutil.copy("reports/answers.parquet", "champion/reports")

    with pytest.raises(BoxOfficeError, match=r"run `dvc repro` where .+ --no-champion\."):
        promote.main(["--champion", str(folder)])


def test_a_champion_that_was_registered_without_answers_is_refused_with_a_way_on(
    project: Path,
) -> None:
    folder = another()
    register.register(folder, register.metadata(folder, {}))

    with pytest.raises(BoxOfficeError, match=r"answers\.parquet does not hold .+ --no-champion\."):
        promote.main([])

    assert [] == reports()
    assert 0 == promote.main(["--no-champion"])


def test_both_reports_have_the_same_bytes_each_time(project: Path) -> None:
    stored_champion()
    promote.main([])
    first = [Path("reports", name).read_bytes() for name in reports()]
    promote.main([])

    assert ["verdict.json", "verdict.md"] == reports()
    assert first == [Path("reports", name).read_bytes() for name in reports()]


def test_what_is_printed_is_the_markdown(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored_champion()
    promote.main([])

    printed = capsys.readouterr().out
    assert Path("reports/verdict.md").read_text() == printed
    assert re.match(
        r"# Promoted\n\nmodels/box_office \(\w{16}\) against box_office:\w{16}\.", printed
    )
    assert 1 == printed.count("| horizon | slice | films |")
    assert re.search(r"\| post_opening \| all films \| \d+ \| .+ → .+ \| \+0\.0% \(", printed)


@pytest.mark.parametrize("name", ["verdict.json", "verdict.md"])
def test_a_report_that_cannot_be_written_leaves_none(
    project: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    promote.main([])
    move = Path.replace

    def full(path: Path, target: Path) -> Path:
        if target.name == name:
            raise OSError("no space left on device")
        return move(path, target)

    monkeypatch.setattr(Path, "replace", full)

    assert 2 == promote.command([])
    assert [] == reports()


def test_an_error_leaves_no_older_verdict(project: Path) -> None:
    stored_champion()
    promote.main([])
    Path("data/films.parquet").unlink()

    with pytest.raises(
        BoxOfficeError, match=r"films\.parquet is missing or damaged: run `dvc repro`"
    ):
        promote.main([])

    assert [] == reports()


@pytest.mark.parametrize("name", ["box_office:absent", "models/absent", "?"])
@pytest.mark.parametrize("option", ["--champion", "--candidate"])
def test_an_unknown_model_is_named(
    project: Path, capsys: pytest.CaptureFixture[str], option: str, name: str
) -> None:
    assert 2 == promote.command([option, name])
    assert (
        f"promote: {name!r} is neither a folder nor a model in the BentoML model store.\n"
        == capsys.readouterr().err
    )


def test_a_damaged_candidate_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("models/box_office/pre_release.onnx").write_bytes(b"")

    assert 2 == promote.command([])
    assert re.fullmatch(
        r"promote: .+pre_release\.onnx is missing or damaged: run `make train`\.\n",
        capsys.readouterr().err,
    )


@pytest.mark.parametrize("text", ["", "name: box_office\nversion: [", "\0"])
def test_a_damaged_champion_is_named_with_a_way_on(project: Path, text: str) -> None:
    stored = bentoml.models.get(stored_champion())
    (Path(stored.path) / "model.yaml").write_text(text)

    with pytest.raises(BoxOfficeError, match=r"'box_office:latest' is damaged .+ --no-champion\."):
        promote.main([])


def test_graphs_that_do_not_fit_the_card_are_damage(project: Path) -> None:
    folder = Path("models/box_office")
    shutil.copy(folder / "post_opening.onnx", folder / "pre_release.onnx")
    Manifest.read(folder).write(folder)
    hand_over(project)

    with pytest.raises(BoxOfficeError, match=r"models/box_office .+ its graphs do not fit"):
        promote.main([])


@pytest.fixture
def of_another_time(project: Path) -> str:
    """A champion with a feature that this code does not make."""
    card = json.loads(Path("models/box_office/card.json").read_text())
    card["horizons"]["pre_release"]["features"][0] = "of another time"
    return str(another(horizons=card["horizons"]))


def test_a_champion_of_other_features_is_compared_by_its_answers(of_another_time: str) -> None:
    assert 0 == promote.main(["--champion", of_another_time])
    assert "promoted" == verdict_json()["verdict"]


def test_a_champion_of_other_features_cannot_be_asked_about_new_films(of_another_time: str) -> None:
    films = pd.read_parquet("data/films.parquet")
    films.loc[0, "movie_title"] = "A film of today"
    films.to_parquet("data/films.parquet")

    with pytest.raises(BoxOfficeError, match=r"other pre_release features .+ --no-champion\."):
        promote.main(["--champion", of_another_time])


def test_a_rejection_is_1_and_a_failure_is_2(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    champion = str(another())
    candidate = Path("models/box_office")
    card = json.loads((candidate / "card.json").read_text())
    del card["horizons"]["post_opening"]
    edit_manifest(candidate, horizons=card["horizons"])
    table = pd.read_parquet("reports/answers.parquet")
    table[table["horizon"] == "pre_release"].to_parquet("reports/answers.parquet")
    hand_over(project)

    assert 1 == promote.command(["--champion", champion])
    assert capsys.readouterr().out.startswith("# Rejected\n")
    monkeypatch.setattr(promote, "judge", None)
    assert 2 == promote.command(["--champion", champion])
    assert "TypeError" in capsys.readouterr().err


def test_the_command_leaves_with_2_and_one_sentence(project: Path) -> None:
    command = [sys.executable, "-m", "training.promote", "--champion", "box_office:absent"]

    done = subprocess.run(
        command, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )

    assert 2 == done.returncode
    assert "" == done.stdout
    assert done.stderr.startswith("promote: 'box_office:absent' is neither")
