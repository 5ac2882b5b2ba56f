"""Accounts that are contracts: the first run and signing in, asked on a real chain; and without a node at first."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from harness.browser_wallet import BrowserWallet
from harness.contract_accounts import delegated_account, is_deployed, smart_wallet, undeployed_wallet
from harness.embedded_world import EmbeddedWorld
from harness.real_pages import RealPages, account_of, at_home, press, sign, told
from harness.signers import ContractSigner, KeySigner, Signer, new_key

CHAIN_ID = 31337
NODE = "Address of an Ethereum node"


def _wallet(signer: Signer) -> BrowserWallet:
    return BrowserWallet([signer], chain_id=CHAIN_ID)


def _sign_elsewhere(pages: RealPages, wallet: BrowserWallet) -> None:
    """Sign a second browser in by the wallet, with one signature."""
    before = wallet.signatures
    page = pages.stranger("/sign-in", wallet)
    sign(page, wallet)
    at_home(page)
    assert wallet.signatures == before + 1


@pytest.mark.parametrize("kind", ["deployed", "undeployed"])
def test_a_contract_account(connected: RealPages, embedded_chain: EmbeddedWorld, kind: str) -> None:
    """ERC-1271 and ERC-6492: one signature makes the profile, one signs in; nothing is deployed by it."""
    make = smart_wallet if kind == "deployed" else undeployed_wallet
    wallet = _wallet(make(embedded_chain, new_key()))
    page = connected.make_profile(wallet)
    assert account_of(page) == f"eip155:{CHAIN_ID}:{wallet.address}"
    assert wallet.signatures == 1
    _sign_elsewhere(connected, wallet)
    assert is_deployed(embedded_chain, wallet.address) == (kind == "deployed")
    stranger = _wallet(ContractSigner(wallet.address, new_key()))
    refused = connected.stranger("/sign-in", stranger)
    sign(refused, stranger)

    told(refused, "it is not of this profile's account")
    page.goto(connected.origin + "/settings/unlocking")
    expect(page.get_by_text("Your account is a smart account")).to_be_visible()
    expect(page.get_by_role("button", name=wallet.name)).to_have_count(0)


def test_a_delegated_account_signs_with_its_key(connected: RealPages, embedded_chain: EmbeddedWorld) -> None:
    """EIP-7702: the account stays its key's; what else the delegate accepts makes no profile."""
    key = new_key()
    session = _wallet(delegated_account(embedded_chain, key))
    page = connected.begin(session)
    sign(page, session)
    told(page, "not of the account that was shown")
    page.context.close()
    wallet = _wallet(KeySigner(key))
    page = connected.open("/welcome/wallet", wallet)
    sign(page, wallet)
    at_home(page)

    assert account_of(page) == wallet.address
    _sign_elsewhere(connected, wallet)


def _name_node(page: Page, address: str) -> None:
    page.get_by_label(NODE).fill(address)
    page.keyboard.press("Enter")


def test_a_node_is_named_without_signing_again(parley: RealPages, embedded_chain: EmbeddedWorld) -> None:
    """The page says what is missing and keeps what was signed, over nodes that do not help, to one that does."""
    wallet = _wallet(smart_wallet(embedded_chain, new_key()))
    page = parley.begin(wallet)
    sign(page, wallet)
    problem = page.get_by_role("alert").first
    expect(problem).to_contain_text("only an Ethereum node can check it")
    expect(problem).to_contain_text("Give the address of a node of Local development chain")
    expect(page.get_by_label(NODE)).to_be_focused()
    parley.look(page, "no node")
    for address, words in {
        "node": "no address of an Ethereum node",
        "http://127.0.0.1:9": "answered",
    }.items():
        _name_node(page, address)
        expect(problem).to_contain_text(words)
        expect(page.get_by_label(NODE)).to_have_value(address)
    page.get_by_label(NODE).fill(embedded_chain.url)
    press(page, "Check with this node")
    at_home(page)

    assert account_of(page) == f"eip155:{CHAIN_ID}:{wallet.address}"
    assert wallet.signatures == 1
    page.goto(parley.origin + "/settings/network")
    expect(page.get_by_label("Addresses, one a line")).to_have_value(embedded_chain.url)
    _sign_elsewhere(parley, wallet)


def test_a_node_is_named_before_signing(parley: RealPages, embedded_chain: EmbeddedWorld) -> None:
    """Whoever knows of it opens the place for it first; Return there sends nothing yet."""
    wallet = _wallet(undeployed_wallet(embedded_chain, new_key()))
    page = parley.begin(wallet)
    page.get_by_text("My wallet is a smart account").click()
    _name_node(page, embedded_chain.url)
    sign(page, wallet)
    at_home(page)

    assert wallet.signatures == 1
