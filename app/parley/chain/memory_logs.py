"""The logs that tokens of a `MemoryChain` write, as a node would give them."""

from __future__ import annotations

from parley.chain.effects import Log
from parley.chain.memory_ledger import Outcome


def logs_of(outcome: Outcome) -> tuple[Log, ...]:
    """One Transfer for each move of a token; the coin's moves leave no log."""
    from eth_utils.crypto import keccak

    event = keccak(text="Transfer(address,address,uint256)")
    return tuple(
        Log(each.token, (event, _topic(each.sender), _topic(each.recipient)), each.amount.to_bytes(32, "big"))
        for each in outcome.movements
        if each.token is not None
    )


def _topic(account: str) -> bytes:
    return bytes(12) + bytes.fromhex(account[2:])
