"""The chain's own contracts: what they do, and that they are where they always are."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import decode, encode
from eth_utils.address import to_checksum_address

from harness.bytecode import deployed_from
from harness.contract_accounts import batch_data
from harness.small_chain import ETHER, GWEI, POOR, RICH, SOMEBODY, SettableClock, SmallChain, signed
from parley.resources import artifacts_directory
from parley_demo.chain.artifacts import call_data, creation_code
from parley_demo.chain.contracts import CHOICES, POLL, QUESTION, WALLET_FACTORY, maker_key, settle_contracts
from parley_demo.chain.journal import Known
from parley_demo.chain.ledger import DEPLOYER_KEY, address_of_key
from parley_demo.chain.people import TEST_DOLLAR
from parley_demo.chain.start import begin, come_back

JOURNAL = Path(__file__).parents[1] / "vectors" / "chain" / "journal-1"
"""Of a chain that began before there was a poll, 20 blocks and a payment of 5 wei long."""


@pytest.fixture
def chain() -> SmallChain:
    return SmallChain(block_time=0)


def act(chain: SmallChain, to: str, data: bytes, **more: Any) -> dict[str, Any]:
    """The receipt of a call."""
    nonce = int(chain.rpc("eth_getTransactionCount", RICH.address, "latest"), 16)
    transaction = {"to": to, "value": 0, "data": data, "gas": 1_000_000} | more
    receipt: dict[str, Any] = chain.rpc(
        "eth_getTransactionReceipt", chain.send(signed(RICH, nonce, **transaction))
    )
    return receipt


def read(chain: SmallChain, to: str, signature: str, *arguments: Any) -> bytes:
    data = "0x" + call_data(signature, list(arguments)).hex()
    return bytes.fromhex(chain.rpc("eth_call", {"to": to, "data": data})[2:])


def attempt(chain: SmallChain, sender: str, to: str, data: bytes) -> dict[str, Any]:
    """What a call would do."""
    call = {"from": sender, "to": to, "data": "0x" + data.hex()}
    asked = {"blockStateCalls": [{"calls": [call]}], "traceTransfers": True}
    result: dict[str, Any] = chain.rpc("eth_simulateV1", asked)[0]["calls"][0]
    return result


def test_a_vote_counts_once(chain: SmallChain) -> None:
    code = creation_code(artifacts_directory(), "Poll") + encode(
        ["string", "string[]"], ["Where?", ["A", "B"]]
    )
    poll = deployed_from(chain, code)
    assert decode(["string"], read(chain, poll, "question()")) == ("Where?",)
    assert decode(["string[]"], read(chain, poll, "choices()")) == (("A", "B"),)

    receipt = act(chain, poll, call_data("vote(uint256)", [1]))
    (log,) = receipt["logs"]
    assert log["topics"][1] == "0x" + RICH.address[2:].lower().rjust(64, "0")
    assert int(log["data"], 16) == 1
    assert [int.from_bytes(read(chain, poll, "votes(uint256)", each)) for each in (0, 1)] == [0, 1]
    again = attempt(chain, RICH.address, poll, call_data("vote(uint256)", [0]))
    assert again["error"]["message"] == "execution reverted: already voted"
    nothing = attempt(chain, POOR.address, poll, call_data("vote(uint256)", [2]))
    assert nothing["error"]["message"] == "execution reverted: no such choice"


def wallet_of(chain: SmallChain, owner: str) -> str:
    return deployed_from(
        chain, creation_code(artifacts_directory(), "SmartWallet") + encode(["address"], [owner])
    )


def test_a_batch_makes_its_calls_in_their_order(chain: SmallChain) -> None:
    wallet = wallet_of(chain, RICH.address)
    act(chain, wallet, b"", value=ETHER)
    other = "0x" + "22" * 20
    receipt = act(chain, wallet, batch_data((SOMEBODY, 5, b""), (other, 7, b"\x01")))
    trace = chain.rpc("debug_traceTransaction", receipt["transactionHash"], {"tracer": "callTracer"})
    assert [(each["from"], each["to"], each["value"], each["input"]) for each in trace["calls"]] == [
        (wallet, to_checksum_address(SOMEBODY), "0x5", "0x"),
        (wallet, to_checksum_address(other), "0x7", "0x01"),
    ]
    assert chain.rpc("eth_getBalance", wallet, "latest") == hex(ETHER - 12)


def test_a_batch_is_made_whole_or_not_at_all(chain: SmallChain) -> None:
    wallet = wallet_of(chain, RICH.address)
    act(chain, wallet, b"", value=ETHER)
    stranger = call_data("setOwner(address)", [SOMEBODY])
    result = attempt(chain, RICH.address, wallet, batch_data((SOMEBODY, 5, b""), (wallet, 0, stranger)))
    assert result["error"]["message"] == "execution reverted: owner only", "with the reason of what failed"
    assert result["logs"] == []


def test_a_batch_is_the_owners_alone(chain: SmallChain) -> None:
    wallet = wallet_of(chain, RICH.address)
    result = attempt(chain, POOR.address, wallet, batch_data((SOMEBODY, 0, b"")))
    assert result["error"]["message"] == "execution reverted: owner only"


def test_an_account_that_delegates_makes_its_own_batch_data(chain: SmallChain) -> None:
    """EIP-7702, as outside wallets batch: the account calls itself, and nobody else may."""
    wallet = wallet_of(chain, SOMEBODY)
    authorization = RICH.sign_authorization({"chainId": 31337, "address": wallet, "nonce": 2})
    data = batch_data((SOMEBODY, 5, b""), (SOMEBODY, 6, b""))
    receipt = act(chain, RICH.address, data, authorizationList=[authorization])
    assert receipt["status"] == "0x1"
    assert chain.rpc("eth_getBalance", SOMEBODY, "latest") == hex(11)
    trace = chain.rpc("debug_traceTransaction", receipt["transactionHash"], {"tracer": "callTracer"})
    assert [each["from"] for each in trace["calls"]] == [RICH.address] * 2
    result = attempt(chain, POOR.address, RICH.address, data)
    assert result["error"]["message"] == "execution reverted: owner only"


def test_contracts_are_always_at_the_same_addresses() -> None:
    """Whoever the people are, and however long it has been."""
    started = begin(artifacts_directory(), [], 2, SettableClock())
    contracts = started.known.contracts
    assert (contracts["poll"], contracts["wallet_factory"]) == (POLL, WALLET_FACTORY)
    text = (Path(__file__).parents[2] / "contracts" / "README.md").read_text("utf-8")
    assert {POLL, WALLET_FACTORY, TEST_DOLLAR} <= set(text.replace("`", " ").split())


def test_a_chain_of_before_gets_them_where_others_have_them(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    shutil.copyfile(JOURNAL, journal)
    clock = SettableClock()
    clock.now += 3600
    came_back = come_back(journal, artifacts_directory(), [], 2, clock)
    assert came_back.known.contracts["poll"] == POLL
    assert came_back.known.contracts["wallet_factory"] == WALLET_FACTORY
    chain = SmallChain()
    chain.ledger, chain.methods = came_back.ledger, type(chain.methods)(came_back.ledger)
    assert chain.rpc("eth_getBalance", SOMEBODY, "latest") == "0x5", "and what it had before"
    assert decode(["string"], read(chain, POLL, "question()")) == (QUESTION,)
    assert decode(["string[]"], read(chain, POLL, "choices()")) == (CHOICES,)
    came_back.ledger.close()
    again = come_back(journal, artifacts_directory(), [], 2, clock)
    assert again.known == came_back.known
    again.ledger.close()
    assert sum(b'"contracts"' in line for line in journal.read_bytes().splitlines()) == 2, "one old, one new"


def test_a_contract_that_cannot_be_made_is_left_out() -> None:
    """Its place is taken, by whoever used its account first; or there is nothing left to make it with."""
    started = begin(artifacts_directory(), [], 0, SettableClock())
    ledger = started.ledger
    before = Known(started.known.people, {k: v for k, v in started.known.contracts.items() if k != "poll"})
    assert settle_contracts(ledger, artifacts_directory(), before) == started.known, "found where it is"

    chain = SmallChain(block_time=0)
    nobody = settle_contracts(chain.ledger, artifacts_directory(), Known({}, {}))
    assert nobody.contracts == {}, "the deployer of this chain has no ether"
    deployer, maker = address_of_key(DEPLOYER_KEY), maker_key("poll")
    for n, account in enumerate((deployer, address_of_key(maker))):
        chain.send(signed(RICH, n, to=account, value=10 * ETHER))
    chain.ledger.send(None, bytes.fromhex("6000"), key=maker)
    chain.ledger.flush()
    assert set(settle_contracts(chain.ledger, artifacts_directory(), Known({}, {})).contracts) == {
        "wallet_factory"
    }


def test_pieces(chain: SmallChain) -> None:
    pieces = deployed_from(chain, creation_code(artifacts_directory(), "TestPiece"))
    act(chain, pieces, call_data("mint(address,uint256)", [RICH.address, 7]))
    data = call_data("safeTransferFrom(address,address,uint256)", [RICH.address, SOMEBODY, 7])
    receipt = act(chain, pieces, data, maxFeePerGas=20 * GWEI)
    assert len(receipt["logs"][0]["topics"]) == 4
    assert decode(["address"], read(chain, pieces, "ownerOf(uint256)", 7)) == (SOMEBODY,)


def test_every_contract_is_documented() -> None:
    text = (Path(__file__).parents[2] / "contracts" / "README.md").read_text("utf-8")
    manifest = json.loads((artifacts_directory() / "manifest.json").read_text("utf-8"))
    names = [name.removesuffix(".json") for name in manifest["files"] if name.endswith(".json")]
    assert [name for name in names if name not in text] == []
