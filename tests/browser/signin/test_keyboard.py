"""The first run by Tab and Enter alone, on a phone's screen; axe finds nothing on any of its pages."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from harness.browser_wallet import BrowserWallet
from harness.real_pages import (
    PASSPHRASE,
    SIGN_IN,
    RealPages,
    account_of,
    at_home,
    enter,
    heading,
    status,
    tab_to,
)
from harness.wallet_prompts import Waits


def _begin(parley: RealPages, *wallets: BrowserWallet) -> Page:
    """From an empty folder to the choice of the account."""
    page = parley.open("/", *wallets)
    heading(page, "Private messages between Ethereum accounts")
    parley.look(page, "welcome")
    tab_to(page, page.get_by_label("Passphrase"))
    page.keyboard.type(PASSPHRASE)
    page.keyboard.press("Tab")
    page.keyboard.type("another one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    parley.look(page, "welcome with a problem")
    tab_to(page, page.get_by_label("Passphrase"))
    page.keyboard.type(PASSPHRASE)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSPHRASE)
    enter(page, page.get_by_role("button", name="Continue"))
    heading(page, "Choose your account")
    return page


def test_with_a_wallet_outside(parley: RealPages) -> None:
    """The focus is where the next key belongs."""
    wallet = BrowserWallet()
    wallet.will(Waits())
    page = _begin(parley, wallet)
    choice = page.get_by_role("button", name=wallet.name)
    expect(choice).to_be_visible()
    parley.look(page, "account")
    enter(page, choice)
    wallet.wait_for_prompt(page)
    status(page, "allow Parley to see your account")
    parley.look(page, "connecting")
    wallet.answer()
    expect(page.get_by_role("button", name=SIGN_IN)).to_be_focused()
    parley.look(page, "account shown")
    page.keyboard.press("Enter")

    at_home(page)
    parley.look(page, "conversations")
    assert (account_of(page), wallet.signatures) == (wallet.address, 1)
    stranger = parley.stranger("/sign-in")
    expect(stranger.get_by_text("No wallet was found")).to_be_visible()
    parley.look(stranger, "sign-in")


def test_with_a_wallet_inside(parley: RealPages) -> None:
    """Fresh words, shown, written down and checked; a wrong one is told."""
    page = _begin(parley)
    enter(page, page.get_by_role("button", name="Make a wallet here"))
    heading(page, "Write these words down")
    parley.look(page, "words")
    words = page.locator(".word").all_inner_texts()
    assert len(words) == 12
    enter(page, page.get_by_role("link", name="I have written them down"))
    heading(page, "Check what you wrote")
    parley.look(page, "check")
    fields = page.get_by_label("Word number").all()
    asked = [int((each.get_attribute("name") or "").removeprefix("word_")) for each in fields]
    for index, position in enumerate(asked):
        tab_to(page, page.get_by_label(f"Word number {position}", exact=True))
        page.keyboard.type("zebra" if index == 0 else words[position - 1])
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("One word is not the one you were shown.")
    parley.look(page, "check with a problem")
    wrong = page.get_by_label(f"Word number {asked[0]}", exact=True)
    expect(wrong).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type(words[asked[0] - 1])
    page.keyboard.press("Enter")

    at_home(page)
    expect(page.get_by_text("not checked yet")).to_have_count(0)


def test_with_an_account_from_elsewhere(parley: RealPages) -> None:
    """Words with a typing error are told, and can be corrected."""
    page = parley.begin()
    enter(page, page.get_by_role("link", name="I have words, a key or a keystore"))
    heading(page, "Bring your account")
    parley.look(page, "import")
    tab_to(page, page.get_by_label("12 to 24 words"))
    page.keyboard.type("test " * 11 + "jnuk")
    enter(page, page.get_by_role("button", name="Find my account").first)
    expect(page.get_by_role("alert")).to_contain_text("number 12")
    parley.look(page, "import with a problem")
    expect(page.get_by_label("12 to 24 words")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("test " * 11 + "junk")
    enter(page, page.get_by_role("button", name="Find my account").first)
    heading(page, "Is this your account?")
    tab_to(page, page.get_by_role("radio").first)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    at_home(page)
    assert account_of(page) == "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
