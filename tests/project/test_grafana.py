"""The dashboard for Grafana asks for what a running server exposes, in PromQL."""

import json
import re
from collections import defaultdict
from typing import Any

import promql_parser as promql
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.support import pages
from tests.support.project import ROOT
from tests.support.server import running, wait_until

DASHBOARD = json.loads((ROOT / "ops" / "grafana" / "box-office.json").read_text())
PANELS = {panel["title"]: panel for panel in DASHBOARD["panels"]}
VARIABLES = {"$__rate_interval": "5m", "$job": "box-office"}  # what Grafana puts in their places
SCRAPED = {"job", "instance"}  # labels that Prometheus adds
FILM = {"production_budget": 6e7, "genre": "Comdey"}
Exposed = dict[str, dict[str, set[str]]]


@pytest.fixture(scope="module")
def exposed(model_tag: str, tmp_path_factory: pytest.TempPathFactory) -> Exposed:
    """The values of each label of each metric, of a server that has had requests of every kind."""
    with running(tmp_path_factory.mktemp("grafana"), BOX_OFFICE_JOURNAL="stdout") as server:
        for body in (FILM, {"production_budget": -1}):
            requests.post(f"{server.http}/v1/prediction", json=body, timeout=20)
        requests.post(f"{server.http}/v1/predictions", json=[FILM, {}], timeout=20)

        def text() -> str:
            return requests.get(f"{server.http}/metrics", timeout=20).text

        wait_until(lambda: "box_office_warnings_total{" in text())
        families = [*text_string_to_metric_families(text())]
    found: Exposed = defaultdict(lambda: defaultdict(set))
    for sample in (sample for family in families for sample in family.samples):
        for label, value in sample.labels.items():
            found[sample.name][label].add(value)
    return found


def queries() -> dict[str, str]:
    """The queries of the dashboard, by panel and letter, with its variables filled in."""
    found = {}
    for title, panel in PANELS.items():
        for target in panel["targets"]:
            query = target["expr"]
            for name, value in VARIABLES.items():
                query = query.replace(name, value)
            found[f"{title} {target['refId']}"] = query
    return found


def nodes(query: str, kind: type) -> list[Any]:
    """The parts of a query of one kind; raises ValueError if it is no PromQL."""
    found: list[Any] = []

    def note(node: Any) -> bool:
        if isinstance(node, kind):
            found.append(node)
        return True

    promql.walk(promql.parse(query), note)
    return found


every_query = pytest.mark.parametrize("query", queries().values(), ids=[*queries()])


def test_what_is_no_promql_is_found() -> None:
    with pytest.raises(ValueError, match="invalid promql query"):
        nodes("sum by endpoint (rate(a[5m]))", promql.VectorSelector)


@every_query
def test_what_a_query_selects_is_there(query: str, exposed: Exposed) -> None:
    selectors = nodes(query, promql.VectorSelector)

    assert selectors
    for selector in selectors:
        assert selector.name in exposed
        for matcher in selector.matchers.matchers:
            assert matcher.name in {*exposed[selector.name], *SCRAPED}
            if matcher.name not in SCRAPED:
                assert matcher.value in exposed[selector.name][matcher.name]


@every_query
def test_what_a_query_sums_by_is_a_label_of_all_that_it_sums(query: str, exposed: Exposed) -> None:
    for sum_ in nodes(query, promql.AggregateExpr):
        labels = set(sum_.modifier.labels) if sum_.modifier else set()
        for selector in nodes(str(sum_.expr), promql.VectorSelector):
            assert labels <= set(exposed[selector.name])


@pytest.mark.parametrize("title", PANELS)
def test_a_legend_names_labels_that_its_query_keeps(title: str) -> None:
    for target in PANELS[title]["targets"]:
        query = queries()[f"{title} {target['refId']}"]
        outer = nodes(query, promql.AggregateExpr)[0]
        kept = set(outer.modifier.labels) if outer.modifier else set()

        assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) == kept - {"le"}


def test_a_histogram_is_asked_by_its_buckets_and_a_counter_by_its_growth() -> None:
    for query in queries().values():
        functions = {call.func.name for call in nodes(query, promql.Call)}
        assert functions & {"rate", "increase"}
        assert ("histogram_quantile" in functions) == ("_bucket{" in query) == ("(le" in query)


def test_every_metric_of_the_page_has_a_place_on_it() -> None:
    rows = {row[0].strip("`") for row in pages.table("docs/operations.md", "metric")}
    asked = {
        selector.name.removesuffix("_bucket")
        for query in queries().values()
        for selector in nodes(query, promql.VectorSelector)
    }

    assert asked == rows


def test_panels_do_not_overlap_and_use_the_chosen_source() -> None:
    places = [tuple(panel["gridPos"][side] for side in "xywh") for panel in PANELS.values()]
    cells = [(x + i, y + j) for x, y, w, h in places for i in range(w) for j in range(h)]

    assert len(cells) == len(set(cells))
    assert {"${datasource}"} == {panel["datasource"]["uid"] for panel in PANELS.values()}
    assert {"datasource", "job"} == {each["name"] for each in DASHBOARD["templating"]["list"]}
