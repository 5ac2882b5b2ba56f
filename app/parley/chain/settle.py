"""Whether a transaction is the payment that somebody says it is. Pure: judged from what the chain was asked.

A plain transaction shows it by its own fields, which its hash fixes. A batch, a contract account or a transaction
that somebody else hands in shows it by a trace of the calls that the account makes in it. Without a trace, a token
transfer shows by its logs; what neither shows is said to be unprovable, and never paid.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeVar

from parley.chain.decode import CallKind, decode_call
from parley.chain.effects import Log, movements_of
from parley.chain.money import (
    LOG_POSITION,
    Call,
    Evidence,
    Inclusion,
    Movement,
    Settlement,
    Stage,
    Verdict,
)

T = TypeVar("T")


def shown_by_fields(inclusion: Inclusion, sender: str, calls: Sequence[Call]) -> bool:
    """Whether the transaction is the one call itself."""
    return inclusion.sender == sender and len(calls) == 1 and inclusion.call == calls[0]


def is_plain(inclusion: Inclusion, sender: str) -> bool:
    """Whether the account sends it to another: then it makes that one call, unless that other makes it make more."""
    return inclusion.sender == sender and inclusion.call is not None and inclusion.call.to != sender


def judge(
    inclusion: Inclusion,
    sender: str,
    calls: Sequence[Call],
    taken: Collection[int],
    *,
    made: Sequence[Call] | None,
    logs: Sequence[Log],
) -> Settlement:
    """The verdict on a claim.

    Args:
        sender: EIP-55, as in the calls.
        made: the calls the account makes in it by its trace, in their order; None if the node traces nothing.
        logs: those of its receipt.
    """
    if inclusion.stage is Stage.UNKNOWN:
        return Settlement(Verdict.UNKNOWN, Evidence.NONE, inclusion)
    fits = shown_by_fields(inclusion, sender, calls)
    if inclusion.stage is Stage.PENDING:
        # A plain one that is another payment will never be this one; anything else has to be mined to show.
        differs = not fits and is_plain(inclusion, sender)
        evidence = Evidence.FIELDS if fits or differs else Evidence.NONE
        return Settlement(Verdict.DIFFERS if differs else Verdict.PENDING, evidence, inclusion)
    if not inclusion.succeeded:
        evidence = Evidence.FIELDS if fits else Evidence.NONE
        return Settlement(Verdict.FAILED, evidence, inclusion)
    by_logs, by_trace = (
        any(each >= LOG_POSITION for each in taken),
        any(each < LOG_POSITION for each in taken),
    )
    if fits:
        # The transaction is the account's first call in it.
        return _verdict(Evidence.FIELDS, inclusion, None if by_logs or 0 in taken else (0,))
    if made is not None and not by_logs:
        places = _in_order(calls, made, taken)
        return _verdict(Evidence.TRACE, inclusion, places)
    wanted = [_transfer(sender, each) for each in calls]
    if all(each is not None for each in wanted) and not by_trace:
        moved = [found[0] if len(found := movements_of(log)) == 1 else None for log in logs]
        places = _in_order(wanted, moved, [each - LOG_POSITION for each in taken])
        if places is not None or not is_plain(inclusion, sender):
            return _verdict(
                Evidence.LOGS, inclusion, places and tuple(place + LOG_POSITION for place in places)
            )
    if is_plain(inclusion, sender):
        return Settlement(Verdict.DIFFERS, Evidence.FIELDS, inclusion)
    return Settlement(Verdict.UNPROVABLE, Evidence.NONE, inclusion)


def _verdict(evidence: Evidence, inclusion: Inclusion, places: tuple[int, ...] | None) -> Settlement:
    if places is None:
        return Settlement(Verdict.DIFFERS, evidence, inclusion)
    return Settlement(Verdict.PAID, evidence, inclusion, places)


def _in_order(wanted: Sequence[T], found: Sequence[T], taken: Collection[int]) -> tuple[int, ...] | None:
    """The first free place of each that is wanted, one after the other; None if one is missing."""
    places: list[int] = []
    for each in wanted:
        after = places[-1] + 1 if places else 0
        place = next((at for at in range(after, len(found)) if at not in taken and found[at] == each), None)
        if place is None:
            return None
        places.append(place)
    return tuple(places)


def _transfer(sender: str, call: Call) -> Movement | None:
    """What a plain token transfer moves; None for every other call, whose effect no log tells."""
    decoded = decode_call(call)
    if decoded.kind is not CallKind.TOKEN_TRANSFER or call.value:
        return None
    if decoded.recipient is None or decoded.amount is None:
        return None
    return Movement(decoded.token, sender, decoded.recipient, decoded.amount)
