"""Which calls an account makes in a transaction, by a node's trace (callTracer of debug_traceTransaction)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parley.chain.answers import address, data, fields, items, quantity
from parley.chain.errors import EndpointAnswerError
from parley.chain.money import Call, Inclusion
from parley.chain.node import ask

if TYPE_CHECKING:
    from web3 import Web3

FRAMES = 10_000
INPUT_BYTES = 512 * 1024


def read_calls_made(web3: Web3, inclusion: Inclusion, account: str) -> tuple[Call, ...] | None:
    """The calls of an account in a mined transaction, in their order; None if the node does not trace it.

    A trace is the node's word. It has to be of this transaction: its outermost call is the one that was signed.
    """
    try:
        answer = ask(web3, "debug_traceTransaction", "0x" + inclusion.hash.hex(), {"tracer": "callTracer"})
    except EndpointAnswerError:
        # Most nodes trace nothing, and a long or deep trace can be made on purpose: neither is an endpoint's fault.
        return None
    outermost = fields(answer)
    call = inclusion.call
    if (
        call is None
        or address(outermost["from"]) != inclusion.sender
        or (call.to and _call(outermost) != call)
    ):
        raise EndpointAnswerError("another transaction's trace")
    return calls_made(outermost, account)


def calls_made(outermost: dict[str, Any], account: str) -> tuple[Call, ...]:
    """The calls of an account in a trace. What was reverted, with all in it, was not made. Raises ValueError.

    Code that an account delegates to calls as the account. A delegated or static call pays nobody and does not count.
    """
    made: list[Call] = []
    waiting, seen = [outermost], 0
    while waiting:
        frame = waiting.pop()
        seen += 1
        if seen > FRAMES:
            raise ValueError("a long trace")
        if frame.get("error") is not None:
            continue
        if frame.get("type") == "CALL" and address(frame["from"]) == account:
            made.append(_call(frame))
        waiting += [fields(each) for each in reversed(items(frame.get("calls") or [], FRAMES))]
    return tuple(made)


def _call(frame: dict[str, Any]) -> Call:
    return Call(
        address(frame["to"]),
        quantity(frame.get("value") or "0x0"),
        data(frame.get("input") or "0x", INPUT_BYTES),
    )
