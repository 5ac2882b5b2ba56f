"""What a contract wants looked up outside the chain (ERC-3668), one thing or several at once (ENSIP-21): read, built.

A contract chooses every byte of it. It is read by hand with a bound for each part: ABI decoders follow offsets that
overlap, so that 64 KiB may unpack to gigabytes. Each function raises ValueError for what is out of bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parley.chain.account import checksummed

LOOKUP_BYTES = 64 * 1024
DATA_BYTES = 32 * 1024
URLS = 4
URL_CHARACTERS = 2048
REQUESTS = 4

BATCH_URL = "x-batch-gateway:true"
"""In place of a gateway for batches: whoever asks makes the requests themselves (ENSIP-21)."""

LOOKUP_SELECTOR = bytes.fromhex("556f1830")
"""Of OffchainLookup(address,string[],bytes,bytes4,bytes)."""

_QUERY_SELECTOR = bytes.fromhex("a780bab6")
_HTTP_ERROR_SELECTOR = bytes.fromhex("01800152")


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to look up: for which contract, at which of these gateways, and what. At most four gateways."""

    sender: str
    urls: tuple[str, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a contract wants, and what it wants to be called with then."""

    request: Request
    selector: bytes
    extra: bytes

    def callback(self, response: bytes) -> bytes:
        """The data of the call that brings an answer."""
        from eth_abi.abi import encode

        return self.selector + encode(["bytes", "bytes"], [response, self.extra])


def read_lookup(revert: bytes, called: str) -> Lookup:
    """What a contract that was called reverted with.

    Its sender must be that contract: one that is called inside could otherwise have its own answer taken for the
    other's. Guarded by tests/chain/test_lookup.py::test_a_lookup_of_another_contract.
    """
    if revert[:4] != LOOKUP_SELECTOR or len(revert) > LOOKUP_BYTES:
        raise ValueError("no lookup")
    fields = revert[4:]
    lookup = Lookup(
        Request(
            _address(fields, 0), _urls(fields, _place(fields, 0, 32)), _data(fields, _place(fields, 0, 64))
        ),
        fields[96:100],
        _data(fields, _place(fields, 0, 128), LOOKUP_BYTES),
    )
    if lookup.request.sender != checksummed(called):
        raise ValueError("another contract's lookup")
    return lookup


def read_batch(data: bytes) -> tuple[Request, ...]:
    """The requests of a batch: query((address,string[],bytes)[])."""
    if data[:4] != _QUERY_SELECTOR:
        raise ValueError("no batch")
    fields = data[4:]
    start = _place(fields, 0, 0)
    count = _number(fields, start)
    if count > REQUESTS:
        raise ValueError("too many requests")
    found = []
    for index in range(count):
        at = _place(fields, start + 32, 32 * index)
        urls, asked = _place(fields, at, 32), _place(fields, at, 64)
        found.append(Request(_address(fields, at), _urls(fields, urls), _data(fields, asked)))
    return tuple(found)


def build_batch(answers: Sequence[bytes | None]) -> bytes:
    """The answer of a batch: (bool[],bytes[]), with HttpError(uint16,string) in place of each that is missing."""
    from eth_abi.abi import encode

    failure = _HTTP_ERROR_SELECTOR + encode(["uint16", "string"], [0, ""])
    return encode(
        ["bool[]", "bytes[]"],
        [[each is None for each in answers], [failure if each is None else each for each in answers]],
    )


def _number(data: bytes, at: int) -> int:
    word = data[at : at + 32]
    if len(word) != 32:
        raise ValueError("cut off")
    return int.from_bytes(word)


def _place(data: bytes, start: int, at: int) -> int:
    """Where that is to which an offset leads."""
    place = start + _number(data, start + at)
    if place > len(data):
        raise ValueError("outside")
    return place


def _data(data: bytes, at: int, most: int = DATA_BYTES) -> bytes:
    length = _number(data, at)
    found = data[at + 32 : at + 32 + length] if length <= most else b""
    if len(found) != length:
        raise ValueError("cut off, or too long")
    return found


def _address(data: bytes, at: int) -> str:
    number = _number(data, at)
    if number >> 160:
        raise ValueError("no address")
    return checksummed(f"0x{number:040x}")


def _urls(data: bytes, at: int) -> tuple[str, ...]:
    count = _number(data, at)
    places = (_place(data, at + 32, 32 * index) for index in range(min(count, URLS)))
    # What is no address is skipped later as any that is not asked.
    return tuple(_data(data, place, URL_CHARACTERS).decode("utf-8", "replace") for place in places)
