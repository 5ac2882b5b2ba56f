"""`eth_simulateV1`: what calls would do, without anything being different afterwards."""

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
    STOP,
    calling,
    creation,
    deployed,
    forever,
)
from harness.small_chain import ETHER, POOR, RICH, SOMEBODY, SmallChain, signed

ETHER_LOGS = "0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE"
EMPTY = "0x" + "22" * 20


@pytest.fixture
def chain() -> SmallChain:
    return SmallChain(block_time=0)


def simulated(chain: SmallChain, *calls: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    """What came of calls in one block, with ether that moves."""
    asked = {"blockStateCalls": [{"calls": calls}], "traceTransfers": True, "validation": False} | options
    (block,) = chain.rpc("eth_simulateV1", asked, "latest")
    results: list[dict[str, Any]] = block["calls"]
    return results


def error_of(chain: SmallChain, **options: Any) -> dict[str, Any]:
    error: dict[str, Any] = chain.answer("eth_simulateV1", options, "latest")["error"]
    return error


def moved(result: dict[str, Any]) -> list[tuple[str, str, int]]:
    """Who gave whom how much ether."""
    return [
        (address_in(log["topics"][1]), address_in(log["topics"][2]), int(log["data"], 16))
        for log in result["logs"]
        if log["address"] == ETHER_LOGS
    ]


def address_in(topic: str) -> str:
    return to_checksum_address("0x" + topic[26:])


def call(to: str | None, value: int = 0, data: str = "0x", sender: str = RICH.address, **more: Any) -> Any:
    return {"from": sender, "to": to, "value": hex(value), "data": data, **more}


def test_ether_that_moves_is_logged(chain: SmallChain) -> None:
    (result,) = simulated(chain, call(SOMEBODY, 5))
    assert (result["status"], result["gasUsed"], result["returnData"]) == ("0x1", "0x5208", "0x")
    assert moved(result) == [(RICH.address, to_checksum_address(SOMEBODY), 5)]
    assert result["logs"][0]["topics"][0].startswith("0xddf252ad"), "ERC-20's Transfer"
    (quiet,) = simulated(chain, call(SOMEBODY, 5), traceTransfers=False)
    assert quiet["logs"] == []


def test_a_call_sees_the_calls_before_it(chain: SmallChain) -> None:
    blocks = chain.rpc(
        "eth_simulateV1",
        {
            "blockStateCalls": [
                {"calls": [call(EMPTY, 5), call(SOMEBODY, 2, sender=EMPTY)]},
                {"calls": [call(SOMEBODY, 3, sender=EMPTY)]},
            ],
            "traceTransfers": True,
        },
    )
    assert [moved(result)[0][2] for block in blocks for result in block["calls"]] == [5, 2, 3]
    head = chain.rpc("eth_getBlockByNumber", "latest")
    assert [block["number"] for block in blocks] == ["0x1", "0x2"]
    assert [block["parentHash"] for block in blocks] == [head["hash"], blocks[0]["hash"]]
    assert blocks[0]["timestamp"] > head["timestamp"]


def test_nothing_is_different_afterwards(chain: SmallChain) -> None:
    """Neither the chain nor what this process holds of it."""
    held = set(chain.ledger.evm._db.wrapped_db.kv_store)  # type: ignore[attr-defined]
    simulated(chain, call(SOMEBODY, 5), call(None, data="0x" + creation("00" * 500).hex()))
    assert chain.rpc("eth_getBalance", SOMEBODY, "latest") == "0x0"
    assert chain.rpc("eth_getTransactionCount", RICH.address, "pending") == "0x0"
    assert chain.rpc("eth_blockNumber") == "0x0"
    assert set(chain.ledger.evm._db.wrapped_db.kv_store) == held  # type: ignore[attr-defined]


def test_what_was_simulated_is_what_happens(chain: SmallChain) -> None:
    """The same contract call, simulated and then mined: the same gas, and the same balances."""
    contract = deployed(chain, calling(CALL, SOMEBODY, 7) + STOP, wei=ETHER)
    (result,) = simulated(chain, call(contract, 1))
    assert moved(result) == [
        (RICH.address, contract, 1),
        (contract, to_checksum_address(SOMEBODY), 7),
    ]
    sent = chain.send(signed(RICH, 1, to=contract, value=1, gas=1_000_000))
    assert chain.rpc("eth_getTransactionReceipt", sent)["gasUsed"] == result["gasUsed"]
    assert chain.rpc("eth_getBalance", SOMEBODY, "latest") == "0x7"


def test_a_contract_that_is_created(chain: SmallChain) -> None:
    (made,) = simulated(chain, call(None, data="0x" + creation("6001").hex()))
    assert (made["status"], made["returnData"]) == ("0x1", "0x6001")


def test_a_revert_takes_its_movements_back_and_the_next_call_goes_on(chain: SmallChain) -> None:
    failing = deployed(chain, calling(CALL, SOMEBODY, 7) + REVERT, wei=ETHER)
    outer = deployed(chain, calling(CALL, failing) + calling(CALL, EMPTY, 1) + STOP, wei=ETHER)
    direct, around, after = simulated(chain, call(failing, 1), call(outer), call(SOMEBODY, 2))
    assert (direct["status"], direct["logs"]) == ("0x0", [])
    assert direct["error"] == {"code": 3, "message": "execution reverted", "data": "0x"}
    assert moved(around) == [(outer, to_checksum_address(EMPTY), 1)], "the inner call alone was taken back"
    assert moved(after) == [(RICH.address, to_checksum_address(SOMEBODY), 2)]


def test_a_reason_is_told_printable_and_bounded(chain: SmallChain) -> None:
    from eth_abi.abi import encode

    reason = "no\u202e\n" + "x" * 1000
    data = bytes.fromhex("08c379a0") + encode(["string"], [reason])
    # The contract reverts with what it is given.
    echo = deployed(chain, "3660006000373660 00fd".replace(" ", ""))
    (result,) = simulated(chain, call(echo, data="0x" + data.hex()))
    assert result["error"]["message"] == "execution reverted: no\N{REPLACEMENT CHARACTER}" + (
        "\N{REPLACEMENT CHARACTER}" + "x" * 252
    )
    assert result["error"]["data"] == "0x" + data.hex(), "the whole of it is there for who decodes it"
    (broken,) = simulated(chain, call(echo, data="0x08c379a0ff"))
    assert broken["error"]["message"] == "execution reverted"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (INVALID, "invalid opcode"),
        (forever(""), "out of gas"),
        ("01", "stack underflow"),
        ("600056", "invalid jump destination"),
    ],
)
def test_what_else_stops_a_call(chain: SmallChain, code: str, sentence: str) -> None:
    contract = deployed(chain, code)
    (result,) = simulated(chain, call(contract, gas="0x186a0"))
    assert result["error"] == {"code": -32015, "message": sentence}
    assert result["gasUsed"] == "0x186a0", "all of it"


@ENDING
def test_ether_of_a_contract_that_ends_itself(chain: SmallChain) -> None:
    ending = deployed(chain, f"73{SOMEBODY[2:]}{SELFDESTRUCT}", wei=9)
    (result,) = simulated(chain, call(ending))
    assert moved(result) == [(ending, to_checksum_address(SOMEBODY), 9)]


def test_borrowed_code_moves_no_ether_of_its_own(chain: SmallChain) -> None:
    code = deployed(chain, calling(CALL, SOMEBODY, 3) + STOP)
    borrower = deployed(chain, calling(DELEGATECALL, code) + calling(CALLCODE, code, 1) + STOP, wei=ETHER)
    (result,) = simulated(chain, call(borrower))
    assert moved(result) == [(borrower, to_checksum_address(SOMEBODY), 3)] * 2


def test_what_could_be_in_no_block(chain: SmallChain) -> None:
    poor = POOR.address
    for calls, code in (
        ([call(SOMEBODY, ETHER, sender=poor)], -38014),
        ([call(SOMEBODY, 1, gas="0x5207")], -38013),
        ([call(SOMEBODY, 1, gas=hex(30_000_001))], -38015),
        ([call(SOMEBODY, 1, gas=hex(2**256 - 1))], -38015),
        ([call(SOMEBODY, 1), call(SOMEBODY, 1, gas=hex(30_000_000))], -38015),
    ):
        assert error_of(chain, blockStateCalls=[{"calls": calls}])["code"] == code


def test_a_simulation_is_bounded(chain: SmallChain) -> None:
    """In calls and blocks, in the gas of all together, and in what has to be remembered meanwhile."""
    one = {"calls": [call(SOMEBODY, 1)]}
    assert error_of(chain, blockStateCalls=[one] * 5)["code"] == -38026
    assert error_of(chain, blockStateCalls=[{"calls": [call(SOMEBODY, 1)] * 33}] * 2)["code"] == -38026
    most = {"calls": [call(SOMEBODY, 1, gas=hex(29_000_000))]}
    assert len(chain.rpc("eth_simulateV1", {"blockStateCalls": [most]})) == 1
    assert error_of(chain, blockStateCalls=[{"calls": [call(SOMEBODY)] * 50}, most])["code"] == -38015
    many = deployed(chain, forever(calling(CALL, EMPTY)))
    wide = deployed(chain, forever(calling(CALL, EMPTY, size=128 * 1024)))
    for contract in (many, wide):
        assert "more than" in error_of(chain, blockStateCalls=[{"calls": [call(contract)]}])["message"]
    assert simulated(chain, call(SOMEBODY, 1))[0]["status"] == "0x1"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"blockStateCalls": []},
        {"blockStateCalls": {}},
        {"blockStateCalls": [5]},
        {"blockStateCalls": [{"calls": [5]}]},
        {"blockStateCalls": [{"calls": 5}]},
        {"blockStateCalls": [{"calls": [{"from": "0x12"}]}]},
        {"blockStateCalls": [{"calls": [{"gas": "-0x1"}]}]},
        {"blockStateCalls": [{"calls": [{"value": "0x" + "f" * 65}]}]},
        {"blockStateCalls": [{"stateOverrides": {SOMEBODY: {"balance": "0x1"}}}]},
        {"blockStateCalls": [{"blockOverrides": {"number": "0xffffffff"}}]},
        {"blockStateCalls": [{}], "validation": True},
        {"blockStateCalls": [{}], "traceTransfers": "yes"},
        {"blockStateCalls": [{}], "else": 1},
    ],
)
def test_what_is_not_simulated(chain: SmallChain, options: dict[str, Any]) -> None:
    """What would be ignored is refused instead: the answer would not be of what was asked."""
    assert error_of(chain, **options)["code"] == -32602


@pytest.mark.parametrize("block", ["latest", "pending", "earliest", "0x1"])
def test_on_which_block(chain: SmallChain, block: str) -> None:
    chain.send(signed(RICH, 0, value=ETHER))
    answer = chain.answer(
        "eth_simulateV1", {"blockStateCalls": [{"calls": [call(EMPTY, 1, sender=SOMEBODY)]}]}, block
    )
    assert ("error" in answer) == (block == "earliest"), "nobody had anything yet"


def test_hashes_of_simulated_blocks_are_seen(chain: SmallChain) -> None:
    # BLOCKHASH of the block before, returned.
    asking = deployed(chain, "600143034060005260206000f3")
    blocks = chain.rpc("eth_simulateV1", {"blockStateCalls": [{"calls": [call(asking)]}] * 2})
    head = chain.rpc("eth_getBlockByNumber", "latest")["hash"]
    assert [block["calls"][0]["returnData"] for block in blocks] == [head, blocks[0]["hash"]]
