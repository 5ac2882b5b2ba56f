"""Simulations and traces of the development chain and of anvil, for the same calls on the same state, agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_account import Account
from eth_account.signers.local import LocalAccount

from harness.anvil import AnvilWorld, anvil_world
from harness.contract_accounts import batch_data
from harness.embedded_world import ETHER, call_data, creation_code
from harness.small_chain import GWEI, RICH
from parley_demo.chain.contracts import POLL
from parley_demo.chain.keys import person_key
from parley_demo.chain.people import TEST_DOLLAR
from parley_demo.chain.rpc import RpcMethods

BOB: LocalAccount = Account.from_key(person_key("bob"))
NOBODY = "0x000000000000000000000000000000000000dEaD"
POOR = "0x" + "22" * 20
CALLS = {"tracer": "callTracer"}
GAS = 2_000_000

TRANSFER = call_data("transfer(address,uint256)", NOBODY, 5)
TOO_MUCH = call_data("transfer(address,uint256)", NOBODY, 10**15)
APPROVE = call_data("approve(address,uint256)", NOBODY, 2**256 - 1)
VOTE = call_data("vote(uint256)", 1)


@dataclass
class Nodes:
    """The same chain twice: ours in this process, and anvil."""

    anvil: AnvilWorld
    wallet: str = ""

    def __post_init__(self) -> None:
        self.ours = RpcMethods(self.anvil.started.ledger)

    def ask(self, method: str, *params: Any) -> tuple[Any, Any]:
        """What both answer, ours first."""
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        return self.ours.answer(request), self.anvil.post(request).json()

    def results(self, method: str, *params: Any) -> tuple[Any, Any]:
        """Both results."""
        ours, theirs = self.ask(method, *params)
        assert ("error" not in ours, "error" not in theirs) == (True, True), (ours, theirs)
        return ours["result"], theirs["result"]

    def send(self, to: str | None, data: bytes = b"", value: int = 0) -> str:
        """Have Bob's transaction mined by both; its hash."""
        transaction: dict[str, Any] = {
            "chainId": 31337,
            "nonce": int(self.anvil.rpc("eth_getTransactionCount", BOB.address, "latest"), 16),
            "gas": GAS,
            "to": to or "",
            "value": value,
            "data": data,
            "maxFeePerGas": 10 * GWEI,
            "maxPriorityFeePerGas": GWEI,
        }
        raw = "0x" + bytes(BOB.sign_transaction(transaction).raw_transaction).hex()
        ours, theirs = self.results("eth_sendRawTransaction", raw)
        assert ours == theirs
        self.anvil.receipt(theirs)
        return str(ours)


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    """Bob has voted, and owns a wallet that has an ether and 100 dollars."""
    with anvil_world() as anvil:
        nodes = Nodes(anvil)
        deployed = nodes.send(None, creation_code("SmartWallet") + encode(["address"], [BOB.address]))
        ours, _ = nodes.results("eth_getTransactionReceipt", deployed)
        nodes.wallet = ours["contractAddress"]
        assert anvil.receipt(deployed)["contractAddress"] == nodes.wallet
        nodes.send(nodes.wallet, value=ETHER)
        nodes.send(TEST_DOLLAR, call_data("transfer(address,uint256)", nodes.wallet, 100 * 10**6))
        nodes.send(POLL, VOTE)
        yield nodes


def simulated(block: Any) -> list[dict[str, Any]]:
    """What both have to say of each call, in one spelling."""
    return [
        {
            "status": each["status"],
            "returned": each["returnData"],
            "gas": each["gasUsed"],
            "logs": [(log["address"].lower(), log["topics"], log["data"]) for log in each["logs"]],
        }
        for each in block[0]["calls"]
    ]


def framed(frame: dict[str, Any]) -> dict[str, Any]:
    """A frame and those in it, in one spelling."""
    shown: dict[str, Any] = {
        key: frame[key] for key in ("type", "value", "gas", "gasUsed", "input") if key in frame
    }
    shown |= {key: frame[key].lower() for key in ("from", "to") if frame.get(key)}
    shown["output"] = frame.get("output", "0x")
    shown |= {"error": frame.get("error"), "reason": frame.get("revertReason")}
    return shown | {"calls": [framed(each) for each in frame.get("calls", ())]}


def batches(wallet: str) -> dict[str, tuple[str, int, bytes]]:
    """What Bob calls, by a name: recipient, wei, data."""
    return {
        "ether": (NOBODY, 7, b""),
        "tokens": (TEST_DOLLAR, 0, TRANSFER),
        "approval": (TEST_DOLLAR, 0, APPROVE),
        "reverts with a reason": (POLL, 0, VOTE),
        "reverts with an error of its own": (TEST_DOLLAR, 0, TOO_MUCH),
        "batch": (wallet, 0, batch_data((NOBODY, 7, b""), (TEST_DOLLAR, 0, TRANSFER), (POLL, 0, VOTE))),
        "batch that fails": (wallet, 0, batch_data((NOBODY, 7, b""), (TEST_DOLLAR, 0, TOO_MUCH))),
    }


NAMES = tuple(batches(NOBODY))
FAILING = {
    "reverts with a reason": "execution reverted: already voted",
    "reverts with an error of its own": "execution reverted",
    "batch that fails": "execution reverted",
}


def call_of(nodes: Nodes, name: str) -> dict[str, str]:
    to, value, data = batches(nodes.wallet)[name]
    return {"from": BOB.address, "to": to, "value": hex(value), "data": "0x" + data.hex()}


def asked(*calls: dict[str, str]) -> dict[str, Any]:
    return {"blockStateCalls": [{"calls": calls}], "traceTransfers": True, "validation": False}


@pytest.mark.parametrize("name", NAMES)
def test_a_call_is_simulated_alike(nodes: Nodes, name: str) -> None:
    ours, theirs = nodes.results("eth_simulateV1", asked(call_of(nodes, name)), "latest")
    assert simulated(ours) == simulated(theirs)
    assert [each["status"] for each in simulated(ours)] == ["0x0" if name in FAILING else "0x1"]


def test_calls_see_each_other_alike(nodes: Nodes) -> None:
    calls = [
        call_of(nodes, name) for name in ("ether", "approval", "tokens", "reverts with a reason", "batch")
    ]
    ours, theirs = nodes.results("eth_simulateV1", asked(*calls), "latest")
    assert simulated(ours) == simulated(theirs)


@pytest.mark.parametrize(("name", "message"), list(FAILING.items()))
def test_a_failure_is_told(nodes: Nodes, name: str, message: str) -> None:
    """Ours as Geth tells it. Anvil has no reason in its error, and gives what the contract reverted with above."""
    ours, theirs = nodes.results("eth_simulateV1", asked(call_of(nodes, name)), "latest")
    ((our,), (their,)) = (ours[0]["calls"], theirs[0]["calls"])
    assert (our["error"]["code"], our["error"]["message"]) == (3, message)
    assert our["error"]["data"] == our["returnData"] == their["returnData"] != "0x"
    assert their["error"]


@pytest.mark.parametrize("name", NAMES)
def test_a_transaction_is_traced_alike(nodes: Nodes, name: str) -> None:
    to, value, data = batches(nodes.wallet)[name]
    transaction = nodes.send(to, data, value)
    ours, theirs = nodes.results("debug_traceTransaction", transaction, CALLS)
    # The gas that a transaction brings: all of it as Geth has it, without what it costs to begin as anvil has it.
    assert ours["gas"] == hex(GAS)
    assert framed(ours) == framed(theirs | {"gas": hex(GAS)})


def test_what_could_be_in_no_block_is_refused_by_both(nodes: Nodes) -> None:
    """With other numbers: who asks has to know both."""
    poor = call_of(nodes, "ether") | {"from": POOR}
    tight = call_of(nodes, "ether") | {"gas": "0x1"}
    for call in (poor, tight):
        ours, theirs = nodes.ask("eth_simulateV1", asked(call), "latest")
        assert ours["error"]["code"] < 0
        assert theirs["error"]["code"] < 0


def test_blocks_that_are_replaced(nodes: Nodes) -> None:
    """What the harness is for besides: a payment that was in a block and is in none."""
    anvil = nodes.anvil
    anvil.fund(RICH.address, ETHER)
    anvil.fund(POOR, 1)
    paid = anvil.send(RICH, POOR, b"", value=5)
    number, block = paid["blockNumber"], paid["blockHash"]
    anvil.mine(2)
    anvil.reorganise(3)
    assert anvil.rpc("eth_getTransactionReceipt", paid["transactionHash"]) is None
    assert anvil.rpc("eth_getBlockByNumber", number, False)["hash"] != block
    assert anvil.rpc("eth_getBalance", POOR, "latest") == "0x1"
