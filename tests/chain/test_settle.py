"""Whether a transaction is the payment that somebody says it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.chain.api import (
    LOG_POSITION,
    Block,
    Call,
    Evidence,
    Inclusion,
    Settlement,
    Stage,
    Verdict,
    checksummed,
    encode_transfer,
)
from parley.chain.effects import Log
from parley.chain.memory_ledger import Outcome
from parley.chain.memory_logs import logs_of
from parley.chain.money import Movement
from parley.chain.settle import judge

ALICE, BOB, BUNDLER, ENTRY = (checksummed("0x" + digit * 40) for digit in "1234")
TOKEN = "0xF2E246BB76DF876Cef8b38ae84130F4F55De395b"
OTHER_TOKEN = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
COIN = Call(BOB, 9)
PAY = encode_transfer(TOKEN, BOB, 25)
BATCH = Call(ENTRY, 0, b"a batch")
BLOCK = Block(5, bytes(32), 1_700_000_000_000)


def mined(sender: str, call: Call, *, succeeded: bool = True) -> Inclusion:
    return Inclusion(b"\x07" * 32, Stage.MINED, sender, 0, call, succeeded, BLOCK, 3, 21_000)


def logs(*movements: Movement) -> tuple[Log, ...]:
    return logs_of(Outcome(0, movements=movements))


MOVED = Movement(TOKEN, ALICE, BOB, 25)


def facts(found: Settlement) -> tuple[Verdict, Evidence, tuple[int, ...]]:
    return found.verdict, found.evidence, found.positions


def test_a_plain_payment() -> None:
    found = judge(mined(ALICE, COIN), ALICE, [COIN], (), made=None, logs=())

    assert facts(found) == (Verdict.PAID, Evidence.FIELDS, (0,))


@pytest.mark.parametrize(
    "call", [replace(COIN, to=ALICE), replace(COIN, value=8), replace(COIN, data=b"x"), PAY]
)
def test_another_plain_payment(call: Call) -> None:
    found = judge(mined(ALICE, COIN), ALICE, [call], (), made=None, logs=())

    assert found.verdict is Verdict.DIFFERS


def test_the_same_payment_of_somebody_else() -> None:
    traced = judge(mined(BOB, COIN), ALICE, [COIN], (), made=(), logs=())
    untraced = judge(mined(BOB, COIN), ALICE, [COIN], (), made=None, logs=())

    assert (traced.verdict, untraced.verdict) == (Verdict.DIFFERS, Verdict.UNPROVABLE)


def test_a_payment_that_failed() -> None:
    found = judge(mined(ALICE, COIN, succeeded=False), ALICE, [COIN], (), made=None, logs=())

    assert facts(found) == (Verdict.FAILED, Evidence.FIELDS, ())


def test_a_batch_by_its_trace() -> None:
    """What the account pays besides, for the transaction itself, does no harm."""
    made = [Call(ENTRY, 3), COIN, PAY]
    found = judge(mined(BUNDLER, BATCH), ALICE, [COIN, PAY], (), made=made, logs=())

    assert facts(found) == (Verdict.PAID, Evidence.TRACE, (1, 2))


@pytest.mark.parametrize("made", [[], [COIN], [PAY, COIN], [COIN, replace(PAY, value=1)]])
def test_a_batch_that_lacks_a_call(made: list[Call]) -> None:
    """What its logs say changes nothing: the trace says more."""
    found = judge(mined(BUNDLER, BATCH), ALICE, [COIN, PAY], (), made=made, logs=logs(MOVED))

    assert facts(found) == (Verdict.DIFFERS, Evidence.TRACE, ())


def test_a_token_payment_by_its_logs() -> None:
    found = judge(
        mined(BUNDLER, BATCH),
        ALICE,
        [PAY],
        (),
        made=None,
        logs=logs(Movement(OTHER_TOKEN, ALICE, BOB, 25), MOVED),
    )

    assert facts(found) == (Verdict.PAID, Evidence.LOGS, (LOG_POSITION + 1,))


@pytest.mark.parametrize(
    "moved",
    [
        Movement(OTHER_TOKEN, ALICE, BOB, 25),
        Movement(TOKEN, BUNDLER, BOB, 25),
        Movement(TOKEN, ALICE, BUNDLER, 25),
        Movement(TOKEN, ALICE, BOB, 24),
    ],
)
def test_logs_of_something_else(moved: Movement) -> None:
    found = judge(mined(BUNDLER, BATCH), ALICE, [PAY], (), made=None, logs=logs(moved))

    assert facts(found) == (Verdict.DIFFERS, Evidence.LOGS, ())


def test_a_piece_of_a_collection_is_no_amount() -> None:
    """An ERC-721 logs under the same name, with the number of a piece where an amount would be looked for."""
    (log,) = logs(MOVED)
    piece = replace(log, topics=(*log.topics, (25).to_bytes(32, "big")), data=b"")
    found = judge(mined(BUNDLER, BATCH), ALICE, [PAY], (), made=None, logs=[piece])

    assert found.verdict is Verdict.DIFFERS


@pytest.mark.parametrize("call", [COIN, replace(PAY, value=1), Call(TOKEN, 0, b"\x01\x02\x03\x04")])
def test_what_no_log_shows_is_unprovable(call: Call) -> None:
    found = judge(mined(BUNDLER, BATCH), ALICE, [call], (), made=None, logs=logs(MOVED))

    assert facts(found) == (Verdict.UNPROVABLE, Evidence.NONE, ())


def test_an_account_that_calls_itself_is_a_batch() -> None:
    """An EIP-7702 account sends to itself; its own fields show nothing."""
    inclusion = mined(ALICE, Call(ALICE, 0, b"a batch"))

    assert judge(inclusion, ALICE, [COIN], (), made=None, logs=()).verdict is Verdict.UNPROVABLE
    assert judge(inclusion, ALICE, [COIN], (), made=[Call(ALICE), COIN], logs=()).positions == (1,)


def test_one_payment_settles_one_request() -> None:
    by_fields = judge(mined(ALICE, COIN), ALICE, [COIN], (0,), made=None, logs=())
    twice = judge(mined(BUNDLER, BATCH), ALICE, [COIN], (0,), made=[COIN, COIN], logs=())
    both = judge(mined(BUNDLER, BATCH), ALICE, [COIN], (0, 1), made=[COIN, COIN], logs=())
    shared = judge(mined(BUNDLER, BATCH), ALICE, [PAY], (1,), made=[COIN, PAY], logs=())
    by_logs = judge(mined(BUNDLER, BATCH), ALICE, [PAY], (LOG_POSITION,), made=None, logs=logs(MOVED))

    assert facts(twice) == (Verdict.PAID, Evidence.TRACE, (1,))
    assert {each.verdict for each in (by_fields, both, shared, by_logs)} == {Verdict.DIFFERS}


def test_two_kinds_of_evidence_do_not_count_one_payment_twice() -> None:
    """A node that traces and one that does not name the same move in two ways."""
    traced = judge(mined(BUNDLER, BATCH), ALICE, [PAY], (LOG_POSITION,), made=[PAY], logs=logs(MOVED))
    logged = judge(mined(BUNDLER, BATCH), ALICE, [PAY], (0,), made=None, logs=logs(MOVED))
    plain = judge(mined(ALICE, PAY), ALICE, [PAY], (LOG_POSITION,), made=None, logs=logs(MOVED))

    assert (traced.verdict, logged.verdict, plain.verdict) == (
        Verdict.DIFFERS,
        Verdict.UNPROVABLE,
        Verdict.DIFFERS,
    )


def test_what_is_not_mined() -> None:
    pending = Inclusion(b"\x07" * 32, Stage.PENDING, ALICE, 0, COIN)
    batch = Inclusion(b"\x07" * 32, Stage.PENDING, BUNDLER, 0, BATCH)
    unknown = Inclusion(b"\x07" * 32, Stage.UNKNOWN)

    assert judge(unknown, ALICE, [COIN], (), made=None, logs=()).verdict is Verdict.UNKNOWN
    assert judge(pending, ALICE, [COIN], (), made=None, logs=()).verdict is Verdict.PENDING
    assert judge(batch, ALICE, [COIN], (), made=None, logs=()).verdict is Verdict.PENDING
    assert judge(pending, ALICE, [PAY], (), made=None, logs=()).verdict is Verdict.DIFFERS


CALLS = st.sampled_from([COIN, PAY, Call(BOB, 1), Call(ENTRY, 0, b"x")])


@given(st.lists(CALLS, max_size=6), st.lists(st.lists(CALLS, min_size=1, max_size=3), max_size=4))
def test_no_call_is_ever_counted_twice(made: list[Call], requests: list[list[Call]]) -> None:
    taken: list[int] = []
    for wanted in requests:
        found = judge(mined(BUNDLER, BATCH), ALICE, wanted, taken, made=made, logs=())
        if found.verdict is Verdict.PAID:
            assert [made[each] for each in found.positions] == wanted
        taken += found.positions
    assert len(set(taken)) == len(taken)
