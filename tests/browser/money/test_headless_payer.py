"""npm's headless-web3-provider, another idea of a wallet, pays a card as it is."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from harness.embedded_world import ETHER
from harness.headless_wallet import NAME, attachable, headless_wallet
from harness.money_forms import ask_money, pay_form
from harness.money_pages import CHAIN_ID, Payers, card, look, offer, says, transaction
from harness.real_pages import choose, press


def test_it_pays_a_card(two: Payers, browser: Browser) -> None:
    """It is asked once for the account and once for the payment, which is exactly what the card asks for."""
    ask_money(two, "0.25", "For the oars")
    pay_form(two, "For the oars")
    there = two.open_there()
    before = two.wei(two.bob)
    with attachable(browser) as (second, address), two.alice.pages.visited():
        context = two.alice.pages.context(browser=second)
        two.alice.pages.sign_in(context)
        page = two.alice.pages.watched(context.new_page())
        with headless_wallet(page, address, [two.alice.key], chain_id=CHAIN_ID, rpc=two.world.url) as wallet:
            page.goto(f"{two.alice.pages.origin}/conversations/{two.here}")
            look(card(page, "For the oars"))
            offer(page)
            choose(page, NAME)
            wallet.authorize("eth_requestAccounts")
            press(page, "Pay with this account")
            wallet.authorize("eth_sendTransaction")
            expect(page.locator("#payment")).to_be_visible()
            assert wallet.prompts == ["eth_requestAccounts", "eth_sendTransaction"]
    two.world.mine(3)
    says(card(there, "For the oars"), "Paid")

    assert two.world.receipt(transaction(card(there, "For the oars")))["status"] == "0x1"
    assert two.wei(two.bob) == before + ETHER // 4
