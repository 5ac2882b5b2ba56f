"""A block every few seconds: what waits is seen to wait, and time goes on when nothing happens."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak

from harness.small_chain import (
    ETHER,
    GWEI,
    POOR,
    RICH,
    SOMEBODY,
    START,
    SmallChain,
    signed,
)
from parley_demo.chain import rpc
from parley_demo.chain.blocks import ANCHOR_BLOCKS


@pytest.fixture
def chain() -> SmallChain:
    return SmallChain()


def test_a_transaction_waits_for_its_block(chain: SmallChain) -> None:
    sent = chain.send(signed(RICH, 0, value=5))

    waiting = chain.rpc("eth_getTransactionByHash", sent)
    assert (waiting["blockHash"], waiting["blockNumber"], waiting["transactionIndex"]) == (None, None, None)
    assert (waiting["from"], waiting["value"]) == (RICH.address, "0x5")
    assert chain.rpc("eth_getTransactionReceipt", sent) is None
    assert chain.rpc("eth_getBalance", SOMEBODY, "latest") == "0x0"

    chain.pass_time(2)
    assert chain.rpc("eth_getTransactionByHash", sent)["blockNumber"] == "0x1"
    assert chain.rpc("eth_getTransactionReceipt", sent)["status"] == "0x1"
    assert chain.rpc("eth_getBalance", SOMEBODY, "latest") == "0x5"


def test_latest_and_pending_say_different_things(chain: SmallChain) -> None:
    sent = chain.send(signed(RICH, 0, value=5))

    assert chain.rpc("eth_getTransactionCount", RICH.address, "latest") == "0x0"
    assert chain.rpc("eth_getTransactionCount", RICH.address, "pending") == "0x1"
    assert chain.rpc("eth_getBalance", SOMEBODY, "pending") == "0x5"
    assert chain.rpc("eth_blockNumber") == "0x0"
    pending = chain.rpc("eth_getBlockByNumber", "pending", False)
    assert (pending["number"], pending["hash"], pending["transactions"]) == ("0x1", None, [sent])
    assert chain.rpc("eth_getBlockByNumber", "latest", False)["transactions"] == []
    for tag in ("safe", "finalized"):
        assert chain.rpc("eth_getBlockByNumber", tag, False)["number"] == "0x0"


def test_a_nonce_out_of_turn_waits_for_the_one_before(chain: SmallChain) -> None:
    later = chain.send(signed(RICH, 1))
    chain.pass_time(2)

    assert chain.rpc("eth_getTransactionCount", RICH.address, "pending") == "0x0"
    assert chain.rpc("eth_getTransactionReceipt", later) is None

    chain.send(signed(RICH, 0))
    assert chain.rpc("eth_getTransactionCount", RICH.address, "pending") == "0x2"
    chain.pass_time(2)
    assert chain.rpc("eth_getTransactionReceipt", later)["transactionIndex"] == "0x1"


def test_a_higher_fee_replaces_what_waits(chain: SmallChain) -> None:
    first = chain.send(signed(RICH, 0, value=1))
    dearer = {"maxFeePerGas": 11 * GWEI, "maxPriorityFeePerGas": 11 * GWEI // 10}
    second = chain.send(signed(RICH, 0, value=2, **dearer))

    assert chain.rpc("eth_getTransactionByHash", first) is None
    chain.pass_time(2)
    assert chain.rpc("eth_getTransactionReceipt", second)["status"] == "0x1"
    assert chain.rpc("eth_getTransactionReceipt", first) is None
    assert chain.rpc("eth_getBalance", SOMEBODY, "latest") == "0x2"


@pytest.mark.parametrize(
    "fees",
    [
        {"maxFeePerGas": 11 * GWEI - 1, "maxPriorityFeePerGas": 2 * GWEI},
        {"maxFeePerGas": 20 * GWEI, "maxPriorityFeePerGas": GWEI},
        {"maxFeePerGas": 10 * GWEI, "maxPriorityFeePerGas": GWEI},
    ],
)
def test_a_replacement_must_offer_a_tenth_more_of_both_fees(chain: SmallChain, fees: dict[str, int]) -> None:
    first = chain.send(signed(RICH, 0))
    assert chain.refusal(signed(RICH, 0, value=2, **fees)) == "replacement transaction underpriced"
    assert chain.rpc("eth_getTransactionByHash", first) is not None


def test_who_pays_more_is_first(chain: SmallChain) -> None:
    chain.send(signed(RICH, 0, to=POOR.address, value=ETHER))
    chain.pass_time(2)
    modest = chain.send(signed(RICH, 1))
    generous = chain.send(signed(POOR, 0, maxPriorityFeePerGas=2 * GWEI))
    chain.pass_time(2)
    assert chain.rpc("eth_getBlockByNumber", "latest", False)["transactions"] == [generous, modest]


def test_a_fee_below_the_base_fee_waits_until_that_has_fallen(chain: SmallChain) -> None:
    cheap = chain.send(signed(RICH, 0, maxFeePerGas=GWEI // 2, maxPriorityFeePerGas=1))
    chain.pass_time(8)
    assert chain.rpc("eth_getTransactionReceipt", cheap) is None
    chain.pass_time(8)
    receipt = chain.rpc("eth_getTransactionReceipt", cheap)
    assert int(receipt["effectiveGasPrice"], 16) <= GWEI // 2
    assert len(chain.ledger.blocks.held(0, 100)) == 2, "while it waited nothing had to be held"


def test_empty_blocks_let_time_go_on(chain: SmallChain) -> None:
    chain.pass_time(60)

    latest = chain.rpc("eth_getBlockByNumber", "latest", False)
    assert (latest["number"], latest["timestamp"]) == (hex(30), hex(START + 60))
    assert latest["parentHash"] == chain.rpc("eth_getBlockByNumber", hex(29), False)["hash"]
    assert chain.rpc("eth_getBlockByHash", latest["hash"], False) == latest
    assert chain.rpc("eth_getBlockByNumber", hex(31), False) is None
    assert len(chain.ledger.blocks.held(0, 100)) == 1, "an empty block is not held"


def test_the_chain_of_hashes_holds_together(chain: SmallChain) -> None:
    """Through held blocks, empty ones that were computed again, and the one block in many that is held for them."""
    for nonce in range(3):
        chain.send(signed(RICH, nonce))
        chain.pass_time(20)
    chain.pass_time(2 * ANCHOR_BLOCKS + 10)
    head = chain.ledger.blocks.head.block_number
    assert head > ANCHOR_BLOCKS

    blocks = [chain.rpc("eth_getBlockByNumber", hex(number), False) for number in range(head + 1)]
    assert [each["parentHash"] for each in blocks[1:]] == [each["hash"] for each in blocks[:-1]]
    assert [int(each["timestamp"], 16) for each in blocks] == [START + 2 * each for each in range(head + 1)]
    assert len({each["hash"] for each in blocks}) == head + 1


def test_a_contract_sees_the_hashes_of_blocks_before_it(chain: SmallChain) -> None:
    """BLOCKHASH of the block 3 before, over empty ones: PUSH1 3, NUMBER, SUB, BLOCKHASH, and return it."""
    chain.pass_time(20)
    code = "0x6003430340" + "60005260206000f3"
    result = chain.rpc("eth_call", {"data": code}, "latest")
    assert result == chain.rpc("eth_getBlockByNumber", hex(7), False)["hash"]


def test_a_late_tick_makes_one_block_of_its_time(chain: SmallChain) -> None:
    """A machine that slept does not make up for what it missed."""
    chain.clock.now += 1000
    chain.methods.tick()
    latest = chain.rpc("eth_getBlockByNumber", "latest", False)
    assert (latest["number"], latest["timestamp"]) == ("0x1", hex(START + 1000))
    chain.pass_time(2)
    assert chain.rpc("eth_getBlockByNumber", "latest", False)["timestamp"] == hex(START + 1002)


def test_a_clock_that_went_back_makes_no_block(chain: SmallChain) -> None:
    chain.pass_time(4)
    chain.clock.now -= 1000
    chain.methods.tick()
    assert chain.rpc("eth_blockNumber") == "0x2"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (signed(RICH, 64), "nonce too high"),
        (signed(RICH, 0, value=2000 * ETHER), "insufficient funds for gas * price + value"),
        (signed(POOR, 0, value=ETHER // 1000), "insufficient funds for gas * price + value"),
        (signed(RICH, 0, gas=20_999), "intrinsic gas too low"),
        (signed(RICH, 0, gas=21_100, data=b"\x01" * 100), "intrinsic gas too low"),
        (signed(RICH, 0, gas=22_650, data=b"\x01" * 100), "intrinsic gas too low"),
        (signed(RICH, 0, gas=30_000_001), "exceeds block gas limit"),
        (signed(RICH, 0, maxPriorityFeePerGas=11 * GWEI), "max priority fee per gas higher"),
        (signed(RICH, 0, to=None, gas=10**7, data=b"\x00" * 49_153), "max initcode size exceeded"),
        (signed(RICH, 0, chainId=1), "invalid chain id for signer: have 1 want 31337"),
        (signed(RICH, 0, chainId=None, gasPrice=10 * GWEI), "only replay-protected"),
        (b"\x03" + b"\x00" * 40, "transaction type not supported"),
        (b"\x7f", "transaction type not supported"),
        (b"\x02\xc0", "not a valid transaction"),
        (signed(RICH, 0) + b"\x00", "not a valid transaction"),
        (b"\x02" + b"\x00" * (128 * 1024), "a transaction has 1 to 131072 bytes"),
    ],
)
def test_what_can_never_be_in_a_block_is_refused(chain: SmallChain, raw: bytes, reason: str) -> None:
    assert chain.refusal(raw).startswith(reason)
    assert len(chain.ledger.pool) == 0


def test_the_same_twice_is_known(chain: SmallChain) -> None:
    raw = signed(RICH, 0)
    chain.send(raw)
    assert chain.refusal(raw) == "already known"
    chain.pass_time(2)
    assert chain.refusal(raw) == "already known"
    assert chain.refusal(signed(RICH, 0, value=2)) == "nonce too low: next nonce 1, tx nonce 0"


def test_everything_that_waits_must_be_paid_for(chain: SmallChain) -> None:
    """A thousandth of an ether pays for one transaction here, and each of two alone would do."""
    chain.send(signed(POOR, 0, value=5 * 10**14))
    assert "queued cost" in chain.refusal(signed(POOR, 1, value=5 * 10**14))


def test_a_transaction_that_became_invalid_is_dropped_and_holds_nobody_up(chain: SmallChain) -> None:
    """An account that delegated may lose its ether to whoever; here its nonce is taken by its own authorization."""
    authorization = RICH.sign_authorization({"chainId": 31337, "address": SOMEBODY, "nonce": 0})
    stale = chain.send(signed(RICH, 0))
    chain.send(
        signed(
            POOR,
            0,
            gas=60_000,
            maxPriorityFeePerGas=2 * GWEI,
            value=0,
            authorizationList=[authorization],
        )
    )
    chain.pass_time(2)
    assert chain.rpc("eth_getTransactionCount", RICH.address, "latest") == "0x1"
    assert chain.rpc("eth_getTransactionByHash", stale) is None
    assert chain.rpc("eth_getTransactionCount", RICH.address, "pending") == "0x1"


def test_a_full_block_leaves_the_rest_for_the_next(chain: SmallChain) -> None:
    sent = [chain.send(signed(RICH, nonce, gas=10_000_000)) for nonce in range(3)]
    big = chain.send(signed(RICH, 3, gas=30_000_000))
    chain.pass_time(2)
    assert chain.rpc("eth_getTransactionReceipt", big) is None
    chain.pass_time(2)
    numbers = [chain.rpc("eth_getTransactionReceipt", each)["blockNumber"] for each in [*sent, big]]
    assert numbers == ["0x1", "0x1", "0x1", "0x2"]


def test_without_a_block_time_nothing_waits_and_nothing_else_is_mined() -> None:
    chain = SmallChain(block_time=0)
    chain.pass_time(100)
    assert chain.rpc("eth_blockNumber") == "0x0"

    sent = chain.send(signed(RICH, 0))
    assert chain.rpc("eth_getTransactionReceipt", sent)["blockNumber"] == "0x1"
    assert chain.refusal(signed(RICH, 2)) == "nonce too high: next nonce 1, tx nonce 2"
    cheap = signed(RICH, 1, maxFeePerGas=1000, maxPriorityFeePerGas=1)
    assert chain.refusal(cheap).startswith("max fee per gas less than block base fee")
    assert chain.rpc("eth_blockNumber") == "0x1"


def test_logs_are_numbered_through_a_block(chain: SmallChain) -> None:
    """Two contracts that log in their constructors: LOG1 with a topic, and no code."""
    topic = keccak(text="something")
    code = b"\x7f" + topic + bytes.fromhex("60006000a100")
    sent = [chain.send(signed(RICH, each, to=None, value=0, gas=100_000, data=code)) for each in (0, 1)]
    chain.pass_time(2)

    logs = chain.rpc("eth_getLogs", {"fromBlock": "earliest", "topics": ["0x" + topic.hex()]})
    assert [(each["transactionHash"], each["logIndex"]) for each in logs] == [
        (sent[0], "0x0"),
        (sent[1], "0x1"),
    ]
    receipts = [chain.rpc("eth_getTransactionReceipt", each) for each in sent]
    assert [each for receipt in receipts for each in receipt["logs"]] == logs
    used = [int(each["gasUsed"], 16) for each in receipts]
    assert int(receipts[1]["cumulativeGasUsed"], 16) == sum(used)
    block = chain.rpc("eth_getBlockByNumber", "latest", False)
    assert block["gasUsed"] == hex(sum(used))
    by_hash = {"blockHash": block["hash"]}
    assert chain.rpc("eth_getLogs", by_hash) == logs
    assert chain.rpc("eth_getLogs", by_hash | {"address": receipts[1]["contractAddress"]}) == logs[1:]
    assert chain.rpc("eth_getLogs", by_hash | {"topics": [None]}) == logs
    assert chain.rpc("eth_getLogs", by_hash | {"topics": [[], []]}) == []
    assert chain.rpc("eth_getLogs", by_hash | {"topics": [["0x" + "00" * 32, logs[0]["topics"][0]]]}) == logs


@pytest.mark.parametrize(
    "wanted",
    [
        {"fromBlock": "0x0", "toBlock": hex(10_000)},
        {"fromBlock": "earliest", "topics": [None] * 5},
        {"fromBlock": "earliest", "topics": [["0x" + "00" * 32] * 1001]},
        {"fromBlock": "earliest", "topics": ["0x12"]},
        {"fromBlock": "earliest", "address": ["0x12"]},
        {"blockHash": "0x" + "00" * 32},
        {"blockHash": "0x" + "00" * 32, "fromBlock": "0x0"},
    ],
)
def test_logs_are_asked_for_within_bounds(chain: SmallChain, wanted: dict[str, object]) -> None:
    for _ in range(10_001):
        chain.ledger.blocks.add_empty()
    assert "error" in chain.answer("eth_getLogs", wanted)


def test_the_history_of_fees(chain: SmallChain) -> None:
    chain.send(signed(RICH, 0, maxPriorityFeePerGas=3 * GWEI))
    chain.send(signed(RICH, 1, maxPriorityFeePerGas=GWEI))
    chain.pass_time(6)

    history = chain.rpc("eth_feeHistory", "0x3", "latest", [0, 50, 100])
    fees = [int(each, 16) for each in history["baseFeePerGas"]]
    assert history["oldestBlock"] == "0x1"
    assert len(fees) == 4, "and the next block's"
    assert fees == sorted(fees, reverse=True)
    assert history["gasUsedRatio"] == [42_000 / 30_000_000, 0.0, 0.0]
    tips = [hex(GWEI), hex(GWEI), hex(3 * GWEI)]
    assert history["reward"] == [tips, ["0x0"] * 3, ["0x0"] * 3]
    next_fee = chain.rpc("eth_getBlockByNumber", "pending", False)["baseFeePerGas"]
    assert history["baseFeePerGas"][-1] == next_fee
    assert "reward" not in chain.rpc("eth_feeHistory", 2, "pending")
    assert chain.rpc("eth_feeHistory", "0xffffff", "latest")["oldestBlock"] == "0x0"
    assert chain.rpc("eth_maxPriorityFeePerGas") == hex(GWEI)


def test_the_specification_lists_the_methods(chain: SmallChain) -> None:
    text = (Path(rpc.__file__).parent / "README.md").read_text("utf-8")
    section = text.split("## Methods")[1].split("A block is a tag")[0]
    assert set(re.findall("`([a-zA-Z0-9_]+)`", section)) == set(chain.methods._methods)


@pytest.mark.parametrize("percentiles", [[50, 10], [-1], [101], [1] * 101, ["x"], [float("nan")]])
def test_percentiles_are_checked(chain: SmallChain, percentiles: list[object]) -> None:
    assert "error" in chain.answer("eth_feeHistory", "0x1", "latest", percentiles)


def test_a_block_by_its_hash_or_number_object(chain: SmallChain) -> None:
    chain.send(signed(RICH, 0, value=5))
    chain.pass_time(4)
    first = chain.rpc("eth_getBlockByNumber", "0x1", False)["hash"]
    assert chain.rpc("eth_getBalance", SOMEBODY, {"blockHash": first}) == "0x5"
    assert chain.rpc("eth_getBalance", SOMEBODY, {"blockNumber": "0x0"}) == "0x0"
    assert chain.answer("eth_getBalance", SOMEBODY, "0x9")["error"] == {
        "code": -32000,
        "message": "header not found",
    }


def test_a_transfer_needs_just_what_it_needs(chain: SmallChain) -> None:
    """So that a wallet which sends everything keeps nothing back."""
    call = {"from": RICH.address, "to": SOMEBODY, "value": "0x1"}
    assert chain.rpc("eth_estimateGas", call) == hex(21_000)
    too_much = {"from": POOR.address, "to": SOMEBODY, "value": hex(ETHER)}
    assert "execution failed" in chain.answer("eth_estimateGas", too_much)["error"]["message"]


def test_every_kind_of_transaction_is_shown_as_it_is(chain: SmallChain) -> None:
    access = [{"address": SOMEBODY, "storageKeys": ["0x" + "00" * 31 + "05"]}]
    authorization = POOR.sign_authorization({"chainId": 31337, "address": SOMEBODY, "nonce": 0})
    kinds: list[dict[str, Any]] = [
        {"gasPrice": 10 * GWEI},
        {"gasPrice": 10 * GWEI, "accessList": access, "gas": 30_000},
        {"accessList": access, "gas": 30_000},
        {"authorizationList": [authorization], "gas": 60_000},
    ]
    sent = [chain.send(signed(RICH, nonce, **more)) for nonce, more in enumerate(kinds)]
    chain.pass_time(2)

    shown = chain.rpc("eth_getBlockByNumber", "latest", True)["transactions"]
    assert [each["hash"] for each in shown] == sent
    assert [each["type"] for each in shown] == ["0x0", "0x1", "0x2", "0x4"]
    assert shown == [chain.rpc("eth_getTransactionByHash", each) for each in sent]
    assert int(shown[0]["v"], 16) in (62_709, 62_710)
    assert "accessList" not in shown[0]
    assert shown[1]["accessList"] == shown[2]["accessList"] == access
    assert "maxFeePerGas" not in shown[1]
    assert shown[2]["maxFeePerGas"] == hex(10 * GWEI)
    base_fee = int(chain.rpc("eth_getBlockByNumber", "latest", False)["baseFeePerGas"], 16)
    assert shown[2]["gasPrice"] == hex(base_fee + GWEI)
    assert shown[3]["authorizationList"][0]["address"] == SOMEBODY
    code = chain.rpc("eth_getCode", POOR.address, "latest")
    assert code == "0xef0100" + SOMEBODY[2:]
