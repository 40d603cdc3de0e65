"""What of the Python client follows from the service; python -m delivery.wheel writes it.

It is the types of what goes in and out, and the code that is generated of box_office.proto. That
goes on naming service/rpc/box_office.proto: one process can have these messages of one file alone.
"""

from collections.abc import Mapping
from pathlib import Path
from textwrap import wrap
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from service.films.schema import (
    HORIZONS,
    NOUN,
    Chance,
    Horizon,
    Interval,
    Outcome,
    Prediction,
    Quantile,
    Row,
)
from service.parameters import Parameters
from service.rest.beside import Alike, AlikeFilm, Explanation, Factor, Rank

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "clients" / "python" / "src" / "box_office_client"
_STUBS = ("box_office_pb2.py", "box_office_pb2.pyi", "box_office_pb2_grpc.py")
# What is sent, and what is answered, as callers call it; each after those that it is made of.
_SENT: dict[str, type[BaseModel]] = {"Film": Row, "Outcome": Outcome, "Asked": Parameters}
_ANSWERED: dict[str, type[BaseModel]] = {
    "Interval": Interval,
    "Chance": Chance,
    "Quantile": Quantile,
    "Prediction": Prediction,
    "Factor": Factor,
    "Explanation": Explanation,
    "Comparable": AlikeFilm,
    "Rank": Rank,
    "Comparables": Alike,
}
_NAMES = {kind: name for name, kind in {**_SENT, **_ANSWERED}.items()}
_COLUMNS = 100
_HEAD = '''\
"""{nouns} in, forecasts out, as types. Written by `make proto` from service/films/schema.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Required, TypedDict

__all__ = [
{names}
]

NOUN = "{noun}"  # what is forecast, in sentences
Horizon = Literal[{horizons}]
'''


def files() -> dict[Path, str]:
    """The text of each file that follows from the service."""
    stubs = {name: (ROOT / "service" / "rpc" / name).read_text() for name in _STUBS}
    moved = {PACKAGE / "rpc" / name: _moved(text) for name, text in stubs.items()}
    return {PACKAGE / "schema.py": schema(), **moved}


def schema() -> str:
    """The types of the schema, without pydantic."""
    names = sorted(["Horizon", *_SENT, *_ANSWERED])
    head = _HEAD.format(
        nouns=f"{NOUN.capitalize()}s",
        noun=NOUN,
        horizons=", ".join(f'"{each}"' for each in HORIZONS),
        names="\n".join(f'    "{name}",' for name in names),
    )
    sent = [_sent(*each) for each in _SENT.items()]
    answered = [_answered(*each) for each in _ANSWERED.items()]
    return "\n\n".join([head, *sent, *answered])


def _moved(text: str) -> str:
    return text.replace("service.rpc", "box_office_client.rpc")


def _sent(name: str, kind: type[BaseModel]) -> str:
    def line(field: str) -> str:
        info = kind.model_fields[field]
        written = _written(info.annotation)
        return f"{field}: Required[{written}]" if info.is_required() else f"{field}: {written}"

    return _class(f"class {name}(TypedDict, total=False):", kind, line)


def _answered(name: str, kind: type[BaseModel]) -> str:
    def line(field: str) -> str:
        info = kind.model_fields[field]
        default = "" if info.is_required() else " = None"
        return f"{field}: {_written(info.annotation)}{default}"

    return _class(f"@dataclass(frozen=True, kw_only=True)\nclass {name}:", kind, line)


def _class(head: str, kind: type[BaseModel], line: Any) -> str:
    """A class with what the schema says of each field."""
    assert kind.__doc__
    lines = [head, *_indented(f'"""{kind.__doc__.strip()}"""', ""), ""]
    for name in kind.model_fields:
        lines += [*_indented(_description(kind, name), "# "), f"    {line(name)}"]
    return "\n".join(lines) + "\n"


def _description(kind: type[BaseModel], name: str) -> str:
    info = kind.model_fields[name]
    extra = info.json_schema_extra
    unit = f" Unit: {extra['unit']}." if isinstance(extra, Mapping) and "unit" in extra else ""
    return f"{info.description or ''}{unit}"


def _indented(text: str, mark: str) -> list[str]:
    indent = f"    {mark}"
    return wrap(text, _COLUMNS, initial_indent=indent, subsequent_indent=indent)


def _written(annotation: Any) -> str:
    """A type as code, by the names that callers have."""
    if annotation == Horizon:
        return "Horizon"
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _written(arguments[0])
    if get_origin(annotation) in (Union, UnionType):
        return " | ".join(map(_written, arguments))
    if get_origin(annotation) is list:
        return f"list[{_written(arguments[0])}]"
    if get_origin(annotation) is tuple:
        return f"Sequence[{_written(arguments[0])}]"
    if annotation is NoneType:
        return "None"
    return _NAMES.get(annotation) or str(annotation.__name__)


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text)
