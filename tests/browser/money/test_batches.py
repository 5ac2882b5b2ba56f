"""A card of several calls is one transaction of an account that makes batches, and a trace shows that it did."""

from __future__ import annotations

from playwright.sync_api import expect

from harness.contract_accounts import delegate
from harness.embedded_world import call_data
from harness.money_forms import ask_by_hand, pay_form
from harness.money_pages import DOLLAR, Payers, card, look, pay_outside, says
from parley.chat.payments.model import RequestedCall


def test_a_card_of_two_calls(two: Payers) -> None:
    """Ether and dollars at once (EIP-5792, EIP-7702): both arrive, and the card says how that was checked."""
    key = two.alice.key
    delegate(two.world, key, two.world.wallet(key.address))
    wallet = two.wallet(batching=True)
    transfer = call_data("transfer(address,uint256)", two.bob.key.address, 3 * DOLLAR)
    calls = RequestedCall(two.bob.key.address, 5), RequestedCall(two.dollar, 0, transfer)
    ask_by_hand(two, calls, "For both")
    pay_form(two, "For both")
    there = two.open_there()
    wei, dollars = two.wei(two.bob), two.dollars(two.bob)
    page = look(card(two.open_here(wallet), "For both"))
    expect(page.locator(".calls > li")).to_have_count(2)
    pay_outside(page, wallet)
    two.world.mine(3)
    for shown in (card(there, "For both"), card(two.open_here(), "For both")):
        says(shown, "Paid")
    expect(card(there, "For both")).to_contain_text("Checked by a trace")

    assert [each.method for each in wallet.prompts[1:]] == ["wallet_sendCalls"]
    assert two.wei(two.bob) == wei + 5
    assert two.dollars(two.bob) == dollars + 3 * DOLLAR
