"""What the Python-keyed test wallet does when a page wants it to pay, on a chain that is real."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from harness.browser_wallet import BrowserWallet
from harness.contract_accounts import delegate, smart_wallet
from harness.embedded_world import ETHER, EmbeddedWorld
from harness.signers import KeySigner, Signer, new_key
from harness.wallet_page import WalletPage
from harness.wallet_prompts import Kind, Rejects, Waits

CHAIN_ID = 31337
FEES = {"maxFeePerGas": hex(30 * 10**9), "maxPriorityFeePerGas": hex(2 * 10**9)}


@pytest.fixture
def wallet(embedded_chain: EmbeddedWorld) -> BrowserWallet:
    """On the chain, with an ether."""
    key = new_key()
    embedded_chain.fund(key.address, ETHER)
    return BrowserWallet([KeySigner(key)], chain_id=CHAIN_ID, nodes={CHAIN_ID: embedded_chain})


@pytest.fixture
def page(browser: Browser, wallet: BrowserWallet) -> Iterator[WalletPage]:
    """Connected to it."""
    context = browser.new_context()
    wallet.install(context)
    page = WalletPage(context)
    page.ask("eth_requestAccounts")
    yield page
    context.close()
    assert page.complaints == []


def _payment(wallet: BrowserWallet, to: str, value: int) -> dict[str, Any]:
    return {
        "from": wallet.address,
        "to": to,
        "value": hex(value),
        "data": "0x",
        "chainId": hex(CHAIN_ID),
    }


def test_paying(page: WalletPage, wallet: BrowserWallet, embedded_chain: EmbeddedWorld) -> None:
    """One prompt that shows what was asked; the fees are the page's, and the account has paid them."""
    to = new_key().address
    sent = page.ask("eth_sendTransaction", _payment(wallet, to, 5) | FEES)
    receipt = embedded_chain.receipt(sent)
    mined = embedded_chain.rpc("eth_getTransactionByHash", sent)
    fee = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)

    assert int(embedded_chain.rpc("eth_getBalance", to, "latest"), 16) == 5
    assert int(embedded_chain.rpc("eth_getBalance", wallet.address, "latest"), 16) == ETHER - 5 - fee
    assert FEES.items() <= mined.items()
    assert wallet.paid == 1
    assert wallet.prompts[-1].shown == _payment(wallet, to, 5) | FEES
    assert wallet.payments.hashes == [sent]


def test_what_is_not_sent(page: WalletPage, wallet: BrowserWallet) -> None:
    """Rejected, not answered, of another account or another chain, or more than there is."""
    to = new_key().address
    wallet.will(Rejects(), Waits())
    assert page.ask("eth_sendTransaction", _payment(wallet, to, 5)) == 4001
    page.start("waits", "eth_sendTransaction", _payment(wallet, to, 5))
    wallet.wait_for_prompt(page.page)
    assert page.outcome("waits") is None
    assert wallet.paid == 2

    stranger = _payment(wallet, to, 5) | {"from": new_key().address}
    assert page.ask("eth_sendTransaction", stranger) == 4100
    assert page.ask("eth_sendTransaction", _payment(wallet, to, 5) | {"chainId": "0x1"}) == -32602
    assert page.ask("wallet_sendCalls", {"version": "2.0.0", "calls": []}) == 4200
    assert wallet.paid == 2
    assert page.ask("eth_sendTransaction", _payment(wallet, to, 2 * ETHER)) == -32603
    assert wallet.payments.hashes == []


def test_batches(page: WalletPage, wallet: BrowserWallet, embedded_chain: EmbeddedWorld) -> None:
    """Several calls of a contract account are one transaction of its owner's; other accounts make none."""
    owner = new_key()
    account: Signer = smart_wallet(embedded_chain, owner)
    embedded_chain.fund(owner.address, ETHER)
    embedded_chain.fund(account.address, 9)
    wallet.batching = True
    wallet.select(wallet.signers[0], account)
    assert page.ask("wallet_getCapabilities", wallet.address, [hex(CHAIN_ID)]) == {}
    assert page.ask("wallet_getCapabilities", account.address, [hex(CHAIN_ID), "0x1"]) == {
        hex(CHAIN_ID): {"atomic": {"status": "supported"}}
    }
    recipients = [new_key().address, new_key().address]
    batch = {
        "version": "2.0.0",
        "chainId": hex(CHAIN_ID),
        "atomicRequired": True,
        "calls": [{"to": each, "value": "0x3", "data": "0x"} for each in recipients],
    }
    assert page.ask("wallet_sendCalls", batch | {"from": wallet.address}) == 5760
    assert page.ask("wallet_getCallsStatus", "0x12") == 5730
    sent = page.ask("wallet_sendCalls", batch | {"from": account.address})["id"]
    embedded_chain.receipt(wallet.payments.hashes[-1])
    status = page.ask("wallet_getCallsStatus", sent)

    assert status["status"] == 200
    assert status["receipts"][0]["transactionHash"] == wallet.payments.hashes[-1]
    for each in recipients:
        assert int(embedded_chain.rpc("eth_getBalance", each, "latest"), 16) == 3
    assert [each.kind for each in wallet.prompts] == [Kind.CONNECT, Kind.PAY]


def test_a_delegating_account_makes_batches(
    page: WalletPage, wallet: BrowserWallet, embedded_chain: EmbeddedWorld
) -> None:
    """It calls itself, and is the account that the calls come from."""
    key = wallet.signers[0].key  # type: ignore[attr-defined]
    delegate(embedded_chain, key, embedded_chain.wallet(key.address))
    wallet.batching = True
    calls = [{"to": new_key().address, "value": "0x4", "data": "0x"} for _ in range(2)]
    batch = {"version": "2.0.0", "from": key.address, "chainId": hex(CHAIN_ID), "calls": calls}
    sent = page.ask("wallet_sendCalls", batch)["id"]
    embedded_chain.receipt(wallet.payments.hashes[-1])

    assert page.ask("wallet_getCallsStatus", sent)["status"] == 200
    for each in calls:
        assert int(embedded_chain.rpc("eth_getBalance", each["to"], "latest"), 16) == 4
