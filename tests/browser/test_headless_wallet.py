"""What npm's headless-web3-provider does in a real browser, under the application's own policy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount
from playwright.sync_api import Browser

from harness.embedded_world import ETHER, EmbeddedWorld
from harness.headless_wallet import NAME, HeadlessWallet, attachable, headless_wallet
from harness.signers import new_key
from harness.wallet_page import ORIGIN, WalletPage
from parley.chain.api import recover_typed_data_signer

CHAIN_ID = 31337
WITH_WALLET = ORIGIN + "/with-wallet"
"""Another address than the tab had before, so that the wallet can tell when it is there."""
TYPED_DATA: dict[str, Any] = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
        "Say": [{"name": "text", "type": "string"}, {"name": "keys", "type": "bytes32[]"}],
    },
    "primaryType": "Say",
    "domain": {"name": "Test", "chainId": CHAIN_ID},
    "message": {"text": "hello", "keys": ["0x" + "11" * 32]},
}


@pytest.fixture(scope="module")
def second_browser(browser: Browser) -> Iterator[tuple[Browser, str]]:
    with attachable(browser) as opened:
        yield opened


@pytest.fixture
def key() -> LocalAccount:
    return new_key()


@pytest.fixture
def page(second_browser: tuple[Browser, str]) -> Iterator[WalletPage]:
    context = second_browser[0].new_context()
    page = WalletPage(context)
    yield page
    context.close()
    assert page.complaints == []


@pytest.fixture
def wallet(
    page: WalletPage, second_browser: tuple[Browser, str], key: LocalAccount, embedded_chain: EmbeddedWorld
) -> Iterator[HeadlessWallet]:
    """The wallet, in the page and connected to the chain."""
    with headless_wallet(
        page.page, second_browser[1], [key], chain_id=CHAIN_ID, rpc=embedded_chain.url
    ) as wallet:
        page.page.goto(WITH_WALLET)
        wallet.arrived(WITH_WALLET)
        yield wallet


def test_connecting_and_signing(page: WalletPage, wallet: HeadlessWallet, key: LocalAccount) -> None:
    """Announced and injected; each request waits for the test, and its signature is ours by eth-account too."""
    assert page.get("names") == [NAME]
    assert page.get("icons")[0].startswith("data:image/svg+xml,")
    assert page.ask("eth_chainId") == hex(CHAIN_ID)
    page.start("connect", "eth_requestAccounts")
    wallet.authorize("eth_requestAccounts")
    assert page.wait_for_outcome("connect") == {"result": [key.address.lower()]}
    page.start("sign", "eth_signTypedData_v4", key.address.lower(), json.dumps(TYPED_DATA))
    wallet.authorize("eth_signTypedData_v4")
    signature = bytes.fromhex(page.wait_for_outcome("sign")["result"][2:])

    assert recover_typed_data_signer(TYPED_DATA, signature) == key.address
    assert wallet.pending() == []
    assert wallet.prompts == ["eth_requestAccounts", "eth_signTypedData_v4"]


def test_rejecting(page: WalletPage, wallet: HeadlessWallet) -> None:
    """Playwright carries an error's words between browser and package, and loses its code."""
    page.start("connect", "eth_requestAccounts")
    wallet.reject("eth_requestAccounts")
    error = page.wait_for_outcome("connect")["error"]

    assert error["code"] is None
    assert "rejected" in error["message"]


def test_it_waits(page: WalletPage, wallet: HeadlessWallet) -> None:
    page.start("first", "eth_requestAccounts")
    page.start("second", "eth_requestAccounts")
    assert page.ask("eth_accounts") == []
    assert wallet.pending() == ["eth_requestAccounts"] * 2
    assert page.outcome("first") is page.outcome("second") is None


def test_text_is_signed_as_it_is_given(page: WalletPage, wallet: HeadlessWallet, key: LocalAccount) -> None:
    """Unlike wallets that people use, it does not take hexadecimal for bytes: a text sent so is another text."""
    for text in ("hello", "0x68656c6c6f"):
        page.start(text, "personal_sign", text, key.address)
        wallet.authorize("personal_sign")
        signed = page.wait_for_outcome(text)["result"]
        assert signed == "0x" + bytes(key.sign_message(encode_defunct(text=text)).signature).hex()


def test_changes(page: WalletPage, wallet: HeadlessWallet) -> None:
    """An account is told as others tell it, a chain as a number."""
    other = new_key()
    wallet.change_accounts(other)
    wallet.switch_network(1, "http://127.0.0.1:1")
    page.wait_for_events(2)

    assert page.get("events") == [
        [NAME, "accountsChanged", [other.address.lower()]],
        [NAME, "chainChanged", 1],
    ]
    assert page.ask("eth_chainId") == "0x1"


def test_it_reads_the_chain(page: WalletPage, wallet: HeadlessWallet, embedded_chain: EmbeddedWorld) -> None:
    """By itself, from its own process."""
    account = new_key().address
    embedded_chain.fund(account, 7)
    assert page.ask("eth_getBalance", account, "latest") == "0x7"


def test_paying(
    page: WalletPage, wallet: HeadlessWallet, key: LocalAccount, embedded_chain: EmbeddedWorld
) -> None:
    """It fills in what a page leaves out, signs, and sends by itself; a page is told the hash."""
    to = new_key().address
    embedded_chain.fund(key.address, ETHER)
    page.start("connect", "eth_requestAccounts")
    wallet.authorize("eth_requestAccounts")
    call = {"from": key.address, "to": to, "value": "0x5", "data": "0x", "chainId": hex(CHAIN_ID)}
    page.start("pay", "eth_sendTransaction", call)
    wallet.authorize("eth_sendTransaction")
    receipt = embedded_chain.receipt(page.wait_for_outcome("pay")["result"])

    assert receipt["status"] == "0x1"
    assert int(embedded_chain.rpc("eth_getBalance", to, "latest"), 16) == 5
