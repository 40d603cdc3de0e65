"""The time of a rehearsal: this machine's, and so much ahead of it. A year takes no time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass
class Clock:
    """It goes on as this machine's does, and jumps where it is told to."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC) + self.ahead

    def jump(self, days: float) -> None:
        """Let so many days pass."""
        self.ahead += timedelta(days=days)
