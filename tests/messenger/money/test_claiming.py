"""What becomes of a claim by what a node says of its transaction: pure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parley.chain.api import Block, Evidence, Inclusion, Nonces, Settlement, Stage, Verdict
from parley.chat.payments.model import ClaimRow, RequestedCall, RequestState, TransactionRequest
from parley.messenger.money.claiming import TOO_EARLY, Said, claimed, is_claim_open
from parley.messenger.money.following import FINAL_AFTER, LOOKED_FOR_MS, PATIENCE_MS
from parley.messenger.money.stored import taken_from

NOW_MS = 1_790_000_000_000
ALICE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
BOB = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
HASH = bytes(32)
CALLS = (RequestedCall(BOB, 5),)
ASKED = TransactionRequest(HASH, HASH, BOB, ALICE, 1, CALLS, NOW_MS, NOW_MS + 10**8)
CLAIM = ClaimRow(
    HASH, "a chat", HASH, 1, HASH, ALICE, CALLS, RequestState.CLAIMED, NOW_MS, NOW_MS, nonce=None
)
BLOCK = Block(7, HASH, NOW_MS)


def said(
    verdict: Verdict, stage: Stage = Stage.MINED, confirmations: int = 1, block: Block = BLOCK
) -> Settlement:
    """What a node says."""
    is_mined = stage is Stage.MINED
    seen = Inclusion(
        HASH,
        stage,
        nonce=None if stage is Stage.UNKNOWN else 4,
        succeeded=verdict is not Verdict.FAILED if is_mined else None,
        block=block if is_mined else None,
        confirmations=confirmations if is_mined else 0,
    )
    return Settlement(verdict, Evidence.FIELDS, seen, (0,) if verdict is Verdict.PAID else ())


def after(row: ClaimRow, settlement: Settlement, nonces: Nonces | None = None, later_ms: int = 0) -> ClaimRow:
    """The claim once that was said."""
    return claimed(row, Said(settlement, nonces), ASKED, (), NOW_MS + later_ms)


UNKNOWN = said(Verdict.UNKNOWN, Stage.UNKNOWN)
PENDING = said(Verdict.PENDING, Stage.PENDING)


def test_it_settles_by_its_confirmations() -> None:
    """On mainnet twelve; each step forward keeps what shows it."""
    first = after(CLAIM, said(Verdict.PAID))
    assert (first.state, first.positions, first.evidence, first.nonce) == (
        RequestState.CONFIRMING,
        (0,),
        "fields",
        4,
    )
    assert after(first, said(Verdict.PAID, confirmations=11)).state is RequestState.CONFIRMING
    settled = after(first, said(Verdict.PAID, confirmations=12), later_ms=5)
    assert (settled.state, settled.confirmations, settled.changed_at_ms) == (
        RequestState.SETTLED,
        12,
        NOW_MS + 5,
    )
    assert after(settled, said(Verdict.PAID, confirmations=13)).changed_at_ms == NOW_MS + 5


def test_a_reorganisation_frees_its_place() -> None:
    """What is in no block pays nothing, and another claim may have it."""
    settled = after(CLAIM, said(Verdict.PAID, confirmations=12))
    for settlement in (UNKNOWN, PENDING):
        back = after(settled, settlement, Nonces(4, 4))
        assert (back.state, back.positions, back.confirmations, back.evidence) == (
            RequestState.PENDING,
            (),
            0,
            "",
        )
        assert after(back, said(Verdict.PAID, confirmations=12)).state is RequestState.SETTLED


def test_what_no_node_knows() -> None:
    """A word alone for a while, then gone; replaced, where its nonce is used."""
    assert after(CLAIM, UNKNOWN) == CLAIM
    assert after(CLAIM, UNKNOWN, later_ms=PATIENCE_MS).state is RequestState.DROPPED
    pending = after(CLAIM, PENDING)
    assert after(pending, UNKNOWN, Nonces(4, 4), PATIENCE_MS - 1).state is RequestState.PENDING
    assert after(pending, UNKNOWN, Nonces(4, 4), PATIENCE_MS).state is RequestState.DROPPED
    assert after(pending, UNKNOWN, Nonces(5, 5)).state is RequestState.REPLACED
    dropped = after(CLAIM, UNKNOWN, later_ms=PATIENCE_MS)
    assert after(dropped, UNKNOWN).state is RequestState.DROPPED
    assert after(dropped, said(Verdict.PAID)).state is RequestState.CONFIRMING


@pytest.mark.parametrize(
    ("settlement", "state"),
    [
        (said(Verdict.FAILED), RequestState.FAILED),
        (said(Verdict.DIFFERS), RequestState.FAILED),
        (said(Verdict.DIFFERS, Stage.PENDING), RequestState.FAILED),
        (said(Verdict.UNPROVABLE), RequestState.UNPROVABLE),
        (said(Verdict.PAID, block=replace(BLOCK, time_ms=NOW_MS - 120_001)), RequestState.FAILED),
        (said(Verdict.PAID, block=replace(BLOCK, time_ms=NOW_MS - 120_000)), RequestState.CONFIRMING),
    ],
)
def test_what_does_not_pay_takes_no_place(settlement: Settlement, state: RequestState) -> None:
    """Whatever a node says of it but that it is the payment."""
    found = after(CLAIM, settlement)
    assert found.state is state
    assert bool(found.positions) is (state is RequestState.CONFIRMING)


def test_a_payment_that_nobody_asked_for_is_of_any_time() -> None:
    """Its card says when it was."""
    early = said(Verdict.PAID, block=replace(BLOCK, time_ms=1))
    plain = replace(CLAIM, request_id=None)
    found = claimed(plain, Said(early), None, (), NOW_MS)
    assert (found.state, found.block_time_ms) == (RequestState.CONFIRMING, 1)
    assert after(CLAIM, early).detail == TOO_EARLY


def test_a_place_that_was_taken_meanwhile_changes_nothing() -> None:
    """The next look knows of it."""
    assert claimed(CLAIM, Said(said(Verdict.PAID)), ASKED, (0,), NOW_MS) is CLAIM


def test_whose_places_are_taken() -> None:
    """Other claims' of the same account: a bundle counts each account's calls from 0."""
    paid = replace(CLAIM, message_id=b"1" * 32, positions=(0, 1))
    assert taken_from(CLAIM, (paid, CLAIM)) == {0, 1}
    assert taken_from(paid, (paid, CLAIM)) == frozenset()
    assert taken_from(CLAIM, (replace(paid, sender=BOB),)) == frozenset()


def test_how_long_it_is_looked_at() -> None:
    """Until no reorganisation is as deep; a word alone for a day."""
    assert is_claim_open(CLAIM, NOW_MS + LOOKED_FOR_MS - 1)
    assert not is_claim_open(CLAIM, NOW_MS + LOOKED_FOR_MS)
    pending = after(CLAIM, PENDING)
    assert is_claim_open(pending, NOW_MS + LOOKED_FOR_MS)
    assert is_claim_open(after(CLAIM, said(Verdict.PAID, confirmations=FINAL_AFTER - 1)), NOW_MS)
    assert not is_claim_open(after(CLAIM, said(Verdict.PAID, confirmations=FINAL_AFTER)), NOW_MS)
