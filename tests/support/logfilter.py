"""Filters of Cloud Logging, as far as ops/ and the pages use them, and entries to try them on.

Comparisons joined by AND or by a new line, each perhaps after NOT. What is not known is an error,
so that no filter passes that was not understood.
"""

import json
import re
from typing import Any
from urllib.parse import quote, unquote

Entry = dict[str, Any]
STDOUT = "run.googleapis.com/stdout"
_SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT")
_TERM = re.compile(r'(NOT )?(?:log_id\("([^"]+)"\)|([\w.]+)(=~|>=|=|:)("[^"]*"|\*|\w+))')


def matches(text: str, entry: Entry) -> bool:
    """Does an entry match all that a filter asks for?"""
    terms = [_TERM.fullmatch(part.strip()) for part in re.split(r" AND |\n", text)]
    assert all(terms), f"{text!r} has more than this module knows"
    return all(_holds(*term.groups(), entry=entry) for term in terms if term)


def _holds(
    negated: str | None, log: str | None, path: str, sign: str, value: str, entry: Entry
) -> bool:
    if log:
        found = unquote(entry["logName"].partition("/logs/")[2]) == log
    else:
        found = _compares(_at(entry, path.split(".")), sign, value.strip('"'))
    return found is not bool(negated)


def _at(entry: Entry, names: list[str]) -> Any:
    value: Any = entry
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _compares(value: Any, sign: str, wanted: str) -> bool:
    if value is None:
        return False
    if sign == ">=":
        return _SEVERITIES.index(value) >= _SEVERITIES.index(wanted)
    if sign == "=~":
        return bool(re.search(wanted, value))
    if sign == ":":
        return wanted == "*" or wanted in value
    return bool(value == wanted)


def entry(log: str, resource: str, payload: dict[str, Any], severity: str = "DEFAULT") -> Entry:
    """An entry as Cloud Logging keeps it."""
    return {
        "logName": f"projects/films/logs/{quote(log, safe='')}",
        "resource": {"type": resource, "labels": {"service_name": "box-office"}},
        "severity": severity,
        "timestamp": "2026-11-26T03:14:15.926Z",
        "jsonPayload": payload,
    }


def of_line(line: str) -> Entry:
    """What becomes of a line that a container of Cloud Run writes to stdout."""
    payload = json.loads(line)
    time, severity = payload.pop("time"), payload.pop("severity", "DEFAULT")
    return entry(STDOUT, "cloud_run_revision", payload, severity) | {"timestamp": time}
