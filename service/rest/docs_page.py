"""An OpenAPI document as a page for people, which asks no other host for anything."""

import json
import re
import shlex
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from html import escape
from itertools import starmap
from pathlib import Path
from typing import Any

_HERE = Path(__file__)
_STYLE = _HERE.with_suffix(".css").read_text()
_SCRIPT = _HERE.with_suffix(".js").read_text()
_REF = "#/components/schemas/"
_ROOT = "http://localhost:3000"  # until the script knows better

Schema = Mapping[str, Any]


def _prose(text: str) -> str:
    """A sentence, in which `code` may stand."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _hashed(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


POLICY = (
    f"default-src 'none'; style-src {_hashed(_STYLE)}; script-src {_hashed(_SCRIPT)}; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page(document: Schema, model: str) -> str:
    """The page, which says what is deployed as well."""
    info = document["info"]
    title = escape(f"{info['title']} {info['version']}")
    parts = [
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">',
        f"<style>{_STYLE}</style></head><body><main><h1>{title}</h1>",
        f"<p>{_prose(info['description'])}</p><p>Deployed: <code>{escape(model)}</code>. ",
        'For programs: <a href="docs.json">docs.json</a>, OpenAPI 3.1.</p>',
        *_sections(document),
        "<h2>Bodies</h2>",
        *(_schema(name, each) for name, each in document["components"]["schemas"].items()),
        f"</main><script>{_SCRIPT}</script></body></html>",
    ]
    return "\n".join(parts)


def _sections(document: Schema) -> Iterator[str]:
    operations = [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    for tag in document["tags"]:
        yield f"<h2>{escape(tag['name'])}</h2>"
        yield from (_operation(*each) for each in operations if tag["name"] in each[2]["tags"])


def _operation(path: str, method: str, operation: Schema) -> str:
    name, parameters = operation["operationId"], operation.get("parameters", [])
    body = operation.get("requestBody", {})
    words = f"{operation['summary']}. {operation.get('description', '')}"
    return "\n".join(
        [
            f'<section id="{escape(name)}"><h3><code>{method.upper()} {escape(path)}</code></h3>',
            f"<p>{_prose(words)}</p>",
            _table(("parameter", "in", "value", ""), map(_parameter, parameters)),
            f"<p>Body: {_contents(body)}. {_prose(body['description'])}</p>" if body else "",
            _example(method, _filled(path, parameters), body, "security" in operation),
            *_answers(operation["responses"]),
            "</section>",
        ]
    )


def _parameter(parameter: Schema) -> tuple[str, ...]:
    name, place = escape(parameter["name"]), parameter["in"]
    description = _prose(parameter["description"])
    return f"<code>{name}</code>", place, _type(parameter["schema"]), description


def _answers(answers: Schema) -> Iterator[str]:
    titles = ("status", "body", "")
    refusals = {status: answer for status, answer in answers.items() if status >= "4"}
    good = (each for each in answers.items() if each[0] not in refusals)
    yield _table(titles, starmap(_answer, good))
    yield f"<details><summary>Refusals: {', '.join(refusals)}</summary>"
    yield f"{_table(titles, starmap(_answer, refusals.items()))}</details>"


def _answer(status: str, answer: Schema) -> tuple[str, ...]:
    return status, _contents(answer), _prose(answer["description"])


def _contents(body: Schema) -> str:
    return " or ".join(
        _type(media["schema"]) if "json" in name else f"<code>{escape(name)}</code>"
        for name, media in body.get("content", {}).items()
    )


def _filled(path: str, parameters: Iterable[Schema]) -> str:
    for parameter in parameters:
        path = path.replace(f"{{{parameter['name']}}}", str(parameter.get("example", "")))
    return path


def _example(method: str, path: str, body: Schema, secured: bool) -> str:
    """A command to paste, and the same to send from here."""
    media = body.get("content", {}).get("application/json", {})
    text = next((json.dumps(each["value"]) for each in media.get("examples", {}).values()), "")
    sent = f" -H 'Content-Type: application/json' -d {shlex.quote(text)}" if text else ""
    if secured:
        sent = f' -H "Authorization: Bearer $TOKEN"{sent}'
    token = "<label>Token<input name=token type=password autocomplete=off></label>"
    editor = f"<label>Body<textarea name=body rows=4>{escape(text)}</textarea></label>"
    return (
        f'<pre><code class="curl">curl -s <span class="root">{_ROOT}</span>{escape(path + sent)}'
        f'</code></pre><form hidden data-method="{method.upper()}">'
        f'<label>Path<input name=path value="{escape(path)}"></label>{token if secured else ""}'
        f"{editor if text else ''}"
        "<button>Send</button><output name=answer></output></form>"
    )


def _schema(name: str, schema: Schema) -> str:
    required = schema.get("required", [])
    rows = (
        (f"<code>{escape(key)}</code>", _type(each), _told(key, each, required))
        for key, each in schema.get("properties", {}).items()
    )
    table = _table(("name", "value", ""), rows)
    words = _prose(schema.get("description", ""))
    return f'<section id="{escape(name)}"><h3>{escape(name)}</h3><p>{words}</p>{table}</section>'


def _told(name: str, schema: Schema, required: Iterable[str]) -> str:
    words = [schema.get("description", ""), "" if name in required else "Optional."]
    return _prose(" ".join(filter(None, words)))


def _type(schema: Schema) -> str:
    """What a value may be, in few words."""
    if name := schema.get("$ref", "").removeprefix(_REF):
        return f'<a href="#{escape(name)}">{escape(name)}</a>'
    unit = f" ({escape(schema['unit'])})" if "unit" in schema else ""
    if choices := schema.get("anyOf"):
        return " or ".join(_type(each) for each in choices if each != {"type": "null"}) + unit
    if values := schema.get("enum") or ([schema["const"]] if "const" in schema else []):
        return " or ".join(f"<code>{escape(str(value))}</code>" for value in values)
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return escape(schema.get("type", "anything")) + _range(schema) + unit


def _range(schema: Schema) -> str:
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    limits = (("from", least), ("to", most))
    return "".join(f" {word} {limit:,.15g}" for word, limit in limits if limit is not None)


def _table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    made = [f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows]
    head = "".join(f"<th>{title}</th>" for title in titles)
    return f"<table><thead><tr>{head}</tr></thead>{''.join(made)}</table>" if made else ""
