"""What logs say moved, and which calls a trace shows."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from parley.chain.api import Allowance, Call, Movement, checksummed
from parley.chain.effects import COIN_LOGS, Log, effects_of, read_logs
from parley.chain.trace import calls_made

ALICE, BOB, CAROL = (checksummed("0x" + digit * 40) for digit in "123")
TOKEN = "0xF2E246BB76DF876Cef8b38ae84130F4F55De395b"
MOST = 2**256 - 1


def log(
    event: str, topics: list[object], types: list[str], values: list[object], address: str = TOKEN
) -> Log:
    words = [encode(["address" if isinstance(each, str) else "uint256"], [each]) for each in topics]
    return Log(address, (keccak(text=event), *words), encode(types, values))


TRANSFER = "Transfer(address,address,uint256)"
APPROVAL = "Approval(address,address,uint256)"
SINGLE = "TransferSingle(address,address,address,uint256,uint256)"
BATCH = "TransferBatch(address,address,address,uint256[],uint256[])"
PAIR = ["uint256", "uint256"]


@pytest.mark.parametrize(
    ("written", "moved"),
    [
        (log(TRANSFER, [ALICE, BOB], ["uint256"], [5]), [Movement(TOKEN, ALICE, BOB, 5)]),
        (log(TRANSFER, [ALICE, BOB, 7], [], []), [Movement(TOKEN, ALICE, BOB, 1, 7)]),
        (log(SINGLE, [CAROL, ALICE, BOB], PAIR, [7, 3]), [Movement(TOKEN, ALICE, BOB, 3, 7)]),
        (
            log(BATCH, [CAROL, ALICE, BOB], ["uint256[]", "uint256[]"], [[7, 8], [3, 4]]),
            [Movement(TOKEN, ALICE, BOB, 3, 7), Movement(TOKEN, ALICE, BOB, 4, 8)],
        ),
        (log(BATCH, [CAROL, ALICE, BOB], ["uint256[]", "uint256[]"], [[7, 8], [3]]), []),
        (log(BATCH, [CAROL, ALICE, BOB], ["uint256"], [MOST]), []),
        (log(TRANSFER, [ALICE, BOB], PAIR, [5, 6]), []),
        (log(TRANSFER, [ALICE, MOST], ["uint256"], [5]), []),
        (log("Transfer(address,address,uint8)", [ALICE, BOB], ["uint256"], [5]), []),
        (Log(TOKEN, (), b""), []),
    ],
)
def test_what_moved(written: Log, moved: list[Movement]) -> None:
    assert list(effects_of([written]).movements) == moved


def test_only_a_simulation_logs_the_coin() -> None:
    written = [log(TRANSFER, [ALICE, BOB], ["uint256"], [5], COIN_LOGS)]

    assert effects_of(written, coin_logs=True).movements == (Movement(None, ALICE, BOB, 5),)
    assert effects_of(written).movements == (Movement(COIN_LOGS, ALICE, BOB, 5),)


@pytest.mark.parametrize(
    ("written", "allowed"),
    [
        (log(APPROVAL, [ALICE, BOB], ["uint256"], [5]), 5),
        (log(APPROVAL, [ALICE, BOB], ["uint256"], [MOST]), None),
        (log(APPROVAL, [ALICE, BOB, 7], [], []), 1),
        (log("ApprovalForAll(address,address,bool)", [ALICE, BOB], ["bool"], [True]), None),
        (log("ApprovalForAll(address,address,bool)", [ALICE, BOB], ["bool"], [False]), 0),
    ],
)
def test_who_may_spend(written: Log, allowed: int | None) -> None:
    assert effects_of([written]).allowances == (Allowance(TOKEN, ALICE, BOB, allowed),)


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=4), st.binary(max_size=200))
def test_any_log_is_read_without_harm(topics: list[bytes], data: bytes) -> None:
    for event in (TRANSFER, APPROVAL, SINGLE, BATCH):
        effects_of([Log(TOKEN, (keccak(text=event), *topics[:3]), data)])


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        [None],
        [{}],
        [{"address": TOKEN, "topics": ["0x12"], "data": "0x"}],
        [{"address": "0x12", "topics": [], "data": "0x"}],
        [{"address": TOKEN, "topics": ["0x" + "00" * 32] * 5, "data": "0x"}],
        [{"address": TOKEN, "topics": [], "data": "zz"}],
        [{"address": TOKEN, "topics": [], "data": "0x"}] * 2049,
    ],
)
def test_what_are_no_logs(answer: Any) -> None:
    with pytest.raises((ValueError, KeyError)):
        read_logs(answer)


def test_a_log_with_much_data_is_none_of_ours() -> None:
    (found,) = read_logs([{"address": TOKEN, "topics": [], "data": "0x" + "00" * 20_000}])

    assert found.data == b""


def frame(
    kind: str, sender: str, to: str, value: int = 0, *calls: dict[str, Any], **more: Any
) -> dict[str, Any]:
    return {
        "type": kind,
        "from": sender,
        "to": to,
        "value": hex(value),
        "input": "0x",
        "calls": [*calls],
    } | more


def test_the_calls_of_an_account() -> None:
    """In the order they are made; those of others, delegated and static ones do not count."""
    outermost = frame(
        "CALL",
        CAROL,
        ALICE,
        0,
        frame("DELEGATECALL", ALICE, TOKEN, 0, frame("CALL", ALICE, BOB, 1), frame("CALL", TOKEN, BOB, 9)),
        frame("STATICCALL", ALICE, BOB),
        frame("CALL", ALICE, BOB, 2, frame("CALL", ALICE, CAROL, 3), input="0x01"),
        {"type": "CALL", "from": ALICE.lower(), "to": BOB.lower()},
    )

    assert calls_made(outermost, ALICE) == (Call(BOB, 1), Call(BOB, 2, b"\x01"), Call(CAROL, 3), Call(BOB))


def test_what_was_reverted_was_not_made() -> None:
    inner = frame("CALL", ALICE, BOB, 1)
    outermost = frame(
        "CALL", CAROL, ALICE, 0, frame("CALL", ALICE, TOKEN, 5, inner, error="execution reverted")
    )

    assert calls_made(outermost, ALICE) == ()


@pytest.mark.parametrize(
    "answer",
    [
        {"type": "CALL", "from": ALICE},
        {"type": "CALL", "from": None, "to": BOB},
        {"calls": 5},
        {"calls": [5]},
        {"calls": [{}] * 10_001},
        frame("CALL", ALICE, BOB) | {"value": "-0x1"},
    ],
    ids=range(6),
)
def test_what_is_no_trace(answer: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError)):
        calls_made(answer, ALICE)
