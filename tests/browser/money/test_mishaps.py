"""Clicked twice, loaded again, killed, switched, declined: nothing is paid twice, and nothing that was not shown."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from harness.browser_wallet import BrowserWallet
from harness.embedded_world import ETHER
from harness.money_forms import ask_money, pay_form, prepare_asked
from harness.money_pages import Payers, card, confirm_inside, look, offer, pay_outside, says, sign_inside
from harness.real_pages import choose, heading, press, told
from harness.signers import KeySigner, new_key
from harness.wallet_prompts import Gives, Kind, Rejects, Waits

PAY = "Pay with this account"


def asked(two: Payers, note: str, *wallets: BrowserWallet) -> Page:
    """Bob has asked Alice for 0.1 ether; her conversation, with these wallets in her browser."""
    ask_money(two, "0.1", note)
    pay_form(two, note)
    return two.open_here(*wallets)


def sent(two: Payers) -> int:
    """How many transactions of Alice's are in blocks."""
    return int(two.world.rpc("eth_getTransactionCount", two.alice.key.address, "latest"), 16)


def test_a_double_click_pays_once(two: Payers) -> None:
    """And so do two pages that show the same."""
    ask_money(two, "0.1", "For two clicks")
    preview = prepare_asked(two, "For two clicks")
    first, second = two.alice.pages.open(preview), two.alice.pages.open(preview)
    before, money = sent(two), two.wei(two.bob)
    confirm_inside(first).dblclick()
    expect(first.locator("#payment")).to_be_visible()
    two.alice.pages.look(first, "a payment")
    sign_inside(second)
    two.world.mine(3)

    assert second.url == first.url
    assert sent(two) == before + 1
    assert two.wei(two.bob) == money + ETHER // 10


def test_a_second_preview_of_the_same_pays_nothing(two: Payers) -> None:
    """The request is being paid already, and the page says so."""
    ask_money(two, "0.1", "For two previews")
    previews = [prepare_asked(two, "For two previews") for _ in range(2)]
    first, second = (two.alice.pages.open(each) for each in previews)
    before = sent(two)
    sign_inside(first)
    confirm_inside(second).click()
    expect(second.get_by_role("alert").filter(has_text="You pay this request already")).to_be_visible()

    assert sent(two) == before + 1


def test_a_kill_in_the_middle(two: Payers) -> None:
    """What was signed is stored: after the next start it is followed, told, and paid once."""
    page = asked(two, "For the lamp")
    there = two.open_there()
    before = sent(two)
    with two.world.held():
        sign_inside(look(card(page, "For the lamp")))
        page.context.close()
        two.alice.process.kill()
        two.alice.process.start()
        says(card(two.open_here(), "For the lamp"), "Pending")
        two.world.mine(3)
        says(card(there, "For the lamp"), "Paid")

    assert sent(two) == before + 1


def test_a_reload_while_the_wallet_asks(two: Payers) -> None:
    """The wallet is asked once: whoever comes back gets the payment's page, which takes the hash."""
    wallet = two.wallet()
    page = asked(two, "For the net", wallet)
    look(card(page, "For the net"))
    preview = page.url
    before = sent(two)
    offer(page)
    choose(page, wallet)
    wallet.will(Waits())
    press(page, PAY)
    assert wallet.wait_for_prompt(page).kind is Kind.PAY
    page.goto(preview)
    pay_outside(page, wallet)
    expect(page.locator("#payment .money-state")).to_have_text("With your wallet")
    assert wallet.paid == 1
    wallet.answer()
    page.get_by_text("My wallet sent it, and Parley does not know").click()
    page.get_by_label("Hash of the transaction").fill(wallet.payments.hashes[0])
    press(page, "Follow it")
    two.world.mine(3)
    says(card(two.open_there(), "For the net"), "Paid")

    assert sent(two) == before + 1


def test_a_wallet_that_was_switched_is_asked_for_nothing(two: Payers) -> None:
    """To another account or another network, whether it says so or not; back again, it may pay."""
    wallet = two.wallet()
    own, other = wallet.signers[0], KeySigner(new_key())
    page = look(card(asked(two, "For the rope", wallet), "For the rope"))
    pay = page.get_by_role("button", name=PAY)
    offer(page)
    choose(page, wallet)
    expect(pay).to_be_visible()
    wallet.select(other, told=False)
    press(page, PAY)
    told(page, "changed meanwhile")
    wallet.select(own, told=False)
    choose(page, wallet)
    expect(pay).to_be_visible()
    wallet.switch(1, told=False)
    press(page, PAY)
    told(page, "changed meanwhile")
    choose(page, wallet)
    expect(page.get_by_role("status").filter(has_text="on another network")).to_be_visible()
    expect(pay).to_be_hidden()
    wallet.select(other)
    expect(page.get_by_role("status").filter(has_text="shows another account")).to_be_visible()
    expect(pay).to_be_hidden()
    assert wallet.paid == 0
    wallet.select(own)
    press(page, "Change the network in the wallet")
    press(page, PAY)
    expect(page.locator("#payment")).to_be_visible()

    assert wallet.paid == 1
    assert wallet.payments.hashes != []


def test_what_was_declined_in_the_wallet_can_be_paid_again(two: Payers) -> None:
    """Nothing was paid: the card is open still, and is paid by the wallet inside."""
    wallet = two.wallet()
    page = asked(two, "For the bell", wallet)
    before = sent(two)
    look(card(page, "For the bell"))
    offer(page)
    choose(page, wallet)
    wallet.will(Rejects())
    press(page, PAY)
    expect(page.locator("#payment .money-state")).to_have_text("Not sent")
    assert sent(two) == before
    again = two.open_here()
    says(card(again, "For the bell"), "Open")
    sign_inside(look(card(again, "For the bell")))
    two.world.mine(3)
    says(card(two.open_there(), "For the bell"), "Paid")

    assert sent(two) == before + 1


def test_a_wallet_that_answers_nothing(two: Payers) -> None:
    """Given up on the payment's page, by the person who knows; then it can be paid."""
    wallet = two.wallet()
    page = asked(two, "For the flag", wallet)
    look(card(page, "For the flag"))
    offer(page)
    choose(page, wallet)
    wallet.will(Waits())
    press(page, PAY)
    wallet.wait_for_prompt(page)
    here = two.open_here()
    says(card(here, "For the flag"), "With a wallet")
    expect(card(here, "For the flag").get_by_role("button", name="Look and pay")).to_have_count(0)
    here.goto(two.alice.pages.origin + "/money/payments")
    here.locator(".payment-line").first.click()
    press(here, "My wallet did not send it")
    heading(here, "Payment")
    again = two.open_here()
    says(card(again, "For the flag"), "Open")
    assert wallet.payments.hashes == []


def test_a_wallet_that_names_another_transaction(two: Payers) -> None:
    """What it did is looked up: it is no payment of the card, on neither side, and no money moved."""
    wallet = two.wallet()
    page = asked(two, "For the sail", wallet)
    there = two.open_there()
    other = two.world.send(two.alice.key, new_key().address, b"", value=1)["transactionHash"]
    money = two.wei(two.bob)
    look(card(page, "For the sail"))
    offer(page)
    choose(page, wallet)
    wallet.will(Gives(other))
    press(page, PAY)
    expect(page.locator("#payment .money-state")).to_have_text("Failed")
    two.world.mine(3)
    says(card(two.open_here(), "For the sail"), "Failed")
    expect(card(there, "For the sail").locator(".money-state")).not_to_have_text("Paid")

    assert two.wei(two.bob) == money
