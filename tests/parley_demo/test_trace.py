"""`debug_traceTransaction` with the call tracer: what a mined transaction did, call by call."""

from __future__ import annotations

from typing import Any

import pytest
from eth_utils.address import to_checksum_address

from harness.bytecode import (
    CALL,
    CALLCODE,
    DELEGATECALL,
    ENDING,
    INVALID,
    REVERT,
    SELFDESTRUCT,
    STATICCALL,
    STOP,
    calling,
    creation,
    deployed,
    forever,
)
from harness.small_chain import ETHER, RICH, SOMEBODY, SmallChain, signed

CALLS = {"tracer": "callTracer"}


@pytest.fixture
def chain() -> SmallChain:
    return SmallChain(block_time=0)


def sent(chain: SmallChain, **more: Any) -> str:
    nonce = int(chain.rpc("eth_getTransactionCount", RICH.address, "latest"), 16)
    return chain.send(signed(RICH, nonce, **{"gas": 1_000_000, **more}))


def traced(chain: SmallChain, transaction: str, **config: Any) -> dict[str, Any]:
    options = CALLS | ({"tracerConfig": config} if config else {})
    frame: dict[str, Any] = chain.rpc("debug_traceTransaction", transaction, options)
    return frame


def test_a_transfer(chain: SmallChain) -> None:
    assert traced(chain, sent(chain, value=5, gas=30_000)) == {
        "type": "CALL",
        "from": RICH.address,
        "to": to_checksum_address(SOMEBODY),
        "value": "0x5",
        "gas": hex(30_000),
        "gasUsed": "0x5208",
        "input": "0x",
    }


def test_every_kind_of_call(chain: SmallChain) -> None:
    inner = deployed(chain, STOP)
    code = "".join(calling(kind, inner, 1) for kind in (CALL, CALLCODE, DELEGATECALL, STATICCALL))
    outer = deployed(chain, code + STOP, wei=ETHER)
    frame = traced(chain, transaction := sent(chain, to=outer, value=3))
    assert [(each["type"], each["from"], each["to"], each.get("value")) for each in frame["calls"]] == [
        ("CALL", outer, inner, "0x1"),
        ("CALLCODE", outer, inner, "0x1"),
        ("DELEGATECALL", outer, inner, "0x3"),
        ("STATICCALL", outer, inner, None),
    ]
    assert "calls" not in traced(chain, transaction, onlyTopCall=True)


def test_creations(chain: SmallChain) -> None:
    top = traced(chain, sent(chain, to=None, data=creation("6001"), value=0))
    assert (top["type"], top["output"], top["input"]) == ("CREATE", "0x6001", "0x" + creation("6001").hex())
    # CREATE and CREATE2 of nothing, with 1 and 2 wei.
    maker = deployed(chain, "6000600060 01f0 50 6000 6000 6000 6002 f5 50".replace(" ", ""), wei=ETHER)
    calls = traced(chain, sent(chain, to=maker))["calls"]
    assert [(each["type"], each["from"], each["value"]) for each in calls] == [
        ("CREATE", maker, "0x1"),
        ("CREATE2", maker, "0x2"),
    ]
    failing = traced(chain, sent(chain, to=None, data=bytes.fromhex(INVALID), value=0, gas=100_000))
    assert failing["error"] == "invalid opcode"
    assert "to" not in failing


def test_what_failed_within_and_what_went_on(chain: SmallChain) -> None:
    failing = deployed(chain, calling(CALL, SOMEBODY, 1) + REVERT, wei=ETHER)
    outer = deployed(chain, calling(CALL, failing) + STOP)
    frame = traced(chain, sent(chain, to=outer))
    assert "error" not in frame
    (inner,) = frame["calls"]
    assert inner["error"] == "execution reverted"
    assert inner["calls"][0]["to"] == to_checksum_address(SOMEBODY), (
        "it ran, and was taken back with its caller"
    )


@ENDING
def test_a_contract_that_ends_itself(chain: SmallChain) -> None:
    ending = deployed(chain, f"73{SOMEBODY[2:]}{SELFDESTRUCT}", wei=9)
    frame = traced(chain, sent(chain, to=ending))
    assert frame["calls"] == [
        {
            "type": "SELFDESTRUCT",
            "from": ending,
            "to": to_checksum_address(SOMEBODY),
            "gas": "0x0",
            "gasUsed": "0x0",
            "input": "0x",
            "value": hex(10),
        }
    ], "with the wei of the transaction"


@ENDING
def test_it_runs_again_where_it_ran_before() -> None:
    """After the transactions before it in its block, on the state that was there then."""
    chain = SmallChain(block_time=2)
    # It asks how much it has, and then ends itself.
    contract_code = creation(f"4760005273{SOMEBODY[2:]}{SELFDESTRUCT}")
    chain.send(signed(RICH, 0, to=None, data=contract_code, gas=1_000_000, value=0))
    chain.pass_time(2)
    contract = chain.rpc("eth_getBlockByNumber", "latest", True)["transactions"][0]["hash"]
    address = chain.rpc("eth_getTransactionReceipt", contract)["contractAddress"]
    hashes = [chain.send(signed(RICH, 1 + n, to=address, value=10 + n, gas=100_000)) for n in range(3)]
    chain.pass_time(60)
    assert len(chain.rpc("eth_getBlockByNumber", "0x2")["transactions"]) == 3
    for n, transaction in enumerate(hashes):
        frame = traced(chain, transaction)
        assert frame["calls"][0]["value"] == hex(10 + n)
        assert frame["gasUsed"] == chain.rpc("eth_getTransactionReceipt", transaction)["gasUsed"]


def test_a_trace_is_bounded(chain: SmallChain) -> None:
    """In calls, and in what they were given: both cost next to no gas."""
    many = sent(chain, to=deployed(chain, forever(calling(CALL, "0x" + "22" * 20))), gas=200_000)
    wide = sent(
        chain, to=deployed(chain, forever(calling(CALL, "0x" + "22" * 20, size=128 * 1024))), gas=100_000
    )
    deep = sent(chain, to=deployed(chain, "600060006000600060003 05af1".replace(" ", "")), gas=300_000)
    for transaction in (many, wide):
        error = chain.answer("debug_traceTransaction", transaction, CALLS)["error"]
        assert "more than" in error["message"]
    frame, depth = traced(chain, deep), 0
    while "calls" in frame:
        (frame,), depth = frame["calls"], depth + 1
    assert depth > 100, "deep is well"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"tracer": "prestateTracer"},
        {"tracer": "{step: function() {}}"},
        CALLS | {"tracerConfig": {"withLog": True}},
        CALLS | {"tracerConfig": {"onlyTopCall": 1}},
        CALLS | {"tracerConfig": 5},
        CALLS | {"tracerConfig": {"x": 1}},
        5,
    ],
)
def test_other_tracers_are_refused(chain: SmallChain, options: Any) -> None:
    transaction = sent(chain)
    assert chain.answer("debug_traceTransaction", transaction, options)["error"]["code"] == -32602


def test_a_transaction_that_is_in_no_block() -> None:
    chain = SmallChain(block_time=2)
    for transaction in (chain.send(signed(RICH, 0)), "0x" + "11" * 32):
        error = chain.answer("debug_traceTransaction", transaction, CALLS)["error"]
        assert error == {"code": -32000, "message": "transaction not found"}
