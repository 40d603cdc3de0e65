"""The answer: words, pictures and tables say what the server has answered."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from service.films.schema import BREAK_EVEN, EXAMPLE, NOUN, TARGET
from tests.support.browser import Visitor, call, needs_browser

pytestmark = needs_browser
Ask = Callable[..., Any]


def words(page: Page, amount: float) -> str:
    """An amount as the page writes it in sentences."""
    return str(call(page, "numbers.js", "long", amount, "USD"))


def short(page: Page, amount: float) -> str:
    return str(call(page, "numbers.js", "short", amount, "USD"))


def test_the_number_and_its_interval_are_told_in_words(visitor: Visitor, ask: Ask) -> None:
    page, answer = visitor.open(), ask(EXAMPLE)
    low, high = answer["interval"]["low"], answer["interval"]["high"]

    expect(page.locator("#forecast")).to_have_text(words(page, answer[TARGET]))
    expect(page.locator(".interval")).to_have_text(
        f"With a probability of 90% between {words(page, low)} and {words(page, high)}."
    )
    expect(page.locator("#answer-words")).to_contain_text(words(page, answer["expected_gross"]))
    expect(page.locator("#answer-origin")).to_contain_text("Pre-release forecast from")


def test_a_warning_is_told_with_the_words_of_the_form(visitor: Visitor, ask: Ask) -> None:
    page = visitor.open("#genre=Comedy&production_budget=900M")
    [*_, outside] = ask({"genre": "Comedy", "production_budget": 9e8})["warnings"]

    assert outside.startswith("production_budget 900 million USD is outside")
    expect(page.locator("#answer-warnings")).to_contain_text(
        outside.replace("production_budget", "Production budget")
    )


def test_the_picture_has_a_text_and_its_marks(visitor: Visitor, ask: Ask) -> None:
    page, answer = visitor.open(), ask(EXAMPLE)
    picture = page.get_by_role("img", name=f"median {short(page, answer[TARGET])}").first

    expect(picture).to_be_visible()
    expect(picture.locator(".median text")).to_have_text(f"median {short(page, answer[TARGET])}")


def test_the_picture_is_drawn_of_quantiles_with_the_line_to_pass(visitor: Visitor) -> None:
    page = visitor.open()
    assert BREAK_EVEN
    amount = short(page, EXAMPLE[BREAK_EVEN[0]] * BREAK_EVEN[1])

    expect(page.locator("#picture-part .line text")).to_have_text(f"break-even {amount}")
    path = page.get_attribute("#picture-part path.all", "d") or ""
    assert path.count("L") > 100
    assert "NaN" not in path


def test_another_coverage_gives_another_interval(visitor: Visitor, ask: Ask) -> None:
    page = visitor.open()
    page.get_by_text("50%", exact=True).click()
    interval = ask(EXAMPLE, "/v1/prediction?coverage=0.5")["interval"]

    expect(page.locator(".interval")).to_have_text(
        f"With a probability of 50% between {words(page, interval['low'])} "
        f"and {words(page, interval['high'])}."
    )


def test_the_chance_to_break_even_is_told_and_follows_the_slider(
    visitor: Visitor, ask: Ask
) -> None:
    page = visitor.open()
    for multiple in (2.5, 4):
        page.locator("#line-multiple").fill(str(multiple))
        amount = EXAMPLE["production_budget"] * multiple
        chance = ask(EXAMPLE, f"/v1/prediction?at_least={amount:.0f}")["chance"]
        share = call(page, "numbers.js", "percent", chance["probability"])

        expect(page.locator("#chance-words")).to_contain_text(f"{share} chance")
        expect(page.locator("#chance-words")).to_contain_text(
            f"to reach {words(page, amount)}, which is {multiple:g} \u00d7 the production budget"
        )


def test_without_the_field_to_earn_back_there_is_no_line(visitor: Visitor) -> None:
    page = visitor.open("#genre=Comedy")

    expect(page.locator("#line-multiple")).to_be_disabled()
    expect(page.locator("#line-label")).to_contain_text("give the production budget")
    expect(page.locator("#chance-words")).to_be_empty()


def test_the_reasons_multiply_to_the_forecast(visitor: Visitor, ask: Ask) -> None:
    page, reasons = visitor.open(), ask(EXAMPLE, "/v1/explanation")
    rows = page.locator(".waterfall tbody tr")
    count = len(reasons["factors"]) + 2

    assert count > 4
    expect(rows).to_have_count(count)
    product = reasons["base"] * math.prod(each["factor"] for each in reasons["factors"])
    assert product == pytest.approx(reasons[TARGET], rel=1e-5)
    expect(rows.first).to_contain_text(f"Typical {NOUN}{short(page, reasons['base'])}")
    expect(rows.last).to_contain_text(short(page, reasons[TARGET]))
    expect(rows.locator("svg")).to_have_count(count)


def test_comparable_films_are_ranked_with_this_one_among_them(visitor: Visitor, ask: Ask) -> None:
    page = visitor.open()
    answer = ask(EXAMPLE, "/v1/comparables?count=8")
    rows = page.locator(".comparables tbody tr")
    position = answer["rank"]["position"]

    expect(rows).to_have_count(len(answer["films"]) + 1)
    titles = rows.locator("th").all_inner_texts()
    assert f"This {NOUN}" == titles[position - 1]
    assert {each["title"] for each in answer["films"]} == {*titles} - {f"This {NOUN}"}
    expect(page.locator("#comparables-body p")).to_contain_text(
        f"number {position} of {answer['rank']['of']}"
    )


def test_a_field_is_swept_in_one_request(visitor: Visitor) -> None:
    page = visitor.open()
    with page.expect_request("**/v1/predictions*") as asked:
        page.select_option("#sweep-field", "duration")
    films = asked.value.post_data_json

    assert 41 == len(films)
    assert {"duration"} == {name for film in films for name in film if film[name] != EXAMPLE[name]}
    expect(page.locator("#sweep-body path.curve")).to_be_visible()
    expect(page.locator("#sweep-body figcaption")).to_contain_text("The median goes from")


def test_a_label_is_swept_over_all_that_the_model_knows(visitor: Visitor, ask: Ask) -> None:
    page = visitor.open("#production_budget=20M&_sweep=genre")
    model = page.evaluate("fetch('v1/model').then((answer) => answer.json())")
    labels = model["fields"]["genre"]["categories"]
    answers = ask(
        [{"production_budget": 2e7, "genre": label} for label in labels], "/v1/predictions"
    )
    ordered = [
        label
        for _, label in sorted(
            ((answer[TARGET], label) for answer, label in zip(answers, labels, strict=True)),
            key=lambda pair: -pair[0],
        )
    ]

    expect(page.locator("#sweep-body circle")).to_have_count(len(labels))
    shown = page.locator("#sweep-body svg > g:not(.tick) text").all_text_contents()
    assert ordered == shown


def test_two_films_stand_side_by_side(visitor: Visitor, ask: Ask) -> None:
    page = visitor.open("#production_budget=20M&genre=Comedy")
    page.get_by_role("button", name="Keep to compare").click()
    page.fill("#production_budget", "80M")
    other, kept = ask(
        [
            {"production_budget": 8e7, "genre": "Comedy"},
            {"production_budget": 2e7, "genre": "Comedy"},
        ],
        "/v1/predictions",
    )
    rows = page.locator(".pair tbody tr")

    expect(rows.filter(has_text="Production budget")).to_have_class("other")
    expect(rows.filter(has_text="genre")).to_have_class("same")
    expect(rows.filter(has_text="Worldwide gross").first).to_contain_text(
        f"{short(page, other[TARGET])}{short(page, kept[TARGET])}"
    )

    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#pair-part")).to_be_hidden()
