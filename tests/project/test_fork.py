"""Another table in an hour: the example laid over the project is trained, served and asked."""

import csv
import json
import math
import re
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from benchmarks.browser import browser
from tests.support.browser import Visitor, needs_browser, wait_for_value
from tests.support.checkout import EXAMPLE, Checkout, fork
from tests.support.nameless import nameless
from tests.support.project import ROOT
from tests.support.server import Server, running

FLAT = {"area": 72.0, "rooms": 3.0, "storey": 2.0, "district": "Harbour"}
OVER_GRPC = """
import json, sys
import grpc
from service.rpc import box_office_pb2_grpc, messages
with grpc.insecure_channel(sys.argv[1]) as channel:
    stub = box_office_pb2_grpc.PredictorStub(channel)
    answer = stub.Predict(messages.request(json.loads(sys.argv[2])), timeout=20)
print(json.dumps(messages.point(answer.prediction)))
"""
BESIDE_OVER_GRPC = """
import json, sys
import grpc
from service.rpc import box_office_pb2_grpc, messages
film = json.loads(sys.argv[2])
with grpc.insecure_channel(sys.argv[1]) as channel:
    stub = box_office_pb2_grpc.PredictorStub(channel)
    [why] = stub.Explain(messages.explain_request([film]), timeout=20).explanations
    like = stub.Comparables(messages.comparables_request(film, 3), timeout=20).films
print(json.dumps([
    [messages.point(why), why.base],
    [[each.title, each.flat.area, each.price] for each in like],
]))
"""


BY_THE_CLIENT = """
import json, sys
sys.path.insert(0, "clients/python/src")
from box_office_client import Client, InvalidFilm
flat = json.loads(sys.argv[2])
with Client(sys.argv[1]) as client:
    try:
        client.forecasts([flat, {"area": -1}])
    except InvalidFilm as error:
        words = str(error)
    like = client.comparables(flat, count=1).films[0]
    print(json.dumps([client.forecast(flat).price, client.explain(flat).price, like.area, words]))
"""


@pytest.fixture(scope="module")
def flats(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """The fork after its pipeline, with its model in its own store."""
    made = fork(tmp_path_factory.mktemp("fork"), tmp_path_factory.mktemp("home"))
    made.run("make", "--silent", "proto", "INSTALLED=")
    made.run("dvc", "repro")
    made.python("-m", "training.promote")
    made.python("-m", "training.register")
    return made


@pytest.fixture(scope="module")
def server(flats: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The code of the fork with the model of its store."""
    store = flats.env["BENTOML_HOME"]
    with running(tmp_path_factory.mktemp("server"), code=flats.root, BENTOML_HOME=store) as server:
        yield server


def post(url: str, body: Any) -> Any:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def test_the_example_is_the_domain_params_and_data_and_nothing_else() -> None:
    files = {str(path.relative_to(EXAMPLE)) for path in EXAMPLE.rglob("*") if path.is_file()}
    ours = [name for name in files if "__pycache__" not in name]

    assert [] == [
        name
        for name in ours
        if not re.match(r"(service/films|training/films|data)/|params\.yaml$", name)
    ]


def test_a_fork_touches_as_many_python_files_as_its_page_counts() -> None:
    touched = [p for p in EXAMPLE.rglob("*.py") if p.parent.name == "films"]
    page = (ROOT / "docs" / "fork.md").read_text()
    count = re.search(r"(\d+) Python files", page)

    assert count
    assert len(touched) == int(count[1]) <= 12
    assert [] == [p.name for p in touched if f"{p.relative_to(EXAMPLE)}" not in page]


def test_a_flat_is_forecast_alike_over_rest_grpc_and_the_open_inference_protocol(
    flats: Checkout, server: Server
) -> None:
    tensors = [
        {
            "name": name,
            "datatype": "BYTES" if isinstance(value, str) else "FP64",
            "shape": [1],
            "data": [value],
        }
        for name, value in FLAT.items()
    ]

    alone = post(f"{server.http}/v1/prediction", FLAT)
    oip = post(f"{server.http}/v2/models/box_office/infer", {"inputs": tensors})["outputs"]
    rpc = json.loads(flats.python("-c", OVER_GRPC, server.grpc, json.dumps(FLAT)))

    assert "listing" == alone["horizon"]
    assert [] == alone["warnings"]
    assert list(FLAT) == alone["used"]
    assert alone["expected_price"] > 0
    assert alone["interval"]["low"] < alone["price"] < alone["interval"]["high"]
    assert nameless(alone) == nameless(post(f"{server.http}/v1/predictions", [FLAT])[0])
    assert alone["price"] == rpc
    assert {"price": [alone["price"]]} == {
        o["name"]: o["data"] for o in oip if o["name"] == "price"
    }


def test_a_flat_is_explained_and_compared_alike_over_rest_and_grpc(
    flats: Checkout, server: Server
) -> None:
    explained = post(f"{server.http}/v1/explanation", FLAT)
    compared = post(f"{server.http}/v1/comparables?count=3", FLAT)
    rpc = json.loads(flats.python("-c", BESIDE_OVER_GRPC, server.grpc, json.dumps(FLAT)))

    product = explained["base"] * math.prod(each["factor"] for each in explained["factors"])
    assert abs(product - explained["price"]) <= 1
    assert FLAT == {each["field"]: each["value"] for each in explained["factors"]}
    assert {"Harbour"} == {flat["district"] for flat in compared["films"]}
    assert all(flat["price"] == flat["price_then"] for flat in compared["films"])
    assert 4 == compared["rank"]["of"]
    assert [
        [explained["price"], explained["base"]],
        [[flat["title"], flat["area"], flat["price"]] for flat in compared["films"]],
    ] == rpc


def test_the_client_of_the_fork_asks_about_flats(flats: Checkout, server: Server) -> None:
    price = post(f"{server.http}/v1/prediction", FLAT)["price"]
    area = post(f"{server.http}/v1/comparables?count=1", FLAT)["films"][0]["area"]
    said = [
        json.loads(flats.python("-c", BY_THE_CLIENT, url, json.dumps(FLAT)))
        for url in (server.http, f"grpc://{server.grpc}")
    ]

    assert [[price, price, area, "Flat 1: area must be greater than or equal to 0."]] * 2 == said


def test_a_flat_is_known_by_other_labels_too(server: Server) -> None:
    plain, other = post(f"{server.http}/v1/predictions", [FLAT, FLAT | {"district": "HARBOR"}])

    assert nameless(plain) == nameless(other)


def test_a_wrong_flat_is_refused_in_its_own_words(server: Server) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(f"{server.http}/v1/predictions", [{"area": -1}])

    assert "Flat 0: area must be greater than or equal to 0." == json.load(caught.value)["error"]


def test_a_table_of_flats_is_forecast_as_each_of_them_is(flats: Checkout, server: Server) -> None:
    rows = [{**FLAT, "owner": "A"}, {"area": -1.0, "owner": "B"}]
    with (flats.root / "some.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)

    said = flats.python("-m", "training.score", "some.csv", "scored.csv")

    [row] = csv.DictReader((flats.root / "scored.csv").read_text().splitlines())
    assert "no fields of a flat, passed through: owner" in said
    assert "1 flat in scored.csv; 1 bad row in scored.csv.bad_rows.csv" in said
    assert post(f"{server.http}/v1/prediction", FLAT)["price"] == float(row["price"])


@needs_browser
def test_the_page_of_the_fork_is_of_flats(server: Server) -> None:
    with browser() as chromium:
        page = Visitor(chromium, server.http).open()
        wait_for_value(page, post(f"{server.http}/v1/prediction", FLAT)["price"])

        assert "Flats: Price" == page.title()
        assert [*FLAT] == page.eval_on_selector_all(
            "#film-fields input", "all => all.map((each) => each.name)"
        )
        expect(page.locator("#forecast")).to_contain_text("\u20ac")
        expect(page.locator("#line-choice")).to_be_hidden()
        expect(page.locator("#films-title")).to_have_text("A table of flats")
        page.get_by_role("button", name="One room").click()
        wait_for_value(
            page, post(f"{server.http}/v1/prediction", {"area": 28, "rooms": 1})["price"]
        )
        assert "film" not in page.inner_text("body").lower()


def test_flats_that_were_sold_are_learned_from_and_watched(flats: Checkout, server: Server) -> None:
    answer = post(f"{server.http}/v1/prediction", FLAT)
    said = {"journal": "forecast", "time": "2026-01-01T00:00:00Z", "endpoint": "rest"}
    told = {"building": "Building 0", **FLAT}
    sold = {
        "journal": "outcome",
        "id": answer["id"],
        "time": "2026-02-01T00:00:00Z",
        "price": 300e3,
    }
    records = [said | {"fields": told} | answer, sold]
    (flats.root / "data" / "journal").mkdir()
    lines = "".join(json.dumps(record) + "\n" for record in records)
    (flats.root / "data" / "journal" / "2026.jsonl").write_text(lines)

    joined = flats.python("-m", "training.outcomes", "--now", "2026-02-02")
    watched = flats.python("-m", "training.watch", "--now", "2026-02-02", "--days", "60")

    assert "outcomes: flats to learn from: 1" in joined
    row = "Building 0,300000,72,3,2,Harbour"
    assert row == (flats.root / "data" / "outcomes" / "flats.csv").read_text().splitlines()[1]
    assert "from 100 different flats on, and the last 60 days have 1." in watched
    assert "Of 1 flat, 100.0 %" in (flats.root / "reports" / "watch.md").read_text()


def test_what_the_fork_says_of_its_model_is_of_flats(flats: Checkout) -> None:
    card = (flats.root / "models" / "model_card.md").read_text()

    assert "3,000 flats in" in card
    assert "k€" in card
    assert "film" not in card.replace("`films`", "")


def test_the_tests_that_name_no_field_pass_in_the_fork_too(flats: Checkout) -> None:
    said = flats.python("-m", "pytest", "tests/schema", "tests/project/test_domain.py")

    assert "failed" not in said
