"""npm's headless-web3-provider, another idea of a wallet, from the first run to unlocking."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from harness.headless_wallet import NAME, attachable, headless_wallet
from harness.real_pages import SIGN_IN, RealPages, account_of, at_home, choose, press, status, told
from harness.signers import new_key


def test_it_makes_a_profile_and_opens_it(parley: RealPages, browser: Browser) -> None:
    """It asks before everything; declining is told, though its words lose their number on the way."""
    key = new_key()
    with attachable(browser) as (second, address), parley.visited():
        context = parley.context(browser=second)
        parley.sign_in(context)
        page = parley.watched(context.new_page())
        with headless_wallet(page, address, [key], chain_id=1) as wallet:
            page.goto(parley.origin)
            parley.choose_passphrase(page)
            choose(page, NAME)
            wallet.reject("eth_requestAccounts")
            told(page, "Nothing was done")
            choose(page, NAME)
            wallet.authorize("eth_requestAccounts")
            expect(page.get_by_text(str(key.address))).to_be_visible()
            press(page, SIGN_IN)
            wallet.authorize("eth_signTypedData_v4")
            at_home(page)
            assert account_of(page) == key.address
            assert wallet.prompts.count("eth_signTypedData_v4") == 1

            page.goto(parley.origin + "/settings/unlocking")
            choose(page, NAME)
            wallet.authorize("eth_requestAccounts")
            press(page, "Set up with this account")
            for _ in range(2):
                wallet.authorize("eth_signTypedData_v4")
            status(page, "Your wallet can unlock Parley from now on.")
            press(page, "Lock")
            choose(page, NAME)
            wallet.authorize("eth_requestAccounts")
            press(page, "Unlock with this account")
            wallet.authorize("eth_signTypedData_v4")
            at_home(page)
