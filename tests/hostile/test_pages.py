"""What a browser is told: no redirect to a foreign host, what is allowed, and what to trust."""

import re

import pytest

from tests.support.http1 import Answer, ask, request
from tests.support.server import Server

FOREIGN = "evil.example"
SLASHES = [
    "/v1/prediction/",
    "/v1/predictions/",
    "/v1/explanation/",
    "/v1/comparables/",
    "/v1/model/",
    "/metrics/",
    "/livez/",
    "/v2/",
    "/v2/health/ready/",
    "/v2/models/box_office/",
    "/v2/models/box_office/infer/",
    f"//{FOREIGN}/",
    f"//{FOREIGN}/%2e%2e",
    f"/\\{FOREIGN}/",
    f"/%09/{FOREIGN}/",
    f"/static_content//{FOREIGN}/..",
]


def asked(server: Server, method: str, path: str, **headers: object) -> Answer:
    body = b"{}" if method in {"POST", "PUT", "PATCH"} else b""
    [answer] = ask(server.port, request(path, body, method, **headers))
    return answer


@pytest.mark.parametrize("path", SLASHES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_path_is_redirected(target: Server, method: str, path: str) -> None:
    answer = asked(target, method, path, host=FOREIGN)

    assert answer.status in {404, 405}
    assert "location" not in answer.headers
    assert FOREIGN not in answer.body.decode() or FOREIGN in path


METHODS = [
    ("GET", "/v1/prediction", "POST"),
    ("PUT", "/v1/prediction", "POST"),
    ("DELETE", "/v1/predictions", "POST"),
    ("GET", "/v1/explanation", "POST"),
    ("GET", "/v1/explanations", "POST"),
    ("GET", "/v1/comparables", "POST"),
    ("POST", "/v1/model", "GET"),
    ("PUT", "/v1/model", "GET"),
    ("POST", "/metrics", "GET"),
    ("PATCH", "/v2/health/live", "GET"),
    ("POST", "/v2/models/box_office", "GET"),
    ("GET", "/v2/models/box_office/infer", "POST"),
    ("TRACE", "/v1/prediction", "POST"),
]


@pytest.mark.parametrize(("method", "path", "allowed"), METHODS)
def test_a_wrong_method_is_told_which_are_right(
    target: Server, method: str, path: str, allowed: str
) -> None:
    answer = asked(target, method, path)

    assert 405 == answer.status
    assert allowed in re.split(r", *", answer.headers.get("allow", ""))
    assert method not in answer.headers["allow"]


PAGES = [
    ("GET", "/", 200),
    ("GET", "/docs", 200),
    ("GET", "/docs.json", 200),
    ("GET", "/v1/model", 200),
    ("GET", "/metrics", 200),
    ("GET", "/livez", 200),
    ("GET", "/v2", 200),
    ("GET", "/v2/models/box_office/infer", 405),
    ("GET", "/nowhere", 404),
    ("GET", "/v2/models/other", 404),
    ("GET", "/v1/prediction", 405),
]


@pytest.mark.parametrize(("method", "path", "status"), PAGES)
def test_every_page_tells_a_browser_to_trust_no_other_host(
    target: Server, method: str, path: str, status: int
) -> None:
    answer = asked(target, method, path)
    policy = directives(answer.headers.get("content-security-policy", ""))

    assert status == answer.status
    assert "nosniff" == answer.headers.get("x-content-type-options")
    assert answer.headers.get("referrer-policy") in {"no-referrer", "same-origin"}
    assert "default-src" in policy
    assert [] == [s for sources in policy.values() for s in sources if not local(s)]
    assert "frame-ancestors" in policy or "x-frame-options" in answer.headers


def directives(policy: str) -> dict[str, list[str]]:
    """The directives of a Content-Security-Policy, each with its sources."""
    parts = [part.split() for part in policy.lower().split(";") if part.strip()]
    return {name: sources for name, *sources in parts}


def local(source: str) -> bool:
    """Whether a source is a keyword or a hash, or data that a page has with it."""
    return source == "data:" or re.fullmatch(r"'[\w+/=-]+'", source) is not None


def test_the_page_for_people_may_load_what_comes_with_it(target: Server) -> None:
    page = asked(target, "GET", "/")
    policy = directives(page.headers.get("content-security-policy", ""))
    loaded = re.findall(r"<(?:script|link)\b[^>]*\b(?:src|href)=\"(web/[^\"]+)", page.body.decode())

    assert loaded
    assert {200} == {asked(target, "GET", f"/{address}").status for address in loaded}
    for kind in ("script-src", "style-src", "connect-src"):
        assert "'self'" in policy.get(kind, policy.get("default-src", []))


def test_what_a_caller_says_of_itself_is_not_in_the_page(target: Server) -> None:
    words = "<script>alert(1)</script>"
    query = words.replace("<", "%3C")
    page = asked(target, "GET", f"/docs?q={query}", host=FOREIGN, referer=words).body.decode()
    assert "alert(1)" not in page
    assert FOREIGN not in page
    for path in ("/nowhere", "/v2/models/other", "/v2/models/%3Cscript%3E"):
        answer = asked(target, "GET", f"{path}?q={query}", host=FOREIGN)

        assert "application/json" == answer.headers["content-type"].split(";")[0]
