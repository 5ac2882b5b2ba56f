"""Nothing that is stored is readable in any file: while open, after a kill, after closing; nothing deleted stays."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.store_rows import (
    NOW_MS,
    bytes32,
    channel_state,
    commit,
    contact,
    conversation,
    device_state,
    message,
    outbox_entry,
    preferences_state,
    profile,
    secret,
    seen,
    session_state,
    vault_state,
)
from parley.chat.commit import Commit
from parley.chat.contacts.model import ContactDevice
from parley.chat.delivery.model import DeliveryRow, DeliveryState, Settled
from parley.database.api import open_database
from parley.database.connection import MAX_LOG_PAGES, connect

KEY = bytes32("key")
ROOT = Path(__file__).parents[2]


def mark(place: str) -> bytes:
    """32 bytes found nowhere but in what was stored in this place."""
    return bytes32(f"marker {place}")


def marked() -> tuple[Commit, dict[str, bytes]]:
    """A commit with a marker in every column that can hold one, and the markers by their places."""
    places: dict[str, bytes] = {}

    def raw(place: str, size: int = 32) -> bytes:
        places[place] = mark(place)[:size]
        return places[place]

    def text(place: str, size: int = 64) -> str:
        places[place] = mark(place).hex()[:size].encode()
        return places[place].decode()

    account, conversation_id = text("account", 42), text("conversation id", 32)
    device, message_id = raw("device id"), raw("message id")
    rows = (
        profile(
            account=text("own account", 42),
            account_key=raw("account key"),
            record=raw("own record"),
            head=raw("own head"),
            network_key=raw("network key"),
        ),
        contact(
            "bob",
            account=account,
            inbox_id=raw("inbox id"),
            nickname=text("nickname"),
            record=raw("record"),
            head=raw("head"),
            devices=(ContactDevice(device, raw("bundle")),),
        ),
        conversation(
            "bob",
            conversation_id=conversation_id,
            channel_id=raw("channel id"),
            account=account,
            given_secret_id=raw("given secret id", 16),
        ),
        message(
            "first",
            message_id=message_id,
            conversation_id=conversation_id,
            sender_account=text("sender account", 42),
            sender_device=raw("sender device"),
            causes=(raw("cause"),),
            content=raw("content") * 300,
            form_token=text("form token"),
        ),
        DeliveryRow(message_id, device, DeliveryState.QUEUED, relays=0, changed_at_ms=NOW_MS),
        outbox_entry("first", message_id=message_id, device_id=device, envelope=raw("envelope") * 100),
        secret("bob", 1, account=account, secret_id=raw("secret id", 16), secret=raw("secret")),
        seen(
            "first",
            envelope_hash=raw("envelope hash"),
            device_id=raw("seen device"),
            message_id=raw("seen message"),
        ),
    )
    states = (
        device_state(0, raw("device state") * 50),
        session_state("bob phone", 0, raw("session state") * 500),
        channel_state("bob", 0, raw("channel state")),
        vault_state(0, raw("vault state")),
        preferences_state(0, raw("preferences state")),
    )
    return commit(*rows, *states), places


def readable(folder: Path, places: dict[str, bytes]) -> list[tuple[str, str]]:
    """Which markers stand in which files, as bytes, hex or base64."""
    found = []
    for path in filter(Path.is_file, folder.rglob("*")):
        content = path.read_bytes()
        for place, marker in places.items():
            forms = {marker, marker.hex().encode(), marker.hex().upper().encode()}
            # Base64 depends on where in a longer text the bytes stand: all three cases, without the ends that do.
            forms |= {base64.b64encode(b"\0" * shift + marker)[4:-4] for shift in range(3)}
            if any(form in content for form in forms):
                found.append((path.name, place))
    return found


def test_the_search_finds_what_is_readable(tmp_path: Path) -> None:
    """A search that can find nothing would prove nothing."""
    _, places = marked()
    marker = places["content"]
    for number, form in enumerate(
        (marker, marker.hex().encode(), b"xy" + base64.b64encode(b"ab" + marker + b"c"))
    ):
        (tmp_path / "file").write_bytes(b"before" + form + b"after")
        assert readable(tmp_path, places) == [("file", "content")], number


WRITER = """
import os, pathlib, sys, trio
from database.test_secrecy import KEY, marked
from parley.database.api import open_database
async def main():
    async with open_database(pathlib.Path(sys.argv[1]), KEY, create=True) as database:
        await database.apply(marked()[0])
        # Files that were opened and unlinked would be found here only.
        for each in os.listdir("/proc/self/fd") if sys.platform == "linux" else ():
            if int(each) <= 2:
                continue
            try:
                print(os.readlink(f"/proc/self/fd/{each}"))
            except OSError:
                pass
        print("stored", flush=True)
        sys.stdin.read()
trio.run(main)
"""


@pytest.mark.skipif(os.name != "posix", reason="kills as POSIX does")
def test_no_file_shows_what_is_stored(tmp_path: Path) -> None:
    """Read by another process while the database is open, and after it was killed; no temporary file either."""
    (tmp_path / "temporary").mkdir()
    (tmp_path / "data").mkdir()
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "data" / "profile.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(ROOT / "app"), str(ROOT / "tests"))),
            "TMPDIR": str(tmp_path / "temporary"),
            "SQLITE_TMPDIR": str(tmp_path / "temporary"),
        },
    )
    assert child.stdout is not None
    assert child.stdin is not None
    try:
        opened = []
        while (line := child.stdout.readline()) not in ("stored\n", ""):
            opened.append(line.strip())
        assert line == "stored\n"
        _, places = marked()
        while_open = readable(tmp_path, places)
        sizes = {each.name: each.stat().st_size for each in (tmp_path / "data").iterdir()}
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait(30)
        child.stdin.close()
        child.stdout.close()

    assert while_open == []
    assert readable(tmp_path, places) == []
    assert sizes["profile.db-wal"] > 30_000, "the commit was not in the log"
    assert sorted(sizes) == ["profile.db", "profile.db-wal"]
    assert [each for each in opened if "deleted" in each] == []
    assert sys.platform != "linux" or any(each.endswith("profile.db-wal") for each in opened)
    assert list((tmp_path / "temporary").iterdir()) == []


async def test_no_closed_file_shows_what_is_stored(tmp_path: Path) -> None:
    """And every marker was stored, so that there was something to see."""
    step, places = marked()
    async with open_database(tmp_path / "profile.db", KEY, create=True) as database:
        await database.apply(step)

    assert readable(tmp_path, places) == []

    connection = connect(tmp_path / "profile.db", KEY)
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    dump = b"".join(
        value if isinstance(value, bytes) else str(value).encode()
        for table in tables
        for row in connection.execute(f"SELECT * FROM {table}")
        for value in row
    )
    connection.close()
    assert [place for place, marker in places.items() if marker not in dump] == []


def plain(path: Path) -> bytes:
    """All pages of a closed database file decrypted, freed ones included."""
    copy = path.with_name("plain.db")
    copy.write_bytes(path.read_bytes())
    connection = connect(copy, KEY)
    connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    connection.execute("PRAGMA rekey = ''").fetchall()
    connection.close()
    return copy.read_bytes()


async def test_what_was_deleted_is_not_in_the_file_any_more(tmp_path: Path) -> None:
    """Whoever gets file and key later finds neither replaced ratchet states nor settled envelopes."""
    path = tmp_path / "profile.db"
    gone = b"gone" + bytes32("gone")
    async with open_database(path, KEY, create=True) as database:
        await database.apply(
            commit(
                contact("bob"),
                conversation("bob"),
                message("first"),
                outbox_entry("first", envelope=gone * 1000),
                session_state("bob phone", 0, gone * 10),
                device_state(0, gone * 2000),
            )
        )

    assert plain(path).count(gone) > 2000

    async with open_database(path, KEY) as database:
        await database.apply(
            commit(
                Settled(bytes32("message first"), bytes32("device bob phone")),
                session_state("bob phone", 1, b"still there"),
                device_state(1, b"short"),
            )
        )

    decrypted = plain(path)
    assert b"still there" in decrypted
    assert bytes32("gone") not in decrypted


async def test_an_older_state_does_not_outlive_a_long_log(tmp_path: Path) -> None:
    """The log is truncated while the database is open, however long it stays open."""
    async with open_database(tmp_path / "profile.db", KEY, create=True) as database:
        sizes = []
        for number in range(400):
            await database.apply(commit(device_state(number, os.urandom(20_000))))
            sizes.append((tmp_path / "profile.db-wal").stat().st_size)

    assert max(sizes) < (MAX_LOG_PAGES + 50) * 4200
    assert sizes.count(0) >= 2
