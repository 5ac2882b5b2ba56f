"""Whom the chain knows from its start, asked with web3 as anybody's program would: names, ether and dollars."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.exceptions import TransactionNotFound, Web3RPCError

from harness.embedded_world import ETHER, EmbeddedWorld, embedded_world
from harness.small_chain import GWEI, SettableClock
from parley.chain.api import EthereumChain
from parley.resources import artifacts_directory
from parley_demo.chain.__main__ import main
from parley_demo.chain.keys import person_key
from parley_demo.chain.people import (
    NAMES,
    TEST_DOLLAR,
    Person,
    deploy_contracts,
    settle_people,
    with_defaults,
)
from parley_demo.chain.start import begin

DOLLAR = 10**6
ALICE: LocalAccount = Account.from_key(b"\x0a" * 32)
BOB: LocalAccount = Account.from_key(person_key("bob"))


@pytest.fixture(scope="module")
def world() -> Iterator[EmbeddedWorld]:
    with embedded_world("--person", f"Alice={ALICE.address}", block_time=1) as world:
        yield world


@pytest.fixture(scope="module")
def web3(world: EmbeddedWorld) -> Web3:
    return Web3(Web3.HTTPProvider(world.url))


@pytest.fixture(scope="module")
def dollar(web3: Web3) -> Any:
    abi = json.loads((artifacts_directory() / "TestDollar.json").read_text("utf-8"))["abi"]
    return web3.eth.contract(address=Web3.to_checksum_address(TEST_DOLLAR), abi=abi)


def test_it_is_a_chain_to_web3(world: EmbeddedWorld, web3: Web3) -> None:
    assert web3.is_connected()
    assert web3.eth.chain_id == 31337
    assert web3.net.version == "31337"
    assert web3.client_version == "parley-development-chain/2"
    assert web3.eth.syncing is False
    assert list(web3.eth.accounts) == []


async def test_everybody_has_a_name_both_ways_and_its_records(world: EmbeddedWorld) -> None:
    chain = world.chain
    assert isinstance(chain, EthereumChain)
    assert set(world.people) == set(NAMES)
    assert world.people["alice"] == ALICE.address
    for name, account in world.people.items():
        shown = name.capitalize()
        assert await chain.address_of(f"{name}.eth") == account
        assert await chain.name_of(account) == f"{name}.eth"
        assert await chain.text_of(f"{name}.eth", "description") == f"{shown} of the development chain"
        assert await chain.text_of(f"{name}.eth", "display") == f"{shown}.eth"
        assert not await chain.text_of(f"{name}.eth", "avatar")


def test_everybody_has_ether_and_dollars(world: EmbeddedWorld, web3: Web3, dollar: Any) -> None:
    assert (dollar.functions.name().call(), dollar.functions.symbol().call()) == ("Test Dollar", "tUSD")
    assert dollar.functions.decimals().call() == 6
    carol = Web3.to_checksum_address(world.people["carol"])
    assert web3.eth.get_balance(carol) == 100 * ETHER
    assert dollar.functions.balanceOf(carol).call() == 1000 * DOLLAR
    assert dollar.functions.totalSupply().call() == 10**9 * DOLLAR


def test_dollars_are_sent_as_a_wallet_sends_them(web3: Web3, dollar: Any) -> None:
    """With web3's own fees and estimate; it waits, it is replaced by a dearer one, and its log is found."""
    transfer = dollar.functions.transfer(BOB.address, 250 * DOLLAR)
    transaction = transfer.build_transaction({"from": ALICE.address})
    transaction["nonce"] = web3.eth.get_transaction_count(ALICE.address, "pending")
    first = web3.eth.send_raw_transaction(ALICE.sign_transaction(transaction).raw_transaction)
    dearer = transaction | {
        "maxFeePerGas": 2 * transaction["maxFeePerGas"],
        "maxPriorityFeePerGas": 2 * transaction["maxPriorityFeePerGas"],
    }
    sent = first
    # Its block may have come in between, and then there is nothing to replace.
    with suppress(Web3RPCError):
        sent = web3.eth.send_raw_transaction(ALICE.sign_transaction(dearer).raw_transaction)
    receipt = web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.1)

    assert receipt["status"] == 1
    (event,) = dollar.events.Transfer().process_receipt(receipt)
    assert (event["args"]["from"], event["args"]["to"]) == (ALICE.address, BOB.address)
    assert event["args"]["value"] == 250 * DOLLAR
    logs = dollar.events.Transfer().get_logs(
        from_block=0, argument_filters={"from": ALICE.address, "to": BOB.address}
    )
    assert [each["transactionHash"] for each in logs] == [sent]
    transactions: Any = web3.eth.get_block(receipt["blockNumber"], full_transactions=True)["transactions"]
    assert [each["hash"] for each in transactions] == [sent]
    assert dollar.functions.balanceOf(BOB.address).call() == 1250 * DOLLAR


def test_what_web3_shows_of_what_waits(web3: Web3) -> None:
    transaction: dict[str, Any] = {
        "chainId": 31337,
        "nonce": web3.eth.get_transaction_count(BOB.address, "pending") + 1,
        "gas": 21_000,
        "to": ALICE.address,
        "value": 1,
        "maxFeePerGas": 100 * GWEI,
        "maxPriorityFeePerGas": GWEI,
    }
    sent = web3.eth.send_raw_transaction(BOB.sign_transaction(transaction).raw_transaction)
    waiting = web3.eth.get_transaction(sent)
    assert waiting.get("blockHash") is None
    assert waiting["from"] == BOB.address
    with pytest.raises(TransactionNotFound):
        web3.eth.get_transaction_receipt(sent)
    pending = web3.eth.get_block("pending")
    assert pending["number"] > 0
    assert pending.get("hash") is None


def test_fees_as_web3_asks_for_them(web3: Web3) -> None:
    history = web3.eth.fee_history(5, "latest", [10.0, 90.0])
    assert len(history["baseFeePerGas"]) == 6
    assert len(history["reward"]) == 5
    assert web3.eth.max_priority_fee == GWEI
    assert web3.eth.gas_price >= GWEI


def test_the_dollar_is_always_at_the_same_address() -> None:
    """Whoever the people are, and however long it has been."""
    started = begin(artifacts_directory(), [], 2, SettableClock())
    assert started.known.contracts["test_dollar"] == TEST_DOLLAR


def test_a_name_that_is_given_to_another_account_moves() -> None:
    started = begin(artifacts_directory(), [Person("alice", ALICE.address)], 2, SettableClock())
    other = Person("alice", Account.create().address)
    known = settle_people(started.ledger, started.known, with_defaults([other], started.known.people))
    assert known.people == dict(started.known.people) | {"alice": other.account}
    height = started.ledger.blocks.head.block_number
    assert settle_people(started.ledger, known, [other]) == known
    assert started.ledger.blocks.head.block_number == height, "who is known is not endowed again"


def test_many_people_can_be_given() -> None:
    people = [Person(f"person{each}", Account.create().address) for each in range(8)]
    started = begin(artifacts_directory(), people, 0, SettableClock())
    assert len(started.known.people) == 11
    assert deploy_contracts(started.ledger, artifacts_directory())["test_dollar"] != TEST_DOLLAR


@pytest.mark.parametrize(
    "options",
    [
        ["--person", "alice=0x12"],
        ["--person", f"älice={ALICE.address}"],
        ["--person", f"={ALICE.address}"],
        ["--person", f"al.ice={ALICE.address}"],
        ["--person", f"alice={ALICE.address[2:]}"],
        ["--person", f"alice=0x{ALICE.address[2:].swapcase()}"],
        ["--person", f"alice={ALICE.address}", "--person", f"ALICE={BOB.address}"],
        ["--block-time", "-1"],
        ["--block-time", "0.5"],
        ["--block-time", "601"],
        ["--fresh"],
    ],
)
def test_bad_options_are_refused(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(options)
    assert "error:" in capsys.readouterr().err
