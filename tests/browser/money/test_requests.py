"""Bob asks and Alice pays, on two chains: both pages follow it live, and the balances are the chain's to the wei."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, expect

from harness.anvil import AnvilWorld
from harness.embedded_world import ETHER
from harness.money_pages import (
    DOLLAR,
    PAID_S,
    WATCH,
    Payers,
    ask,
    ask_call,
    card,
    look,
    pay_outside,
    said,
    says,
    sign_inside,
    transaction,
)
from harness.processes import wait_until
from harness.real_pages import PHONE
from harness.schemes import schemes

STATES = {"Pending": 1, "1 confirmation": 2, "Paid": 0}
"""What a card says in turn, each with the blocks that lead to the next."""


def picture(shown: Locator, folder: Path, name: str) -> None:
    """Keep pictures of a card for people to look at."""
    page = shown.page
    for width, height in ((390, 844), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        shown.evaluate("(card) => { card.closest('li').scrollIntoView({ block: 'end' }); }")
        for scheme in schemes(page):
            page.screenshot(path=folder / f"{name}-{width}-{scheme}.png")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]


def known(world: AnvilWorld, transaction_hash: str) -> bool:
    """Whether the node has a transaction, in a block or waiting."""
    return world.rpc("eth_getTransactionByHash", transaction_hash) is not None


def test_requests_are_paid(people: Payers) -> None:
    """By a wallet of the browser and by the wallet inside; each state shows on both pages without a reload."""
    world, wallet = people.world, people.wallet()
    here, there = people.open_here(), people.open_there()
    ask(there, people.with_alice, "0.5", "ETH", "For the boat")
    ask_call(there, people.with_alice, world.poll, "vote(uint256)", "1", "Vote with me")
    ask(there, people.with_alice, "25", "tUSD", "For the cake")
    boat, vote, cake = (
        (card(here, note), card(there, note)) for note in ("For the boat", "Vote with me", "For the cake")
    )
    every = (*boat, *vote, *cake)
    for shown in every:
        says(shown, "Open")
    there.evaluate(WATCH)
    for shown, words in ((boat[0], "0.5 ETH"), (vote[0], "Call vote(uint256)"), (cake[0], "25 tUSD")):
        expect(shown).to_contain_text(words)
    expect(boat[0]).to_contain_text(people.bob.key.address)
    wei, dollars = people.wei(people.alice), people.dollars(people.alice)
    his_wei, his_dollars = people.wei(people.bob), people.dollars(people.bob)
    votes = people.read(world.poll, "votes(uint256)", 1)
    with world.held():
        page = look(card(people.open_here(wallet), "For the boat"))
        pay_outside(page, wallet)
        page = look(card(people.open_here(), "Vote with me"))
        expect(page.locator(".call")).to_contain_text("Call vote(uint256)")
        sign_inside(page)
        page = look(card(people.open_here(), "For the cake"))
        expect(page.locator(".effects")).to_contain_text("Leaves 25 tUSD", use_inner_text=True)
        sign_inside(page)
        for state, blocks in STATES.items():
            for shown in every:
                says(shown, state)
            expect(page.locator("#payment .money-state")).to_have_text(state.replace("Paid", "Done"))
            world.mine(blocks)

    fees = sum(people.fee(transaction(shown)) for shown in (boat[0], vote[0], cake[0]))
    assert wallet.paid == 1
    assert wallet.payments.hashes == [transaction(boat[1])]
    assert people.wei(people.alice) == wei - ETHER // 2 - fees
    assert people.wei(people.bob) == his_wei + ETHER // 2
    assert people.dollars(people.alice) == dollars - 25 * DOLLAR
    assert people.dollars(people.bob) == his_dollars + 25 * DOLLAR
    assert people.read(world.poll, "votes(uint256)", 1) == votes + 1
    for shown in every:
        assert said(shown)[-len(STATES) :] == list(STATES)


def test_one_is_declined_and_one_is_taken_back(two: Payers, screenshots: Path) -> None:
    """Both pages say so, the reason included, and neither can be paid any more."""
    here, there = two.open_here(), two.open_there()
    ask(there, two.with_alice, "1", "ETH", "For a second boat")
    ask(there, two.with_alice, "25", "tUSD", "For a second cake")
    boat, cake = (card(here, note) for note in ("For a second boat", "For a second cake"))
    for shown in (boat, cake):
        says(shown, "Open")
    picture(cake, screenshots, "card")
    two.alice.pages.look(here, "asked for money")
    two.bob.pages.look(there, "asking for money")
    boat.get_by_text("Decline", exact=True).click()
    boat.get_by_label("Reason").fill("One boat is <b>enough</b>.")
    boat.get_by_role("button", name="Decline it").click()
    card(there, "For a second cake").get_by_role("button", name="Take it back").click()

    for page in (here, there):
        says(card(page, "For a second boat"), "Declined")
        expect(card(page, "For a second boat")).to_contain_text("One boat is <b>enough</b>.")
        says(card(page, "For a second cake"), "Cancelled")
    for shown in (boat, cake):
        expect(shown.get_by_role("button")).to_have_count(0)


def test_a_reorganisation(two_on_anvil: Payers, anvil_chain: AnvilWorld) -> None:
    """What was paid is not, once its block is no more; it is handed in again, and is paid again, on both sides."""
    people = two_on_anvil
    here, there = people.open_here(), people.open_there()
    ask(there, people.with_alice, "1.25", "tUSD", "For the stamps")
    dollars = people.dollars(people.bob)
    both = card(here, "For the stamps"), card(there, "For the stamps")
    with people.world.held():
        sign_inside(look(card(people.open_here(), "For the stamps")))
        for shown in both:
            says(shown, "Pending")
        people.world.mine(3)
        for shown in both:
            says(shown, "Paid")
        paid = transaction(both[0])
        anvil_chain.reorganise(3)
        assert people.dollars(people.bob) == dollars
        assert not known(anvil_chain, paid)
        for shown in both:
            says(shown, "Pending")
        wait_until(lambda: known(anvil_chain, paid), PAID_S)
        people.world.mine(3)
        for shown in both:
            says(shown, "Paid")

    assert people.dollars(people.bob) == dollars + 125 * DOLLAR // 100
