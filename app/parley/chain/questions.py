"""Questions about money, checked before anybody is asked. A ValueError is a bug of the caller."""

from __future__ import annotations

from collections.abc import Sequence

from parley.chain.account import checksummed
from parley.chain.functions import DATA_BYTES
from parley.chain.money import Call
from parley.chain.signed import SignedTransaction, read_signed

CALLS = 16
TOKENS = 50


def checked_calls(calls: Sequence[Call]) -> tuple[Call, ...]:
    """1 to 16 calls with addresses in EIP-55 spelling. Raises ValueError."""
    if not 1 <= len(calls) <= CALLS:
        raise ValueError(f"1 to {CALLS} calls")
    found = []
    for each in calls:
        if not 0 <= each.value < 2**256 or len(each.data) > DATA_BYTES:
            raise ValueError("a call out of bounds")
        found.append(Call(None if each.to is None else checksummed(each.to), each.value, each.data))
    return tuple(found)


def checked_tokens(tokens: Sequence[str]) -> tuple[str, ...]:
    """At most 50 addresses in EIP-55 spelling. Raises ValueError."""
    if len(tokens) > TOKENS:
        raise ValueError(f"at most {TOKENS} tokens")
    return tuple(map(checksummed, tokens))


def checked_hash(transaction_hash: bytes) -> bytes:
    """A transaction's hash. Raises ValueError."""
    if len(transaction_hash) != 32:
        raise ValueError("a hash has 32 bytes")
    return transaction_hash


def checked_signed(raw: bytes, chain_id: int) -> SignedTransaction:
    """A transaction for this chain. Raises ValueError.

    What is signed for another chain is never shown to this one's nodes, who could hand it in there.
    """
    signed = read_signed(raw)
    if signed.chain_id != chain_id:
        raise ValueError("a transaction for another chain, or for every one")
    return signed
