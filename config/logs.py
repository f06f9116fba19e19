"""Logging of every process: one line for each event, for people or as JSON.

Every line has the ids of its request, session, job, stage and attempt
(`config/log_context.py`), and secrets are redacted (`config/redaction.py`).
"""

from __future__ import annotations

import json
import logging
import logging.config
import os
import sys
from datetime import UTC, datetime

from config import wrapped_output
from config.log_context import IDS, Ids
from config.redaction import Redactor, make_redactor
from config.repeated_lines import Repeats
from config.settings import Settings

_KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "fields"}


class JsonLines(logging.Formatter):
    """Format each record as one JSON object, including its `extra` fields."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {k: v for k, v in vars(record).items() if k not in _KNOWN}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return self._redactor.redact(json.dumps(line, ensure_ascii=False, default=str))


class ConsoleLines(logging.Formatter):
    """Format each record for people, with its ids and short `extra` fields at the end."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s%(fields)s")
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        extra = {k: _short(v) for k, v in vars(record).items() if k not in _KNOWN}
        names = [name for name in (*IDS, *sorted(extra.keys() - set(IDS))) if extra.get(name)]
        shown = " ".join(f"{name}={extra[name]}" for name in names)
        record.fields = f" [{shown}]" if shown else ""
        return self._redactor.redact(super().format(record))


def _short(value: object) -> str:
    """Return a field as text; objects with fields of their own are only in the JSON format."""
    if isinstance(value, list | tuple | set | frozenset):
        return ",".join(map(str, value))
    return "" if isinstance(value, dict) else str(value)


FORMATS = {"console": ConsoleLines, "json": JsonLines}


def configure(settings: Settings) -> None:
    """Configure the logging of this process, and quieten chatty libraries."""
    redactor = make_redactor(settings, os.environ)
    is_json = settings.log_format == "json"
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"ids": {"()": Ids}, "repeats": {"()": Repeats}},
            "formatters": {
                name: {"()": formatter, "redactor": redactor} for name, formatter in FORMATS.items()
            },
            "handlers": {
                "stderr": {
                    "class": "logging.StreamHandler",
                    "formatter": settings.log_format,
                    "filters": ["ids", "repeats"],
                    "stream": sys.__stderr__ if is_json else sys.stderr,
                }
            },
            "root": {"handlers": ["stderr"], "level": settings.log_level},
            "loggers": {
                "werkzeug": {"level": "WARNING"},
                "alembic": {"level": "WARNING"},
                "celery.worker.strategy": {"level": "WARNING"},
                "celery.app.trace": {"level": "WARNING"},
            },
        }
    )
    if is_json:
        wrapped_output.install()
