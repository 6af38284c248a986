"""Log lines for people and machines, a file that rotates, and the id that ties the lines of one request together."""

import fcntl
import logging
import logging.handlers
import os
import time
from collections.abc import MutableMapping
from typing import Any
from uuid import uuid4

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from leadsmarket.lib.masking import mask_event


def begin_request(request_id: str = "", **facts: Any) -> str:
    """Put an id (a new one unless given) and other facts on each line that this thread writes from now on; return the id."""
    request_id = request_id or uuid4().hex
    clear_contextvars()
    bind_contextvars(request_id=request_id, **facts)
    return request_id


def end_request() -> None:
    """Write lines without an id again."""
    clear_contextvars()


def current_request_id() -> str:
    """Return the id of the request or task that this thread works for; empty outside of one."""
    return get_contextvars().get("request_id", "")


class PlainFormatter(logging.Formatter):
    """`2026-11-20T08:00:00.123Z INFO name message [id]`.

    Times are in UTC with a Z: the C library's zone data, which local time would use, can be an hour wrong.
    """

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        line, request_id = super().formatMessage(record), current_request_id()
        return f"{line} [{request_id}]" if request_id else line


def _without_task_arguments(logger: Any, method_name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    # Celery puts what a task was given (whole e-mails) beside its lines; the task's id finds it where it must be known.
    if event.get("logger", "").startswith("celery"):
        event.pop("data", None)
    return event


def json_formatter() -> structlog.stdlib.ProcessorFormatter:
    """Return the formatter of JSON lines: timestamp, level, logger, event, what was logged with it, request_id, exception."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            _without_task_arguments,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask_event,
            structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=True),
        ],
    )


class SharedRotatingFileHandler(logging.handlers.WatchedFileHandler):
    """A log file that several processes write and any of them rotates, oldest last: `app.log`, `app.log.1`, `app.log.2`.

    megabytes: size at which it is rotated. kept_files: how many old ones stay. Lines are appended whole; a process whose file
    was rotated by another opens the new one (by its inode). Python's own rotating handler loses lines with two processes.
    """

    def __init__(self, filename: str, megabytes: int = 50, kept_files: int = 10, **keywords: Any) -> None:
        super().__init__(filename, encoding="utf-8", **keywords)
        self.largest = megabytes * 1024 * 1024
        self.kept_files = kept_files

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line, into a new file when this one is full."""
        try:
            self.reopenIfNeeded()
            if self.stream is not None and os.fstat(self.stream.fileno()).st_size >= self.largest:
                self._rotate()
        except OSError:
            self.handleError(record)
        super().emit(record)

    def _rotate(self) -> None:
        with open(f"{self.baseFilename}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Another process may have been faster.
            if os.path.exists(self.baseFilename) and os.path.getsize(self.baseFilename) >= self.largest:
                for number in range(self.kept_files - 1, -1, -1):
                    older = f"{self.baseFilename}.{number}" if number else self.baseFilename
                    if os.path.exists(older):
                        os.replace(older, f"{self.baseFilename}.{number + 1}")
        self.reopenIfNeeded()
