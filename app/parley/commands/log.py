"""What a run says of itself: in a file of its data folder, and what is serious in the terminal too.

A log outlives a profile, is sent to others and is read by other programs, so nothing of a person may be in it. That
does not rest on the care of whoever logs:

- A record of our own code is a fixed text with arguments. The text is kept; of the arguments only numbers and what is
  in a closed vocabulary are: the names of errors, and `STEPS`. Anything else becomes "...".
- Of everybody else's records only logger, level and the type of the error are kept: libraries quote what they were
  sent, which here are addresses, keys and requests.
- A traceback is reduced to the type of its error, always.

Guarded by tests/commands/test_log.py and tests/processes/test_log.py.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final, cast

LOG_NAME: Final = "parley.log"
LOG_BYTES: Final = 1024 * 1024
"""At this size a log is put aside as `parley.log.1`, over the one before: there are never more than two."""

_OUR_CODE = tuple(
    str(Path(__file__).resolve().parents[2] / package) + os.sep for package in ("parley", "parley_demo")
)
_LARGEST_NUMBER = 2**53  # A larger one is no size, and could be a key.
_HIDDEN = "..."

STEPS: Final = frozenset(
    {
        "close",
        "control",
        "dial",
        "handshake",
        "hang up",
        "heartbeat",
        "inbound connection",
        "message",
        "metadata",
        "neighbour lost",
        "pubsub",
        "redial",
        "send",
        "stream",
        "time",
    }
)
"""What of p2p's steps can fail and is named in a record."""


def our_text(record: logging.LogRecord) -> str:
    """What may be written of a record: one line, without its time."""
    said = _message(record) if record.pathname.startswith(_OUR_CODE) else ""
    failure = record.exc_info[0] if record.exc_info else None
    error = "" if failure is None else f"error={_shown_text(failure.__name__)}"
    return " ".join(word for word in (record.levelname, _logger(record.name), said, error) if word)


def _message(record: logging.LogRecord) -> str:
    text = record.msg if isinstance(record.msg, str) else _HIDDEN
    arguments = record.args if isinstance(record.args, tuple) else ()
    shown = tuple(_shown(value) for value in arguments)
    try:
        return text % shown if shown else text
    except (TypeError, ValueError):
        return text  # What was hidden cannot be written as a number.


def _shown(value: object) -> object:
    # Not by isinstance: a subclass can say anything of itself.
    if type(value) in (int, float, bool):
        return value if abs(cast(float, value)) < _LARGEST_NUMBER else _HIDDEN
    return _shown_text(value)


def _shown_text(value: object) -> str:
    if type(value) is str and (value in STEPS or _is_error_name(value)):
        return value
    return _HIDDEN


_error_names: set[str] = set()


def _is_error_name(text: str) -> bool:
    if text not in _error_names:
        # Libraries that were loaded since brought more of them.
        waiting: list[type[BaseException]] = [BaseException]
        while waiting:
            kind = waiting.pop()
            _error_names.add(kind.__name__)
            waiting.extend(type.__subclasses__(kind))
    return text in _error_names


def _logger(name: str) -> str:
    """A logger's name, or as much of it as names a module that is loaded."""
    first = name.partition(".")[0]
    if name in sys.modules:
        return name
    return first if first in sys.modules else _HIDDEN


class _OurText(logging.Formatter):
    """One line a record, with the time in UTC where `timed`."""

    def __init__(self, *, timed: bool) -> None:
        super().__init__()
        self._timed = timed

    def format(self, record: logging.LogRecord) -> str:
        """See `our_text`."""
        at = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))}Z " if self._timed else ""
        return at + our_text(record)


class _Terminal(logging.StreamHandler[Any]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the base class's name.
        """Say nothing: the base class would print the whole record."""


class _LogFile(RotatingFileHandler):
    """The file. Where it cannot be written, Parley goes on without it."""

    def _open(self) -> TextIOWrapper:
        # Mode 0600 whatever the umask. Guarded by tests/commands/test_log.py::test_the_file_is_private_and_bounded.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(self.baseFilename, flags, 0o600)
        try:
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, 0o600)
            return os.fdopen(descriptor, "a", encoding="utf-8")
        except BaseException:
            os.close(descriptor)
            raise

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, ARG002 - the base class's name.
        """Say nothing: a full disk is no reason to stop, and the base class would print the whole record."""
        # What could not be written would fail again at each close; the next record opens the file anew.
        stream, self.stream = self.stream, None
        if stream is not None:
            with suppress(OSError, ValueError):
                stream.close()


@contextmanager
def logging_to_terminal() -> Iterator[None]:
    """Write what is serious to standard error until the block ends."""
    handler = _Terminal(sys.stderr)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(_OurText(timed=False))
    with _handled_by(handler):
        yield


@contextmanager
def logging_to_file(folder: Path) -> Iterator[None]:
    """Write everything from level INFO on to a folder's log until the block ends; the folder exists.

    A log that cannot be written is done without.
    """
    try:
        handler = _LogFile(folder / LOG_NAME, maxBytes=LOG_BYTES, backupCount=1)
    except OSError as error:
        logging.getLogger(__name__).warning("log.not_writable error=%s", type(error).__name__)
        yield
        return
    handler.setFormatter(_OurText(timed=True))
    ours = logging.getLogger("parley")
    before = ours.level
    ours.setLevel(logging.INFO)
    try:
        with _handled_by(handler):
            yield
    finally:
        ours.setLevel(before)


@contextmanager
def _handled_by(handler: logging.Handler) -> Iterator[None]:
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()
