"""The format of the log: BentoML's lines, or one JSON object per line."""

import json
import logging
import logging.config
from datetime import UTC, datetime

from service.settings import LogFormat


class OneObject(logging.Formatter):
    """A record as one JSON object in one line, with the names that Cloud Logging reads."""

    def format(self, record: logging.LogRecord) -> str:
        """Time in UTC, severity, logger, process, message, and the traceback if there is one."""
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "severity": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str)


def configure(log: LogFormat) -> None:
    """Leave logging to BentoML, or send every record to stdout as JSON."""
    if log == "plain":
        return
    logging.captureWarnings(True)
    named = {"level": "INFO", "propagate": True, "handlers": []}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": OneObject}},
            "handlers": {
                "stdout": {
                    "class": "logging.StreamHandler",
                    "formatter": "json",
                    "stream": "ext://sys.stdout",
                }
            },
            "loggers": {"bentoml": named},
            "root": {"level": "WARNING", "handlers": ["stdout"]},
        }
    )
    for name in ("circus", "uvicorn.error"):
        logging.getLogger(name).handlers.clear()
