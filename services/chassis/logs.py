"""JSON lines on stdout. Only fields of a closed list leave the process, and no exception text.

A validation error or a driver error can quote what it was given, so an exception is logged as its
type and the places it passed through, never as its words.
"""

from __future__ import annotations

import logging
import sys
import time
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

FIELDS = frozenset(
    {
        "address", "after_seconds", "alias", "at", "attempt", "bytes", "code", "collection",
        "count", "detail", "dossier_id", "error", "event", "events", "every_seconds", "from_offset",
        "frames", "group", "job", "kind", "letter_id", "level", "logger", "loop", "name", "offset",
        "origin", "outcome", "partition", "partitions", "person_id", "port", "reason", "records",
        "seconds", "service", "setting", "source", "stale_seconds", "state", "status", "suppressed",
        "timestamp", "topic", "topics", "type", "until_offset", "verdict", "version",
        "wait_seconds", "why",
    }
)  # fmt: skip
"""What a log line may carry: ids, coordinates, codes, numbers. `detail` holds field paths only."""

_META = frozenset({"_record", "_from_structlog"})
FASTSTREAM = "services.chassis.faststream"
"""The broker's own logger: FastStream hangs a handler on the name that it uses itself."""
_OURS_TO_SHOW = ("aiokafka", FASTSTREAM)
"""Libraries whose warnings name topics, nodes and members, never a record's content."""
_MAX_FRAMES = 12
_RATE_SECONDS = 10.0

Line = MutableMapping[str, Any]


def logger(name: str) -> Any:
    """A structured logger; pass facts as keywords of FIELDS, text that never varies as event."""
    return structlog.stdlib.get_logger(name)


def configure(service: str, level: str) -> None:
    """All logging of the process goes to stdout as JSON, aiokafka's and FastStream's too."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _exception_without_words,
        _only_known_fields(service),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    handler.addFilter(RateLimit())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("aiokafka", FASTSTREAM, "pymongo", "asyncio"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


class RateLimit(logging.Filter):
    """One line per place in the code and 10 s for the libraries (100 a second when refused)."""

    def __init__(self) -> None:
        super().__init__()
        self._until: dict[tuple[str, int], float] = {}
        self._suppressed: dict[tuple[str, int], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line may pass; it says how many like it did not."""
        if record.name == FASTSTREAM and record.getMessage().startswith("Nack:"):
            return False  # the Guard said why
        if not record.name.startswith(("aiokafka", FASTSTREAM, "pymongo")):
            return True
        place, now = (record.pathname, record.lineno), time.monotonic()
        if now < self._until.get(place, 0):
            self._suppressed[place] = self._suppressed.get(place, 0) + 1
            return False
        self._until[place] = now + _RATE_SECONDS
        record.suppressed = self._suppressed.pop(place, 0)
        return True


def places(error: BaseException) -> list[str]:
    """Where an exception passed through: file, line, function; innermost last."""
    frames = traceback.extract_tb(error.__traceback__)[-_MAX_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def _exception_without_words(_: Any, __: str, line: Line) -> Line:
    found = line.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        line["error"] = type(error).__name__
        line["frames"] = places(error)
    line.pop("stack_info", None)
    return line


def _only_known_fields(service: str) -> Any:
    def process(_: Any, __: str, line: Line) -> Line:
        record = line.get("_record")
        if record is not None:
            _without_arguments(line, record)
        kept = {key: value for key, value in line.items() if key in FIELDS | _META}
        return {"service": service, **kept}

    return process


def _without_arguments(line: Line, record: logging.LogRecord) -> None:
    """Another library's line keeps its template: what would fill it in may come from a record."""
    if not record.name.startswith(_OURS_TO_SHOW):
        line["event"] = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
    if suppressed := getattr(record, "suppressed", 0):
        line["suppressed"] = suppressed
