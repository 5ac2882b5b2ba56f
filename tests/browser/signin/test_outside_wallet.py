"""With a wallet outside: the first run, and coming back with it, with the passphrase, and in another browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import Page, expect

from harness.browser_wallet import BrowserWallet
from harness.real_pages import (
    LOCKED,
    PASSPHRASE,
    SIGN_IN,
    RealPages,
    account_of,
    at_home,
    choose,
    heading,
    posted,
    press,
    sign,
    status,
    told,
)
from harness.signers import ContractSigner, new_key
from harness.wallet_prompts import Kind, Prompt

UNLOCK = "Unlock with this account"


@dataclass(frozen=True)
class Made:
    """A profile of a wallet outside, what its first run looked like, and the prompts that took."""

    pages: RealPages
    wallet: BrowserWallet
    shown: str
    prompts: list[Prompt]


@pytest.fixture(scope="module")
def profile(alone: RealPages) -> Iterator[Made]:
    """Made once, by the first run."""
    wallet = BrowserWallet()
    with alone.visited():
        page = alone.begin(wallet)
        choose(page, wallet)
        page.get_by_role("button", name=SIGN_IN).wait_for()
        shown = page.locator("#wallet-facts").inner_text()
        press(page, SIGN_IN)
        at_home(page)
    yield Made(alone, wallet, shown, list(wallet.prompts))
    alone.forget_profile()


@pytest.fixture
def made(profile: Made) -> Iterator[Made]:
    """Unlocked, with a wallet that approves and has asked nothing yet."""
    profile.wallet.prompts.clear()
    with profile.pages.visited():
        yield profile
    profile.pages.unlock()


def _lock(page: Page) -> None:
    press(page, "Lock")
    expect(page).to_have_title(LOCKED)


def test_the_first_run_is_one_signature(made: Made) -> None:
    """Of what the page showed before: the account in the spelling of wallets, and the network by its name."""
    connect, signature = made.prompts

    assert (connect.kind, signature.kind) == (Kind.CONNECT, Kind.SIGN)
    assert signature.method == "eth_signTypedData_v4"
    assert signature.shown["message"]["account"] == made.wallet.address
    assert made.wallet.address in made.shown
    assert "Ethereum Mainnet" in made.shown


def test_the_passphrase_opens_it_after_a_restart(made: Made) -> None:
    """The browser is still signed in, and the wallet is not asked."""
    page = made.pages.open("/", made.wallet)
    assert account_of(page) == made.wallet.address
    page.close()
    made.pages.person.stop()
    made.pages.person.start()
    page = made.pages.stranger("/", context=page.context)
    expect(page).to_have_title(LOCKED)
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    page.keyboard.press("Enter")

    at_home(page)
    assert made.wallet.prompts == []


def test_locking_in_one_browser_locks_the_other(made: Made) -> None:
    """By the button on any page; the other one's page says so by itself."""
    page, other = made.pages.open("/contacts/new"), made.pages.open("/")
    at_home(other)
    _lock(page)

    expect(other).to_have_title(LOCKED)
    expect(other.get_by_text("Locked: not receiving")).to_be_visible()


def test_the_wallet_opens_it(made: Made) -> None:
    """Two signatures set that up, one opens; another account's opens nothing and makes the next try wait."""
    page = made.pages.open("/settings/unlocking", made.wallet)
    made.pages.look(page, "settings")
    sign(page, made.wallet, "Set up with this account")
    status(page, "Your wallet can unlock Parley from now on.")
    made.pages.look(page, "settings with a wallet")
    assert made.wallet.signatures == 2
    for count in (3, 4):
        _lock(page)
        sign(page, made.wallet, UNLOCK)
        at_home(page)
        assert made.wallet.signatures == count
    _lock(page)
    made.pages.look(page, "locked")
    other = BrowserWallet()
    stranger = made.pages.open("/unlock", other)
    sign(stranger, other, UNLOCK)
    told(stranger, "This signature does not open the profile.")
    told(stranger, "Try again in 1 second.")
    made.pages.look(stranger, "locked with a problem")
    assert stranger.title() == LOCKED


def test_the_wallet_signs_another_browser_in(made: Made) -> None:
    """One signature, while it is unlocked, and it serves once."""
    page = made.pages.stranger("/", made.wallet)
    page.get_by_role("link", name="Sign in with a wallet").click()
    forms = posted(page, "/sign-in")
    sign(page, made.wallet)
    at_home(page)
    assert made.wallet.signatures == 1
    assert made.wallet.prompts[-1].method == "personal_sign"
    assert (
        f"{made.pages.origin.removeprefix('http://')} wants you to sign in" in made.wallet.prompts[-1].shown
    )
    again = httpx.post(
        made.pages.origin + "/sign-in", data=forms[0], headers={"Origin": made.pages.origin}, trust_env=False
    )

    assert again.status_code == 409
    assert "expired or was used already" in again.text
    assert "set-cookie" not in again.headers


def test_no_other_account_signs_a_browser_in(made: Made) -> None:
    """Nor anybody while it is locked: the page says how else."""
    other = BrowserWallet()
    page = made.pages.stranger("/sign-in", other)
    sign(page, other)
    told(page, "it is not of this profile's account")
    made.pages.look(page, "sign-in with a problem")
    sneaky = BrowserWallet([ContractSigner(made.wallet.address, new_key())])
    page = made.pages.stranger("/sign-in", sneaky)
    sign(page, sneaky)
    told(page, "it is not of this profile's account")
    made.pages.lock()
    page.goto(made.pages.origin + "/sign-in")

    heading(page, "Parley is locked")
    expect(page.locator("main")).to_contain_text("parley open")


def test_wrong_passphrases_wait(made: Made) -> None:
    """Even the right one is not looked at before its time; then it opens."""
    page = made.pages.open("/", made.wallet)
    _lock(page)
    for again in ("Try again in 1 second.", "Try again in"):
        page.get_by_label("Passphrase").fill("wrong")
        press(page, "Unlock")
        expect(page.get_by_role("alert")).to_contain_text(again)
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    press(page, "Unlock")
    expect(page.get_by_role("alert")).to_contain_text("Try again in")
    expect(page).to_have_title(LOCKED)
    made.pages.unlock()
    page.reload()

    at_home(page)
