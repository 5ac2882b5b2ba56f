"""What a person is warned of before they sign: pure, over facts that were looked up before.

Warnings are read from the calls and from what the chain says of them, never from what somebody wrote beside them.
Each kind has tests of both ways in tests/messenger/money/test_warnings.py. The table of attacks and guards is in the
README of chain.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median_low
from typing import Any

from parley.chain.api import CallKind, SimulatedBy, Simulation, is_unlimited, look_alike
from parley.messenger.money.model import ShownCall, Warned, WarningKind
from parley.messenger.money.said import disagreement

TYPED_APPROVAL = "approve"
TYPED_LOOK_ALIKE = "different"
"""What is typed to confirm: of an address that looks like a known one, that it is known to be another."""

USUAL_PAYMENTS = 3
"""After so many payments of an asset it can be said what is usual."""

UNUSUAL_TIMES = 10
"""A payment is unusual above so many times the median."""

_PLAIN = (CallKind.COIN, CallKind.TOKEN_TRANSFER, CallKind.APPROVE, CallKind.APPROVAL_FOR_ALL)
"""What these do is in their bytes, if the token is one; only a simulation shows what any other call moves."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when a payment is previewed, or a card shown.

    Attributes:
        chain_id: the calls' chain.
        read_chain_id: the chain that the person reads now.
        payer: who would pay; EIP-55.
        calls: decoded.
        known: addresses that the person deals with, and the names they know them by: contacts, saved ones, own ones.
        paid: addresses that were paid before.
        amounts: what was paid of each asset before, by the token's address (None: the coin).
        empty: those called addresses at which there is no contract; None where nobody was asked.
        simulation: None where nobody could be asked.
        simulated: whether it was tried; on a card nobody is asked.
        note: what the requester wrote.
    """

    chain_id: int
    read_chain_id: int
    payer: str
    calls: tuple[ShownCall, ...]
    known: Mapping[str, str] = field(default_factory=dict)
    paid: Collection[str] = ()
    amounts: Mapping[str | None, Sequence[int]] = field(default_factory=dict)
    empty: Collection[str] | None = None
    simulation: Simulation | None = None
    simulated: bool = True
    note: str = ""


def warnings(facts: Facts) -> tuple[Warned, ...]:
    """All that a person is to be warned of, what has to be typed first."""
    found = [*_whole(facts)]
    for index, call in enumerate(facts.calls):
        found += _one(facts, index, call)
    found += _hidden_approvals(facts, found)
    return tuple(sorted(_once(found), key=lambda each: not each.typed))


def typed_word(found: Sequence[Warned]) -> str | None:
    """The word that has to be typed to confirm in spite of these, or None."""
    kinds = {each.kind for each in found if each.typed}
    if not kinds:
        return None
    return TYPED_APPROVAL if kinds - {WarningKind.LOOK_ALIKE} else TYPED_LOOK_ALIKE


def recipients(calls: Sequence[ShownCall]) -> set[str]:
    """Everybody to whom calls give something, or the say over something; EIP-55."""
    found: set[str] = set()
    for each in calls:
        found |= {each.recipient} if each.recipient is not None else set()
        # Who is called with a value gets it, whatever the call is.
        found |= {each.to} if each.to is not None and each.value else set()
        found |= recipients(each.inner)
    return found


def called(calls: Sequence[ShownCall]) -> set[str]:
    """Every address whose code the calls are meant to run; EIP-55."""
    return {each.to for each in calls if each.to is not None and each.data}


def _whole(facts: Facts) -> Iterator[Warned]:
    """Warnings of all calls together."""
    if facts.chain_id != facts.read_chain_id:
        yield Warned(
            WarningKind.WRONG_CHAIN,
            None,
            {"chain_id": facts.chain_id, "expected": facts.read_chain_id},
        )
    simulation = facts.simulation
    if simulation is not None and not simulation.succeeds:
        yield Warned(WarningKind.WOULD_FAIL, simulation.failing, {"reason": simulation.reason or ""})
    unclear = any(each.kind not in _PLAIN for each in facts.calls)
    if facts.simulated and (simulation is None or (simulation.by is not SimulatedBy.SIMULATE_V1 and unclear)):
        yield Warned(WarningKind.NOT_SIMULATED, None, {"asked": simulation is not None})
    if (said := disagreement(facts.note, facts.calls)) is not None:
        yield Warned(WarningKind.TEXT_DISAGREES, None, {"said": said})


def _one(facts: Facts, index: int, call: ShownCall) -> Iterator[Warned]:
    """Warnings of one call and of those inside it."""
    yield from _recipient(facts, index, call)
    yield from _approval(index, call)
    yield from _asset(facts, index, call)
    if call.kind is CallKind.UNKNOWN:
        yield Warned(WarningKind.UNKNOWN_FUNCTION, index, {"address": call.to, "function": call.function})
    if call.kind is CallKind.CREATE:
        yield Warned(WarningKind.CREATES_CONTRACT, index, {"value": call.value})
    if call.data and call.to is not None and facts.empty is not None and call.to in facts.empty:
        yield Warned(WarningKind.NO_CODE, index, {"address": call.to})
    for each in call.inner:
        yield from _one(facts, index, each)


def _recipient(facts: Facts, index: int, call: ShownCall) -> Iterator[Warned]:
    for address in sorted(recipients((call,))):
        met = {*facts.known, *facts.paid}
        alike = look_alike(address, met)
        if alike is not None:
            named = {"address": address, "known": alike, "name": facts.known.get(alike, "")}
            yield Warned(WarningKind.LOOK_ALIKE, index, named, typed=True)
        if call.kind in (CallKind.COIN, CallKind.TOKEN_TRANSFER, CallKind.TOKEN_TRANSFER_FROM):
            own = address == facts.payer
            if address not in facts.paid and not own:
                yield Warned(
                    WarningKind.FIRST_PAYMENT,
                    index,
                    {"address": address, "name": facts.known.get(address, "")},
                )
            if _is_token(facts, call, address):
                yield Warned(WarningKind.TO_TOKEN, index, {"address": address})


def _is_token(facts: Facts, call: ShownCall, address: str) -> bool:
    tokens = {each.asset.token for each in facts.calls if each.asset is not None}
    tokens |= {token for token in facts.amounts if token is not None}
    return call.kind is not CallKind.COIN and address in tokens


def _approval(index: int, call: ShownCall) -> Iterator[Warned]:
    token = call.asset.token if call.asset is not None else call.to
    facts: dict[str, Any] = {"token": token, "address": call.recipient, "asset": call.asset}
    if call.kind is CallKind.APPROVAL_FOR_ALL:
        # Taking the say away again gives nobody anything.
        if call.unlimited:
            yield Warned(WarningKind.APPROVAL_FOR_ALL, index, facts, typed=True)
    elif call.kind is CallKind.PERMIT:
        if call.unlimited or call.amount:
            yield Warned(
                WarningKind.PERMIT, index, {**facts, "amount": call.amount, "owner": call.owner}, typed=True
            )
    elif call.kind is CallKind.APPROVE:
        if call.unlimited:
            yield Warned(WarningKind.UNLIMITED_APPROVAL, index, facts, typed=True)
        elif call.amount:
            yield Warned(WarningKind.APPROVAL, index, {**facts, "amount": call.amount}, typed=True)


def _asset(facts: Facts, index: int, call: ShownCall) -> Iterator[Warned]:
    asset = call.asset
    if asset is None:
        return
    if asset.token is not None and not asset.listed and call.kind is not CallKind.PIECE_TRANSFER:
        yield Warned(
            WarningKind.UNLISTED_TOKEN,
            index,
            {"asset": asset, "token": asset.token, "symbol": asset.symbol, "imitates": asset.imitates},
        )
    moves = call.kind in (CallKind.COIN, CallKind.TOKEN_TRANSFER)
    before = facts.amounts.get(asset.token, ())
    if moves and call.amount is not None and len(before) >= USUAL_PAYMENTS:
        usual = median_low(before)
        if call.amount > UNUSUAL_TIMES * usual:
            yield Warned(
                WarningKind.UNUSUAL_VALUE, index, {"asset": asset, "amount": call.amount, "usual": usual}
            )


def _hidden_approvals(facts: Facts, found: Sequence[Warned]) -> Iterator[Warned]:
    """Approvals that a simulation saw and that no call shows: an unknown function can give everything away."""
    if facts.simulation is None:
        return
    shown = {
        (each.facts.get("token"), each.facts.get("address"))
        for each in found
        if each.kind
        in (
            WarningKind.APPROVAL,
            WarningKind.UNLIMITED_APPROVAL,
            WarningKind.APPROVAL_FOR_ALL,
            WarningKind.PERMIT,
        )
    }
    for each in facts.simulation.allowances:
        if each.owner != facts.payer or (each.token, each.spender) in shown or each.amount == 0:
            continue
        hidden: dict[str, Any] = {"token": each.token, "address": each.spender, "asset": None, "hidden": True}
        if each.amount is None or is_unlimited(each.amount):
            yield Warned(WarningKind.UNLIMITED_APPROVAL, None, hidden, typed=True)
        else:
            yield Warned(WarningKind.APPROVAL, None, {**hidden, "amount": each.amount}, typed=True)


def _once(found: Sequence[Warned]) -> list[Warned]:
    kept: list[Warned] = []
    for each in found:
        if each not in kept:
            kept.append(each)
    return kept
