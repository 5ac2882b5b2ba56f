"""The journal: a file that a chain comes back from. Nothing is answered before its record is kept.

Each record is a line: the SHA-256 (hex) of everything before it and of itself, a space, and JSON. A line that was
cut short by the end of the process is told from one that was changed: the first is cut off, the second is refused.
The file holds signed transactions and no secret, and is for its owner's eyes alone all the same (0600).
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parley_demo.chain.errors import JournalError, RecordError
from parley_demo.chain.evm import Account

FORMAT = 1
LINE_BYTES = 2 * 1024 * 1024
"""More than a block of `pool.BLOCK_BYTES` needs in hex."""

FILE_BYTES = 1024**3
DEPTH = 100
_DEPTHS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(set(range(256)) - _DEPTHS.keys())
_DIGITS = 64


@dataclass(frozen=True, slots=True)
class Beginning:
    """The first record: what is in the first block."""

    time: int
    accounts: Mapping[bytes, Account]


@dataclass(frozen=True, slots=True)
class Mined:
    """A block that is held. Its number may leave room for empty ones after the record before."""

    number: int
    time: int
    step: int
    parent: bytes
    hash: bytes
    transactions: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """Who and what has been set up so far, by name; the newest record of this kind counts."""

    people: Mapping[str, str]
    contracts: Mapping[str, str]


Record = Beginning | Mined | Known


def encode_record(record: Record) -> bytes:
    """The JSON of a record, in its one spelling."""
    content: dict[str, Any]
    match record:
        case Beginning(time, accounts):
            content = {
                "format": FORMAT,
                "time": time,
                "accounts": {raw.hex(): _account(each) for raw, each in accounts.items()},
            }
        case Mined():
            content = {
                "block": record.number,
                "time": record.time,
                "step": record.step,
                "parent": record.parent.hex(),
                "hash": record.hash.hex(),
                "transactions": [each.hex() for each in record.transactions],
            }
        case Known(people, contracts):
            content = {"people": dict(people), "contracts": dict(contracts)}
    return json.dumps(content, separators=(",", ":"), sort_keys=True).encode()


def decode_record(data: bytes) -> Record:
    """The record of some JSON. Raises RecordError unless it is exactly what `encode_record` writes."""
    # py-evm raises the interpreter's recursion limit, so a deep text would end the process inside json.
    brackets = itertools.accumulate(_DEPTHS[each] for each in data.translate(None, _NO_BRACKETS))
    if max(brackets, default=0) > DEPTH:
        raise RecordError("a record is not readable")
    try:
        content = json.loads(data)
        record = _record(content)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise RecordError(f"a record is not readable ({type(error).__name__})") from None
    if encode_record(record) != data:
        raise RecordError("a record is not in its one spelling")
    return record


class Journal:
    """An open journal; nobody else has it. `append` returns when the record is on the disk."""

    def __init__(self, path: Path, descriptor: int, digest: bytes, length: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._digest = digest
        self._length = length

    @classmethod
    def create(cls, path: Path, records: Iterable[Record]) -> Journal:
        """Begin a journal with some records, in place of one that may be there.

        The old one stays as it is until the new one is whole. Raises JournalError.
        """
        partial = path.with_name(path.name + ".new")
        with _about(path):
            # Held before it is replaced, so that no running chain loses its file.
            held = _open_locked(path) if path.exists() else None
            try:
                partial.unlink(missing_ok=True)
                journal = cls(path, _open_locked(partial), bytes(32), 0)
                for each in records:
                    journal._write(each)
                os.fsync(journal._descriptor)
                partial.replace(path)
                _fsync_folder(path.parent)
            finally:
                if held is not None:
                    os.close(held)
        return journal

    @classmethod
    def open(cls, path: Path) -> tuple[Journal, list[Record], int]:
        """Open a journal: its records, and how many bytes of an unfinished one were cut off its end.

        Raises:
            JournalError: it is damaged, in use, or cannot be read; its content is as it was.
        """
        with _about(path):
            descriptor = _open_locked(path)
            try:
                os.fchmod(descriptor, 0o600)
                records, digest, length = _read(descriptor)
                cut = os.fstat(descriptor).st_size - length
                if cut:
                    os.ftruncate(descriptor, length)
                    os.fsync(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
        return cls(path, descriptor, digest, length), records, cut

    def append(self, record: Record) -> None:
        """Keep a record. Raises JournalError if it could not be; the journal then goes on as before."""
        before = self._digest, self._length
        with _about(self.path):
            try:
                self._write(record)
                # Guarded by test_a_transaction_is_kept_before_it_is_answered.
                os.fsync(self._descriptor)
            except BaseException:
                self._digest, self._length = before
                raise

    def close(self) -> None:
        """Let another chain have it."""
        os.close(self._descriptor)

    def _write(self, record: Record) -> None:
        data = encode_record(record)
        digest = hashlib.sha256(self._digest + data).digest()
        line = digest.hex().encode() + b" " + data + b"\n"
        if len(line) > LINE_BYTES or self._length + len(line) > FILE_BYTES:
            raise RecordError("it is full")
        # What an earlier attempt may have left, on a disk that was full.
        os.ftruncate(self._descriptor, self._length)
        written = 0
        while written < len(line):
            written += os.pwrite(self._descriptor, line[written:], self._length + written)
        self._digest = digest
        self._length += len(line)


def _read(descriptor: int) -> tuple[list[Record], bytes, int]:
    """The records, the digest of the last one, and where it ends."""
    records: list[Record] = []
    digest = bytes(32)
    length = 0
    with os.fdopen(os.dup(descriptor), "rb") as file:
        if os.fstat(descriptor).st_size > FILE_BYTES:
            raise RecordError("it is too long")
        while line := file.readline(LINE_BYTES + 1):
            if not line.endswith(b"\n") and not file.read(1):
                # What a process leaves that was killed while it wrote. It was never answered for.
                break
            data = line[_DIGITS + 1 : -1]
            digest = hashlib.sha256(digest + data).digest()
            if line != digest.hex().encode() + b" " + data + b"\n":
                raise RecordError(f"record {len(records) + 1} is damaged or was changed")
            records.append(decode_record(data))
            if isinstance(records[-1], Beginning) != (len(records) == 1):
                raise RecordError("it does not begin where it should")
            length += len(line)
    if not records:
        raise RecordError("it has no beginning")
    return records, digest, length


def _record(content: dict[str, Any]) -> Record:
    if "format" in content:
        if content["format"] != FORMAT:
            raise RecordError(f"it has the format {content['format']!r}, and this program knows {FORMAT}")
        accounts = {
            _sized(raw, 20): Account(
                _natural(int(each["balance"])),
                _natural(each["nonce"]),
                bytes.fromhex(each["code"]),
                {
                    _natural(int(slot, 16)): _natural(int(each["storage"][slot], 16))
                    for slot in each["storage"]
                },
            )
            for raw, each in content["accounts"].items()
        }
        return Beginning(_natural(content["time"]), accounts)
    if "block" in content:
        return Mined(
            _natural(content["block"]),
            _natural(content["time"]),
            _natural(content["step"]),
            _sized(content["parent"], 32),
            _sized(content["hash"], 32),
            tuple(bytes.fromhex(each) for each in content["transactions"]),
        )
    return Known(_texts(content["people"]), _texts(content["contracts"]))


def _account(account: Account) -> dict[str, Any]:
    return {
        "balance": str(account.balance),
        "nonce": account.nonce,
        "code": account.code.hex(),
        "storage": {f"{slot:x}": f"{value:x}" for slot, value in account.storage.items()},
    }


def _natural(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**256:
        raise ValueError("not a number from 0")
    return value


def _sized(text: str, length: int) -> bytes:
    data = bytes.fromhex(text)
    if len(data) != length:
        raise ValueError("of another length")
    return data


def _texts(value: Any) -> dict[str, str]:
    if not all(isinstance(text, str) for text in value.values()):
        raise ValueError("not texts")
    return dict(value)


def _open_locked(path: Path) -> int:
    """Open or create, for this process alone. Raises OSError, or RecordError if another one has it."""
    import fcntl  # Not on Windows, where Parley is untested.

    # No link is followed: what it points to would be cut and written to.
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise RecordError("another chain is running with it") from None
    return descriptor


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _about(path: Path) -> Iterator[None]:
    try:
        yield
    except RecordError as error:
        raise JournalError(path, str(error)) from None
    except OSError as error:
        raise JournalError(path, error.strerror or type(error).__name__) from error
