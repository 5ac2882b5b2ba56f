"""What contracts say that want something looked up outside the chain."""

from __future__ import annotations

from eth_abi.abi import encode

from parley.chain.lookup import LOOKUP_SELECTOR

SENDER = "0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB"
QUERY_SELECTOR = bytes.fromhex("a780bab6")
"""Of query((address,string[],bytes)[])."""

Requests = list[tuple[str, list[str], bytes]]


def revert(sender: str, urls: list[str], data: bytes = b"", extra: bytes = b"") -> bytes:
    types = ["address", "string[]", "bytes", "bytes4", "bytes"]
    return LOOKUP_SELECTOR + encode(types, [sender, urls, data, b"back", extra])


def query(requests: Requests) -> bytes:
    return QUERY_SELECTOR + encode(["(address,string[],bytes)[]"], [requests])
