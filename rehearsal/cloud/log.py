"""A log as Cloud Run's, and the sink that writes it into a bucket as Cloud Logging's does.

A line of a container that is a JSON object becomes the `jsonPayload` of an entry, which has taken
the time and the severity out of it, and any other line a `textPayload`. An object of the bucket
holds the entries of an hour.
"""

import json
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rehearsal.clock import Clock
from rehearsal.cloud.bucket import Bucket
from rehearsal.containers.container import Running
from service.errors import BoxOfficeError
from service.journal.entries import KIND

PLACE = "run.googleapis.com/stdout"
_HOUR = f"{PLACE}/%Y/%m/%d/%H:00:00_%H:59:59_S0.json"
_SECONDS = 20.0  # until what a container remembers must be on its stdout

Entry = dict[str, Any]


@dataclass
class _Stdout:
    """What a container prints, as far as it was read."""

    container: Running
    read: int = 0  # characters

    def lines(self) -> list[str]:
        """The whole lines that are new."""
        text = self.container.logs()
        start, self.read = self.read, max(self.read, text.rfind("\n") + 1)
        return text[start : self.read].splitlines()


@dataclass
class Log:
    """What containers have printed, by the objects of the bucket that it is written to.

    A container has no clock but this machine's. So the log adds to the time of a line by how much
    the clock of the rehearsal is ahead when it arrives: what is said after a jump is said later.
    """

    bucket: Bucket
    clock: Clock
    sources: list[_Stdout] = field(default_factory=list)
    entries: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))

    @property
    def url(self) -> str:
        """Where the bucket holds it."""
        return f"gs://{self.bucket.name}/{PLACE}"

    def listen(self, container: Running) -> None:
        """Hear what a container prints, from its start on."""
        self.sources.append(_Stdout(container))

    def export(self, kind: str = "", count: int = 0) -> int:
        """Write what is new into the bucket, once it holds so many records of the kind.

        Returns how many lines are new; raises BoxOfficeError where the records do not come.
        """
        end, new = time.monotonic() + _SECONDS, self._read()
        while (there := _records(new, kind)) < count:
            if time.monotonic() > end:
                raise BoxOfficeError(f"Of {count} records of {kind}s, {there} are on stdout.")
            time.sleep(0.05)
            new += self._read()
        for entry in new:
            hour = datetime.fromisoformat(entry["timestamp"]).astimezone(UTC)
            self.entries[hour.strftime(_HOUR)].append(entry)
        for name, entries in self.entries.items():
            self.bucket.write(name, "".join(json.dumps(entry) + "\n" for entry in entries))
        return len(new)

    def _read(self) -> list[Entry]:
        return [self._entry(line) for source in self.sources for line in source.lines()]

    def _entry(self, line: str) -> Entry:
        try:
            payload = json.loads(line)
            said = datetime.fromisoformat(payload.pop("time")) + self.clock.ahead
        except (AttributeError, KeyError, TypeError, ValueError):
            return {"timestamp": self.clock.now().isoformat(), "textPayload": line}
        severity = payload.pop("severity", "DEFAULT")
        return {"timestamp": said.isoformat(), "severity": severity, "jsonPayload": payload}


def _records(entries: list[Entry], kind: str) -> int:
    return sum(entry.get("jsonPayload", {}).get(KIND) == kind for entry in entries)
