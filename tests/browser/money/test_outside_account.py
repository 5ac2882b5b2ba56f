"""Somebody whose account is in a wallet of the browser asks with its signature, and pays with it."""

from __future__ import annotations

from playwright.sync_api import expect

from harness.browser_wallet import BrowserWallet
from harness.embedded_world import ETHER
from harness.money_pages import CHAIN_ID, Payers, ask, card, look, pay_outside, says, sign_inside
from harness.real_pages import choose, press


def test_it_asks_and_pays(two: Payers) -> None:
    """Bob, whose account is inside, sees that the wallet signed, and pays; then he asks, and the wallet pays."""
    wallet = BrowserWallet(chain_id=CHAIN_ID, nodes={CHAIN_ID: two.world})
    two.world.fund(wallet.address, ETHER)
    olga = two.town.arrive("olga")
    with olga.visited():
        page = olga.make_profile(wallet)
        to_olga = f"/conversations/{two.bob.process.add(olga.person)}"
        to_bob = f"{olga.origin}/conversations/{olga.person.add(two.bob.process)}"
        ask(page, to_bob, "0.125", "ETH", "For the kite", by_wallet=True)
        choose(page, wallet)
        press(page, "Sign and ask")
        expect(card(page, "For the kite")).to_contain_text("Signed by your wallet")
        his = two.bob.pages.open(to_olga)
        expect(card(his, "For the kite")).to_contain_text("Signed by their wallet")
        before = two.wei(wallet.address)
        sign_inside(look(card(his, "For the kite")))
        two.world.mine(3)
        says(card(page, "For the kite"), "Paid")
        assert two.wei(wallet.address) == before + ETHER // 8

        ask(his, two.bob.pages.origin + to_olga, "0.25", "ETH", "For the string")
        before = two.wei(two.bob)
        pay_outside(look(card(page, "For the string")), wallet)
        two.world.mine(3)
        says(card(his, "For the string"), "Paid")
        assert two.wei(two.bob) == before + ETHER // 4
