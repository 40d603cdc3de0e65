"""What ops/ gives to Google Cloud is what its own types accept, and is about what there is."""

import json
import logging
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest
import requests
import yaml
from google.auth import impersonated_credentials
from google.auth.credentials import AnonymousCredentials
from google.cloud.logging_v2.types import LogMetric
from google.cloud.monitoring_dashboard_v1.types import Dashboard
from google.cloud.monitoring_v3.types import AlertPolicy
from google.cloud.storage.bucket import LifecycleRuleDelete

from delivery import services
from delivery.alarm import LOG, VERDICTS
from delivery.settings import Settings
from service.journal import sinks
from service.journal.journal import Journal
from service.telemetry.logs import OneObject
from tests.support import pages
from tests.support.logfilter import STDOUT, Entry, entry, matches, of_line
from tests.support.project import ROOT
from tests.support.server import running, wait_until
from training.watching import journal

CLOUD = ROOT / "ops" / "google-cloud"
PAGE = pages.TEXTS["docs/day-two.md"]
METRICS = {path.stem: path.read_text() for path in sorted(CLOUD.glob("metrics/*.json"))}
ALERTS = {path.stem: path.read_text() for path in sorted(CLOUD.glob("alerts/*.json"))}
DASHBOARD = (CLOUD / "dashboard.json").read_text()
USER = "logging.googleapis.com/user/"
# Of Cloud Run itself, as Google's list of metrics has them.
RUN = {
    f"run.googleapis.com/{name}"
    for name in (
        *("request_count", "request_latencies", "container/instance_count"),
        "container/memory/utilizations",
    )
}
every_alert = pytest.mark.parametrize("name", ALERTS)
every_metric = pytest.mark.parametrize("name", METRICS)
FILM = {"production_budget": 6e7, "genre": "Comedy"}


class Broken:
    """A sink that takes nothing, or waits before it says so."""

    def __init__(self) -> None:
        self.may_fail = threading.Event()

    def write(self, lines: list[bytes]) -> None:
        self.may_fail.wait(20)
        raise OSError(28, "No space left on device")

    def close(self) -> None: ...


class Record:
    """An entry with one record, which may be none."""

    def __init__(self, line: bytes = b"{}\n") -> None:
        self.line = line

    def __len__(self) -> int:
        return 1

    def lines(self) -> Iterator[bytes]:
        if not self.line:
            raise ValueError("not to be said in JSON")
        yield self.line


@pytest.fixture(scope="module")
def logged(model_tag: str, tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    """What Cloud Logging has of a server that is set as one of a deployment, asked three times."""
    settings = Settings("p", "r", "i", "a", environment="BOX_OFFICE_JOURNAL=stdout")
    options = services.options(services.REST, settings)
    [given] = [word for word in options if word.startswith("--set-env-vars=")]
    variables = dict(pair.split("=") for pair in given.partition("=")[2].split(","))
    with running(tmp_path_factory.mktemp("ops"), **variables) as server:
        for _ in range(3):
            requests.post(f"{server.http}/v1/prediction", json=FILM, timeout=20).raise_for_status()
        server.end()
        lines = server.log.read_text().splitlines()
    return [of_line(line) for line in lines if line.startswith("{")]


@pytest.fixture
def losses() -> Iterator[list[Entry]]:
    """What Cloud Logging has of journals that lose records in every way that they can."""
    log, lines = logging.getLogger("bentoml.box_office"), list[str]()
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(OneObject().format(record))  # type: ignore[method-assign]
    log.addHandler(handler)
    sink = Broken()
    broken = Journal(sink, wait=0.001, most=1)
    broken.put(Record())
    broken.put(Record())
    sink.may_fail.set()
    wait_until(lambda: len(lines) == 2)
    broken.close()
    unwritable = Journal(sinks.Nowhere(), wait=60)
    unwritable.put(Record(b""))
    unwritable.close()
    yield [of_line(line) for line in lines]
    log.removeHandler(handler)


def metric(name: str) -> LogMetric:
    parsed: LogMetric = LogMetric.from_json(METRICS[name], ignore_unknown_fields=False)
    return parsed


def policy(name: str) -> AlertPolicy:
    parsed: AlertPolicy = AlertPolicy.from_json(ALERTS[name], ignore_unknown_fields=False)
    return parsed


def counted(name: str, entries: list[Entry]) -> list[Entry]:
    return [each for each in entries if matches(metric(name).filter, each)]


def filters(parsed: Any) -> list[str]:
    """Every filter in a document, of an alert or of the dashboard, that is about metrics."""
    if isinstance(parsed, dict):
        own = [parsed[n] for n in ("filter", "denominatorFilter") if "metric" in parsed.get(n, "")]
        return own + [each for part in parsed.values() for each in filters(part)]
    return [each for part in parsed for each in filters(part)] if isinstance(parsed, list) else []


@every_metric
def test_a_metric_is_one_of_google_and_named_as_its_file(name: str) -> None:
    extractors = metric(name).label_extractors
    labels = {label.key for label in metric(name).metric_descriptor.labels}

    assert name == metric(name).name
    assert labels == set(extractors)
    assert {f"EXTRACT(jsonPayload.{label})" for label in labels} == set(extractors.values())


@every_alert
def test_an_alert_is_one_of_google_and_says_what_to_do(name: str) -> None:
    parsed = policy(name)

    assert parsed.enabled
    assert parsed.conditions
    assert len(parsed.documentation.content) > 80
    assert all(condition._pb.WhichOneof("condition") for condition in parsed.conditions)


def test_what_is_wrong_is_not_accepted() -> None:
    with pytest.raises(Exception, match='no field named "sort"'):
        AlertPolicy.from_json('{"sort": 1}', ignore_unknown_fields=False)


def test_the_dashboard_is_one_of_google() -> None:
    parsed = Dashboard.from_json(DASHBOARD, ignore_unknown_fields=False)

    assert all(widget._pb.WhichOneof("content") for widget in parsed.grid_layout.widgets)
    assert set(METRICS) == {
        name.removeprefix(USER) for name in named(DASHBOARD) if name.startswith(USER)
    }


def named(text: str) -> set[str]:
    """The metrics that an alert or the dashboard asks for, by the filters in it."""
    found = [re.findall(r'metric\.type="([^"]+)"', each) for each in filters(json.loads(text))]
    assert all(len(names) == 1 for names in found)
    return {names[0] for names in found}


@pytest.mark.parametrize("text", [*ALERTS.values(), DASHBOARD], ids=[*ALERTS, "dashboard"])
def test_what_is_asked_for_is_a_metric_of_ours_or_of_cloud_run(text: str) -> None:
    assert named(text) <= RUN | {USER + name for name in METRICS}
    assert set(re.findall(r"metric\.label\.(\w+)", text)) <= {
        *("response_code_class", "state"),  # of Cloud Run
        *(label.key for name in METRICS for label in metric(name).metric_descriptor.labels),
    }


@every_alert
def test_silence_is_that_of_a_metric_of_ours(name: str) -> None:
    for condition in policy(name).conditions:
        if query := condition.condition_prometheus_query_language.query:
            asked = {selector.name for selector in selectors(query)}
            ours = {f"logging_googleapis_com:user_{name}" for name in METRICS}
            assert asked <= ours
            assert 1 == len(asked)


def selectors(query: str) -> list[Any]:
    """What a query selects, with the names and labels of each."""
    found: list[Any] = []

    def note(node: Any) -> bool:
        if isinstance(node, promql.VectorSelector):
            found.append(node)
        return True

    promql.walk(promql.parse(query), note)
    return found


def test_the_services_are_those_that_are_asked_about() -> None:
    given = Settings("project", "region", "repository", "runtime")
    both = {services.rest(given).name, services.rpc(given).name}
    texts = [DASHBOARD, *ALERTS.values()]
    starts = {each for text in texts for each in re.findall(r'starts_with\(\\"([^"]+)\\"\)', text)}

    assert {"box-office"} == starts
    assert all(name.startswith("box-office") for name in both)


def test_each_forecast_of_a_server_is_counted_once(logged: list[Entry]) -> None:
    found = counted("box_office_forecasts", logged)
    labels = metric("box_office_forecasts").label_extractors

    assert 3 == len(found)
    assert set(labels) <= set(found[0]["jsonPayload"])
    assert ["rest"] * 3 == [each["jsonPayload"]["endpoint"] for each in found]
    assert len(logged) > 3, "the log has other lines, too"


def test_a_server_that_is_well_raises_no_alert(logged: list[Entry]) -> None:
    for name in set(METRICS) - {"box_office_forecasts"}:
        assert [] == counted(name, logged)


def test_an_outcome_is_counted_and_is_no_forecast() -> None:
    said = [entry(STDOUT, "cloud_run_revision", {"journal": "outcome"})]

    assert said == counted("box_office_outcomes", said)
    assert [] == counted("box_office_forecasts", said)


def test_every_way_to_lose_a_record_is_seen(losses: list[Entry]) -> None:
    assert len(losses) == 4
    assert losses == counted("box_office_losses", losses) == counted("box_office_errors", losses)


def test_requests_are_no_errors_of_the_log() -> None:
    request = entry("run.googleapis.com/requests", "cloud_run_revision", {}, "ERROR")
    crash = entry("run.googleapis.com/varlog/system", "cloud_run_revision", {}, "ERROR")

    assert [crash] == counted("box_office_errors", [request, crash])


@pytest.mark.parametrize("verdict", VERDICTS.values())
def test_what_the_watch_writes_is_counted(verdict: str) -> None:
    said = [entry(LOG, "global", {"verdict": verdict})]

    assert said == counted("box_office_watch", said)
    assert [] == counted("box_office_watch", [entry(LOG, "cloud_run_revision", {})])


def test_the_alert_on_the_watch_knows_its_verdicts() -> None:
    told = set(re.findall(r'metric\.label\.verdict=\\"(\w+)\\"', ALERTS["watch"]))

    assert {"failed", "broken"} == told <= set(VERDICTS.values())


def sink_filters() -> set[str]:
    """What the sinks on the page take."""
    return set(re.findall(r"^JOURNAL='(.+)'$", PAGE, re.M))


def test_a_sink_takes_the_journal_of_the_services_and_nothing_else(logged: list[Entry]) -> None:
    [wanted] = sink_filters()
    slipped_in = entry("mine", "global", {"journal": "outcome"})

    assert 3 == len([each for each in logged if matches(wanted, each)])
    assert not matches(wanted, slipped_in)


def test_what_a_sink_puts_into_a_bucket_is_read_as_the_journal(
    logged: list[Entry], tmp_path: Path
) -> None:
    [wanted] = sink_filters()
    file = tmp_path / STDOUT / "2026" / "11" / "26" / "03:00:00_03:59:59_S0.json"
    file.parent.mkdir(parents=True)
    taken = [json.dumps(each) for each in logged if matches(wanted, each)]
    file.write_text("\n".join(taken) + "\n")

    read = journal.read(str(tmp_path))

    assert (3, {}) == (len(read.forecasts), dict(read.skipped))
    assert [FILM["production_budget"]] * 3 == read.forecasts["production_budget"].tolist()
    assert read.forecasts["time"].notna().all()


def test_the_query_of_the_page_asks_for_members_of_records(logged: list[Entry]) -> None:
    [query] = re.findall(r"<<'SQL'\n(.+?)^SQL$", PAGE, re.S | re.M)
    [record, *_] = counted("box_office_forecasts", logged)

    def there(path: str) -> bool:
        value: Any = record
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value is not None

    paths = set(re.findall(r"\bjsonPayload(?:\.\w+)+", query.replace("`", "")))
    assert {"jsonPayload.journal", "jsonPayload.id"} < paths
    assert [] == [path for path in paths if not there(path)]
    assert STDOUT.replace(".", "_").replace("/", "_") in query


def test_what_a_bucket_forgets_is_what_google_knows() -> None:
    rules = json.loads((CLOUD / "lifecycle.json").read_text())["rule"]
    days = yaml.safe_load((ROOT / "params.yaml").read_text())["watch"]["days"]

    assert [dict(LifecycleRuleDelete(age=800))] == rules
    assert days < 800


def test_every_file_is_used_by_a_command_of_the_page() -> None:
    files = [path.relative_to(ROOT) for path in (ROOT / "ops").rglob("*") if path.is_file()]
    by_folder = set(re.findall(r"ops/[\w/-]+/\*\.json", PAGE))

    assert [] == [
        str(path)
        for path in files
        if str(path) not in PAGE and f"{path.parent}/*.json" not in by_folder
    ]


def test_the_page_names_every_alert() -> None:
    assert set(ALERTS) == {row[0].strip("`") for row in pages.table("docs/day-two.md", "alert")}


def test_the_costs_of_the_page_are_quantities_times_prices() -> None:
    *rows, total = pages.table("docs/day-two.md", "for a month")
    listed, paid = 0.0, 0.0
    for name, *figures in rows:
        quantity, price, at_list, free, to_pay = map(float, figures)
        assert [at_list, to_pay] == pytest.approx(
            [quantity * price, max(0.0, quantity - free) * price], abs=0.0051
        ), name
        listed, paid = listed + at_list, paid + to_pay
    running = 30 * 86400 * (0.000024 + 0.0000025 / 2)

    assert [f"{listed:.2f}", f"{paid:.2f}"] == [total[3], total[5]]
    assert f"{running:.2f} dollars in 30 days" in PAGE.replace("\n", " ")
    assert {"--cpu=1", "--memory=512Mi", "--max-instances=10"} <= set(services.REST)


def test_a_caller_from_outside_has_an_identity_of_its_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    [program] = pages.blocks("docs/day-two.md", "py")
    names: dict[str, Any] = {}
    exec(compile(program, "day-two.md", "exec"), names)
    source = AnonymousCredentials()  # type: ignore[no-untyped-call]
    monkeypatch.setattr("google.auth.default", lambda scopes: (source, None))

    identity = names["session"]("caller@films.invalid", "https://films.invalid").credentials

    assert isinstance(identity, impersonated_credentials.IDTokenCredentials)
    assert "https://films.invalid" == identity._target_audience
    assert "caller@films.invalid" == identity._target_credentials._target_principal


def test_nothing_is_left_to_be_filled_in() -> None:
    for path in (ROOT / "ops").rglob("*.json"):
        assert not re.search(r"YOUR-|PROJECT_ID|\$\{?[A-Z]", path.read_text()), path
