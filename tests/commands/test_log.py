"""The log: what of a record is written, and what the file is like."""

from __future__ import annotations

import ast
import hashlib
import logging
import os
import re
import stat
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

import parley
from parley.commands.log import LOG_BYTES, LOG_NAME, STEPS, logging_to_file, logging_to_terminal, our_text

APP = Path(parley.__file__).parents[1]
OURS = str(APP / "parley" / "p2p" / "node.py")
FOREIGN = str(Path(logging.__file__))
SECRETS = [
    "hello",
    "alice.eth",
    "correct horse",
    "0x" + "52908400098527886E0F7030069857D2E4169EE7",
    "12D3KooWGRUfLmdSRVzCJ5nqdRGVkPbtF5Lpnh6PXbVVpPTxxJxZ",
    "/ip4/203.0.113.7/tcp/4001",
    hashlib.sha256(b"a key").hexdigest(),
    urlsafe_b64encode(hashlib.sha256(b"a token").digest()).decode(),
]


def record(
    text: object,
    *arguments: object,
    path: str = OURS,
    name: str = "parley.p2p",
    error: Exception | None = None,
) -> logging.LogRecord:
    """A record as logging makes it."""
    caught = None if error is None else (type(error), error, None)
    return logging.LogRecord(name, logging.WARNING, path, 1, text, arguments, caught)


def test_our_own_record_passes_through() -> None:
    """Its text, the names of steps and errors, and sizes."""
    made = record("%s failed after %s bytes: %s", "pubsub", 17, "StreamResetError")
    assert our_text(made) == "WARNING parley.p2p pubsub failed after 17 bytes: ..."

    class StreamResetError(Exception):
        pass

    assert our_text(made) == "WARNING parley.p2p pubsub failed after 17 bytes: StreamResetError"
    assert StreamResetError.__name__ in our_text(made)


@pytest.mark.parametrize("secret", SECRETS)
def test_no_other_argument_passes(secret: str) -> None:
    """Whatever it is and wherever it stands: what a person says, names or owns is in no vocabulary."""

    class Sly(str):
        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return hash("close")

        def __repr__(self) -> str:
            return secret

    class Number(int):
        def __str__(self) -> str:
            return secret

    hiding = [secret, secret.encode(), Sly(secret), Number(1), [secret], ValueError(secret), Path(secret)]
    hiding.append(int.from_bytes(secret.encode() * 4, "big"))

    for each in hiding:
        assert our_text(record("met %s and %r", each, each)) == "WARNING parley.p2p met ... and '...'"
        assert our_text(record("met %d", each)) == "WARNING parley.p2p met %d"
        assert our_text(record("met %(it)s", {"it": each})) == "WARNING parley.p2p met %(it)s"
    assert secret not in our_text(record(ValueError(secret)))


@pytest.mark.parametrize("secret", SECRETS)
def test_of_others_only_logger_level_and_error_are_written(secret: str) -> None:
    """Also of one that writes under our name, and of a logger that is named after what it serves."""
    error = ValueError(secret)
    for name in ("json.decoder", "parley.web.server", "logging"):
        made = record(f"bad request {secret}", secret, path=FOREIGN, name=name, error=error)
        assert our_text(made).split()[0::2] == ["WARNING", "error=ValueError"]
        assert secret not in our_text(made)
    assert our_text(record("x", path=FOREIGN, name=secret)) == "WARNING ..."
    assert our_text(record("x", path=FOREIGN, name=f"json.{secret}")) == "WARNING json"


def test_a_traceback_is_its_errors_type(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the file and in the terminal, from our own code too; nor does a stack that was asked for show."""
    log = logging.getLogger("parley.web.errors")
    with logging_to_terminal(), logging_to_file(tmp_path):
        try:
            raise ValueError(SECRETS[0])
        except ValueError:
            log.exception("a secret is in this error", stack_info=True)

    for text in (capsys.readouterr().err, (tmp_path / LOG_NAME).read_text()):
        assert text.endswith("error=ValueError\n")
        assert SECRETS[0] not in text
        assert len(text.splitlines()) == 1


def test_the_file_is_private_and_bounded(tmp_path: Path) -> None:
    """Mode 0600 whatever the umask and whatever was there; two files of a megabyte at most."""
    (tmp_path / LOG_NAME).touch(mode=0o666)
    log = logging.getLogger("parley.p2p")
    before = os.umask(0)
    try:
        with logging_to_file(tmp_path):
            for number in range(3 * LOG_BYTES // 60):
                log.info("envelope of %s bytes, sent for the time number %s", number, number)
    finally:
        os.umask(before)

    made = {each.name: each.stat() for each in tmp_path.iterdir()}
    assert set(made) == {LOG_NAME, f"{LOG_NAME}.1"}
    assert {stat.S_IMODE(each.st_mode) for each in made.values()} == {0o600}
    assert all(each.st_size <= LOG_BYTES for each in made.values())


def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    """Somebody who could once write to the folder must not have another file written to."""
    other = tmp_path / "other"
    other.write_text("theirs")
    (tmp_path / LOG_NAME).symlink_to(other)
    with logging_to_file(tmp_path):
        logging.getLogger("parley.p2p").warning("something happened")

    assert other.read_text() == "theirs"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_stops_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor is the record printed instead, as logging would; with room again the log goes on."""
    log = logging.getLogger("parley.p2p")
    with logging_to_file(tmp_path):
        handler = logging.getLogger().handlers[-1]
        assert isinstance(handler, logging.FileHandler)
        handler.close()
        handler.stream = Path("/dev/full").open("a")  # noqa: SIM115 - the handler closes it.
        log.info("met %s", SECRETS[0])
        log.info("there is room")

    assert capsys.readouterr().err == ""
    lines = (tmp_path / LOG_NAME).read_text().splitlines()
    assert [line.split(maxsplit=1)[1] for line in lines] == ["INFO parley.p2p"]


def test_afterwards_logging_is_as_it_was(tmp_path: Path) -> None:
    """A test, or a second run in one process, finds no handler of the first."""
    root, ours = logging.getLogger(), logging.getLogger("parley")
    before = list(root.handlers), ours.level
    with logging_to_terminal(), logging_to_file(tmp_path):
        assert len(root.handlers) == len(before[0]) + 2

    assert (list(root.handlers), ours.level) == before


def test_every_text_we_log_is_fixed() -> None:
    """A text made at run time could hold anything, and would pass as ours."""
    levels = {"debug", "info", "warning", "error", "exception", "critical", "log"}
    found = 0
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            owner = node.func.value
            if node.func.attr in levels and isinstance(owner, ast.Name) and re.search("log", owner.id):
                found += 1
                assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}"
                assert node.func.attr != "log", f"{path}:{node.lineno}"

    assert found >= 12


def test_every_step_of_the_network_has_its_word() -> None:
    """Else a failure of it would be logged without saying where."""
    named = set()
    for path in (APP / "parley" / "p2p").rglob("*.py"):
        named |= set(re.findall(r"guard\.(?:step|note|handler)\(\s*\"([^\"]+)\"", path.read_text("utf-8")))

    assert len(named) >= 10
    assert named <= STEPS


def test_error_names_are_found_when_they_come() -> None:
    """A library that is loaded later brings its own."""
    assert our_text(record("met %s", "LateError")).endswith("...")
    late = type("LateError", (OSError,), {})

    assert our_text(record("met %s", "LateError")).endswith("LateError")
    assert late.__name__ == "LateError"
    assert "json" in sys.modules
