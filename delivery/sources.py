"""`ingest.source` in the text of params.yaml: every other byte, and comments, stay."""

from collections.abc import Mapping
from typing import Any

import yaml

from service.errors import BoxOfficeError
from training.common.params import PARAMS


def added(text: str, source: str) -> str:
    """The text with another source, which comes last."""
    listed = _listed(text)
    at = listed.value[-1].end_mark.index
    item = f", {source}" if listed.flow_style else f"\n{' ' * listed.start_mark.column}- {source}"
    return text[:at] + item + text[at:]


def removed(text: str, source: str) -> str:
    """The text without a source; raises BoxOfficeError if it is the only one."""
    items = _listed(text).value
    place = [item.value for item in items].index(source)
    if len(items) == 1:
        raise BoxOfficeError(
            f"{source} is the only ingest.source of {PARAMS}: name another one there first."
        )
    if place:
        start, end = items[place - 1].end_mark.index, items[place].end_mark.index
    else:
        start, end = items[0].start_mark.index, items[1].start_mark.index
    return text[:start] + text[end:]


def replaced(text: str, new: Mapping[str, str]) -> str:
    """The text with new names of sources in the place of others."""
    for item in reversed(_listed(text).value):
        start, end = item.start_mark.index, item.end_mark.index
        text = text[:start] + new.get(item.value, text[start:end]) + text[end:]
    return text


def alone(text: str, source: str) -> str:
    """The text with one source in the place of all that are listed."""
    items = _listed(text).value
    return text[: items[0].start_mark.index] + source + text[items[-1].end_mark.index :]


def _listed(text: str) -> yaml.SequenceNode:
    node: Any = yaml.compose(text)
    for name in ("ingest", "source"):
        node = next(value for key, value in node.value if key.value == name)
    if not isinstance(node, yaml.SequenceNode):
        raise BoxOfficeError(f"{PARAMS}: ingest.source is no list: write it as [{node.value}].")
    return node
