"""The journal's codec and file: what was written comes back, what was cut is cut off, what was changed is refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley_demo.chain.errors import JournalError, RecordError
from parley_demo.chain.evm import Account
from parley_demo.chain.journal import (
    FORMAT,
    LINE_BYTES,
    Beginning,
    Journal,
    Known,
    Mined,
    Record,
    decode_record,
    encode_record,
)

NATURALS = st.integers(0, 2**256 - 1)
HASHES = st.binary(min_size=32, max_size=32)
ACCOUNTS = st.builds(
    Account, NATURALS, NATURALS, st.binary(max_size=100), st.dictionaries(NATURALS, NATURALS, max_size=3)
)
TEXTS = st.dictionaries(st.text(max_size=10), st.text(max_size=10), max_size=3)
BEGINNINGS = st.builds(
    Beginning, NATURALS, st.dictionaries(st.binary(min_size=20, max_size=20), ACCOUNTS, max_size=3)
)
MINED = st.builds(
    Mined,
    NATURALS,
    NATURALS,
    NATURALS,
    HASHES,
    HASHES,
    st.lists(st.binary(max_size=100), max_size=3).map(tuple),
)
LATER: st.SearchStrategy[Record] = MINED | st.builds(Known, TEXTS, TEXTS)

FIRST = Beginning(1, {bytes(20): Account(5)})
BLOCK = Mined(1, 2, 0, bytes(32), b"\x01" * 32, (b"\x02\x03",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def written(path: Path, *records: Record) -> bytes:
    """A closed journal of some records; its bytes."""
    path.unlink(missing_ok=True)
    Journal.create(path, [FIRST, *records]).close()
    return path.read_bytes()


def read(path: Path) -> list[Record]:
    """What a journal holds."""
    journal, records, _ = Journal.open(path)
    journal.close()
    return records


@given(BEGINNINGS | LATER)
def test_a_record_comes_back(record: Record) -> None:
    assert decode_record(encode_record(record)) == record


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_other_bytes_are_no_record(data: bytes) -> None:
    with pytest.raises(RecordError):
        decode_record(data)


@pytest.mark.parametrize(
    "data",
    [
        b'{"people":{},"contracts":{}}',
        b'{"contracts":{},"people":{}} ',
        b'{"contracts":{},"people":{"a":1}}',
        b'{"contracts":{},"people":[]}',
        b'{"contracts":{},"people":{},"people":{}}',
        b'{"contracts":{},"other":1,"people":{}}',
        b'{"accounts":{},"format":1,"time":-1}',
        b'{"accounts":{},"format":1,"time":1.0}',
        b'{"accounts":{},"format":1,"time":true}',
        b'{"accounts":{"00":{"balance":"0","code":"","nonce":0,"storage":{}}},"format":1,"time":1}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        encode_record(BLOCK).replace(b"0203", b"02 03"),
        encode_record(BLOCK).replace(b"01" * 32, b"01" * 31),
        encode_record(FIRST).replace(b'"5"', b'"-5"'),
    ],
)
def test_another_spelling_is_no_record(data: bytes) -> None:
    with pytest.raises(RecordError):
        decode_record(data)


def test_a_later_format_is_refused_by_its_number() -> None:
    later = encode_record(FIRST).replace(b'"format":%d' % FORMAT, b'"format":9')
    with pytest.raises(RecordError, match="it has the format 9, and this program knows 1"):
        decode_record(later)


@given(records=st.lists(LATER, max_size=4), appended=st.lists(LATER, max_size=4))
def test_what_was_appended_comes_back(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record], appended: list[Record]
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal"
    written(path, *records)
    journal, _, cut = Journal.open(path)
    for each in appended:
        journal.append(each)
    journal.close()

    assert cut == 0
    assert read(path) == [FIRST, *records, *appended]


@given(records=st.lists(LATER, min_size=1, max_size=3), data=st.data())
def test_a_torn_last_record_is_cut_off(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record], data: st.DataObject
) -> None:
    """Whatever a kill leaves of the last line, up to all of it but its end."""
    path = tmp_path_factory.mktemp("journal") / "journal"
    whole = written(path, *records)
    before = written(path, *records[:-1])
    length = data.draw(st.integers(len(before), len(whole) - 1))
    path.write_bytes(whole[:length])

    journal, found, cut = Journal.open(path)
    assert (found, cut) == ([FIRST, *records[:-1]], length - len(before))
    journal.append(records[-1])
    journal.close()
    assert path.read_bytes() == whole, "and it goes on as if nothing had been"


def test_what_a_power_cut_leaves_is_cut_off(path: Path) -> None:
    """The length reached the disk, and the bytes did not."""
    whole = written(path, BLOCK)
    path.write_bytes(whole + bytes(300))
    assert read(path) == [FIRST, BLOCK]
    assert path.read_bytes() == whole


@given(records=st.lists(LATER, min_size=1, max_size=3), data=st.data())
def test_a_changed_byte_is_refused_or_costs_only_the_last_record(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal"
    whole = written(path, *records)
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(changed)

    if place == len(whole) - 1:
        assert read(path) == [FIRST, *records[:-1]], "without its end a line looks torn"
    else:
        with pytest.raises(JournalError):
            read(path)
        assert path.read_bytes() == changed, "a refused journal is left as it is"


def test_records_cannot_be_left_out_or_moved(path: Path) -> None:
    other = Mined(2, 3, 0, bytes(32), bytes(32), ())
    lines = written(path, BLOCK, other).splitlines(keepends=True)
    for changed in ([lines[0], lines[2]], [lines[0], lines[2], lines[1]], [lines[0], lines[1], lines[1]]):
        path.write_bytes(b"".join(changed))
        with pytest.raises(JournalError, match=r"record [23] is damaged or was changed"):
            read(path)


@pytest.mark.parametrize("content", [b"", b"\n", b"hello\n", b"hello", b"0" * 64 + b" {}\n"])
def test_another_file_is_no_journal(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(JournalError, match=r"^The journal .* cannot be used: .*[^.]\.$"):
        read(path)
    assert path.read_bytes() == content


def test_a_line_is_bounded(path: Path) -> None:
    written(path)
    journal, _, _ = Journal.open(path)
    with pytest.raises(JournalError, match="it is full"):
        journal.append(Mined(1, 2, 0, bytes(32), bytes(32), (bytes(LINE_BYTES // 2),)))
    journal.append(BLOCK)
    journal.close()
    assert read(path) == [FIRST, BLOCK]
    path.write_bytes(path.read_bytes() + b"0" * (LINE_BYTES + 5) + b"\n")
    with pytest.raises(JournalError, match="record 3 is damaged"):
        read(path)


def test_only_its_owner_reads_it(path: Path) -> None:
    written(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    read(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600, "and again when somebody changed that"


def test_two_chains_cannot_have_it(path: Path) -> None:
    written(path)
    journal, _, _ = Journal.open(path)
    with pytest.raises(JournalError, match="another chain is running with it"):
        Journal.open(path)
    with pytest.raises(JournalError, match="another chain is running with it"):
        Journal.create(path, [FIRST])
    journal.close()
    assert read(path) == [FIRST]


def test_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("words")
    path.symlink_to(precious)
    for attempt in (lambda: Journal.open(path), lambda: Journal.create(path, [FIRST])):
        with pytest.raises(JournalError):
            attempt()
    assert precious.read_text() == "words"


def test_a_journal_that_cannot_be_begun_leaves_the_old_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = written(path, BLOCK)

    def full(*_arguments: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(JournalError, match=r"cannot be used: No space left on device\.$"):
        Journal.create(path, [FIRST])
    monkeypatch.undo()
    assert path.read_bytes() == before


def test_a_failed_append_leaves_no_trace(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a line got to the disk before it was full; the next record takes its place."""
    written(path)
    journal, _, _ = Journal.open(path)
    real = os.pwrite

    def half(descriptor: int, data: bytes, offset: int) -> int:
        real(descriptor, data[: len(data) // 2], offset)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", half)
    with pytest.raises(JournalError):
        journal.append(Known({"a": "b" * 1000}, {}))
    monkeypatch.undo()
    journal.append(BLOCK)
    journal.close()
    assert read(path) == [FIRST, BLOCK]
