"""What the page is made of: how it is sent, what it weighs, and that nobody else is asked."""

import http.client
import re

import pytest
from playwright.sync_api import expect

from service.rest.web import FOLDER
from tests.support.browser import Visitor, needs_browser
from tests.support.http1 import Answer, ask, request
from tests.support.server import Server

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "img-src": "'self' data:",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
FILES = sorted(path.name for path in FOLDER.iterdir() if path.name != "index.html")


def get(server: Server, path: str, method: str = "GET", **headers: object) -> Answer:
    [answer] = ask(server.port, request(path, b"", method, **headers))
    return answer


def version(server: Server) -> str:
    """The version that the page names in the addresses of its files."""
    [found] = {*re.findall(r'"web/(\w+)/', get(server, "/").body.decode())}
    return found


def test_all_of_it_weighs_at_most_60_kb() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 60_000


def test_a_module_is_short_enough_to_be_read_at_once() -> None:
    lines = {path.name: len(path.read_text().splitlines()) for path in FOLDER.glob("*.js")}

    assert {} == {name: count for name, count in lines.items() if count > 150}


def test_the_page_names_no_host_and_no_inline_script() -> None:
    text = "".join(path.read_text() for path in FOLDER.iterdir())

    assert {"http://www.w3.org"} == {*re.findall(r"https?://[\w.]+", text)}
    assert [] == re.findall(r"<script(?![^>]* src=)|\son\w+=|\sstyle=|<style", text)


@pytest.mark.parametrize("path", ["/", *(f"/web/x/{name}" for name in FILES)])
def test_every_file_has_a_type_and_a_strict_policy(site: Server, path: str) -> None:
    answer = get(site, path)
    kinds = {"js": "text/javascript", "css": "text/css", "/": "text/html"}
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
    )

    assert 200 == answer.status
    assert f"{kinds[path.rpartition('.')[2]]}; charset=utf-8" == answer.headers["content-type"]
    assert POLICY == policy
    assert "nosniff" == answer.headers["x-content-type-options"]
    assert "no-referrer" == answer.headers["referrer-policy"]


def test_the_page_is_asked_for_again_and_not_sent_again(site: Server) -> None:
    first = get(site, "/")
    again = get(site, "/", if_none_match=first.headers["etag"])
    other = get(site, "/", if_none_match='"another"')

    assert "no-cache" == first.headers["cache-control"]
    assert (304, b"") == (again.status, again.body)
    assert (200, first.body) == (other.status, other.body)


def test_a_file_of_this_version_is_kept_for_ever_and_one_of_another_is_not(site: Server) -> None:
    ours = get(site, f"/web/{version(site)}/app.js")
    older = get(site, "/web/0123456789abcdef/app.js")

    assert "public, max-age=31536000, immutable" == ours.headers["cache-control"]
    assert "no-cache" == older.headers["cache-control"]
    assert ours.body == older.body == (FOLDER / "app.js").read_bytes()
    assert 304 == get(site, "/web/x/app.js", if_none_match=ours.headers["etag"]).status


def test_a_head_has_the_headers_alone(site: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    connection.request("HEAD", "/")
    with connection.getresponse() as answer:
        assert (200, b"") == (answer.status, answer.read())
        assert answer.headers["etag"] == get(site, "/").headers["etag"]
    connection.close()


@pytest.mark.parametrize(
    "path",
    [
        "/web/x/nowhere.js",
        "/web/x/index.html",
        "/web/x/../service.py",
        "/web/x/..%2fservice.py",
        "/web/x/%2e%2e%2f%2e%2e%2fservice.py",
        "/web/x/",
        "/web/",
        "/web/app.js",
    ],
)
def test_no_other_file_is_sent(site: Server, path: str) -> None:
    answer = get(site, path)

    assert 404 == answer.status
    assert {"error", "details"} == set(answer.json())


@needs_browser
def test_nobody_else_is_asked_and_nothing_is_wrong(visitor: Visitor, site: Server) -> None:
    page = visitor.open()
    expect(page.locator("#sweep-body svg")).to_be_visible()
    page.wait_for_load_state("networkidle")

    assert {site.http} == {re.match(r"https?://[^/]+", url)[0] for url in visitor.requests}
    assert [] == visitor.said


@needs_browser
def test_a_second_visit_loads_no_file_again(visitor: Visitor) -> None:
    page = visitor.open()
    page.reload()
    expect(page.locator("#forecast[data-value]")).to_be_visible()
    sizes = page.evaluate(
        "performance.getEntriesByType('resource')"
        ".filter((each) => each.name.includes('/web/')).map((each) => each.transferSize)"
    )

    assert len(FILES) == len(sizes)
    assert {0} == {*sizes}


@needs_browser
def test_under_the_policy_a_script_in_the_page_does_not_run(visitor: Visitor) -> None:
    page = visitor.open()
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), "
        "{ textContent: 'document.title = 1' }))"
    )

    assert "1" != page.title()
