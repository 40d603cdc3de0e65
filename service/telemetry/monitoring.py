"""BentoML's monitor, which its exporters read: it is given the records of the journal."""

import json
import logging
from collections.abc import Callable, Iterator
from contextvars import Context
from typing import Any

import bentoml
from bentoml._internal.configuration.containers import BentoMLContainer

from service.films.fields import FIELDS, LABELS

_NAME = "box_office"
_UNSAID = {
    "enabled": True,
    "type": "default",
    "options": {"log_config_file": None, "log_path": "monitoring"},
}
_log = logging.getLogger("bentoml.box_office")
Column = tuple[Any, str, str, str]


def configured() -> Callable[[list[bytes]], None] | None:
    """Who gives lines to the monitor, or None where BentoML's configuration says nothing of it."""
    said = BentoMLContainer.config.monitoring.get()
    return _Monitor().give if said["enabled"] and said != _UNSAID else None


class _Monitor:
    """Gives the monitor one record after the other; what fails is said once."""

    def __init__(self) -> None:
        self._failed = False

    def give(self, lines: list[bytes]) -> None:
        """Log the forecasts among some lines."""
        for line in lines:
            try:
                # What it has left in its context where it fails, the next record does not see.
                if "fields" in (record := json.loads(line)):
                    Context().run(_log_record, record)
            except Exception as error:
                if not self._failed:
                    self._failed = True
                    _log.error("BentoML's monitor does not get some records: %r", error)


def _log_record(record: dict[str, Any]) -> None:
    with bentoml.monitor(_NAME) as monitor:
        for column in _columns(record):
            monitor.log(*column)


def _columns(record: dict[str, Any]) -> Iterator[Column]:
    """Value, name, role and type of each column, which are the same for every record."""
    fields = record.pop("fields")
    for name in FIELDS:
        kind = "categorical" if name in LABELS else "numerical"
        yield fields.get(name), name, "feature", kind
    record |= record.pop("interval")
    record["warnings"] = "\n".join(record["warnings"])
    record.setdefault("trace", "")
    for name, value in record.items():
        kind = "categorical" if isinstance(value, str) else "numerical"
        yield value, name, "prediction", kind
