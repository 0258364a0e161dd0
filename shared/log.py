"""Structured logs: one JSON object a line, or readable lines on a terminal.

Log ids, times, states and codes only. Messages of exceptions are left out on purpose: database errors
quote the values they choke on, and those may be personal.
"""

import logging
import sys
import traceback
from pathlib import Path

import structlog

ROOT = Path(__file__).resolve().parent.parent


def setup(level: str = "INFO", **bound: str) -> None:
    """Send our logs and those of the libraries to standard error; `bound` is added to each line."""
    shared: list[structlog.types.Processor] = [
        lambda _logger, _method, event: {**event, **bound},
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    on_terminal = sys.stderr.isatty()
    last: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer() if on_terminal else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setFormatter(_ForeignFormatter(foreign_pre_chain=shared, processors=[_tidy, last]))
    logging.basicConfig(level=logging.WARNING, handlers=[libraries], force=True)


class _ForeignFormatter(structlog.stdlib.ProcessorFormatter):
    """Log lines of libraries, with the place of an exception instead of its words."""

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record.args, tuple):
            record.args = tuple(where(arg) if isinstance(arg, BaseException) else arg for arg in record.args)
        if record.exc_info and record.exc_info[1]:
            record.error = where(record.exc_info[1])
            record.exc_info = record.exc_text = None
        return super().format(record)


def _tidy(_logger: object, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    record = event.pop("_record")
    event.pop("_from_structlog", None)
    if error := getattr(record, "error", None):
        event["error"] = error
    return {**event, "logger": record.name}


def where(error: BaseException) -> str:
    """Type and origin of an exception, without its words: `KeyError at services/x.py:10 in f`."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _is_ours(Path(frame.filename))] or frames
    if not ours:
        return type(error).__name__
    last = ours[-1]
    name = Path(last.filename)
    shown = name.relative_to(ROOT) if ROOT in name.parents else name.name
    return f"{type(error).__name__} at {shown}:{last.lineno} in {last.name}"


def _is_ours(file: Path) -> bool:
    return ROOT in file.parents and "site-packages" not in file.parts
