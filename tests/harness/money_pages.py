"""Two people who know each other and have money on a chain, and what they do about it on their pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from harness.anvil import AnvilWorld
from harness.browser_wallet import BrowserWallet
from harness.embedded_world import DEPLOYER, ETHER, call_data
from harness.real_pages import choose, heading, press
from harness.signers import KeySigner
from harness.stepped_chain import SteppedWorld
from harness.town import Resident, Town, town

CHAIN_ID = 31337
DOLLAR = 10**6
PREVIEW = "Look before you sign"
PAID_S = 30
"""So long a state may take that follows from a block: both sides look for one every few seconds."""

# Evaluated by the debugger, which the page's policy does not concern. A page that is loaded anew has forgotten it.
WATCH = """() => {
  window.cardStates = {};
  const look = () => {
    for (const card of document.querySelectorAll(".ask-card")) {
      const said = (window.cardStates[card.id] ??= []);
      const state = card.querySelector(".money-state").innerText.trim();
      if (said.at(-1) !== state) said.push(state);
    }
  };
  look();
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""

World = SteppedWorld | AnvilWorld


@dataclass(frozen=True)
class Payers:
    """Alice and Bob, contacts of each other, with ether and test dollars.

    Attributes:
        town: where others can move in.
        here, there: Alice's conversation with Bob, and his with her.
    """

    town: Town
    world: World
    alice: Resident
    bob: Resident
    here: str
    there: str

    def wei(self, who: Resident | str) -> int:
        """The ether of somebody, by the chain."""
        return int(self.world.rpc("eth_getBalance", _address(who), "latest"), 16)

    def dollars(self, who: Resident | str) -> int:
        """The test dollars of somebody in their smallest unit, by the chain."""
        return self.read(self.dollar, "balanceOf(address)", _address(who))

    def read(self, contract: str, signature: str, *arguments: Any) -> int:
        """A number that a contract tells."""
        data = "0x" + call_data(signature, *arguments).hex()
        return int(self.world.rpc("eth_call", {"to": contract, "data": data}, "latest"), 16)

    def fee(self, transaction_hash: str) -> int:
        """What was paid for a transaction, in wei."""
        receipt = self.world.receipt(transaction_hash)
        return int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)

    @property
    def dollar(self) -> str:
        """The test dollar's contract."""
        return self.world.test_dollar

    @property
    def with_alice(self) -> str:
        """The address of Bob's conversation with Alice."""
        return f"{self.bob.pages.origin}/conversations/{self.there}"

    def open_here(self, *wallets: BrowserWallet) -> Page:
        """Alice's conversation with Bob, whose cards are watched from now on."""
        page = self.alice.pages.open(f"/conversations/{self.here}", *wallets)
        page.evaluate(WATCH)
        return page

    def open_there(self) -> Page:
        """Bob's conversation with Alice, whose cards are watched from now on."""
        page = self.bob.pages.open(f"/conversations/{self.there}")
        page.evaluate(WATCH)
        return page

    def wallet(self, **more: Any) -> BrowserWallet:
        """A wallet of Alice's browser that has her key and pays on the chain."""
        nodes = {CHAIN_ID: self.world}
        return BrowserWallet([KeySigner(self.alice.key)], chain_id=CHAIN_ID, nodes=nodes, **more)


@contextmanager
def payers(folder: Path, browser: Browser, world: World) -> Iterator[Payers]:
    """Alice and Bob with 20 ether and 1,000 dollars each, met by their contact records; they end with the block."""
    with town(folder, browser, world) as made:
        alice, bob = made.move_in("alice", "bob")
        for each in (alice, bob):
            world.fund(each.key.address, 20 * ETHER)
            endow = call_data("transfer(address,uint256)", each.key.address, 1000 * DOLLAR)
            world.send(DEPLOYER, world.test_dollar, endow)
        here, there = alice.process.add(bob.process), bob.process.add(alice.process)
        yield Payers(made, world, alice, bob, here, there)


# --- What they do ---


def ask(
    page: Page, conversation: str, amount: str, asset: str, note: str, *, by_wallet: bool = False
) -> None:
    """Ask for money in a conversation, by its address; `by_wallet`: with the signature of the account too."""
    page.goto(f"{conversation}/ask")
    page.get_by_label("What, and on which network").select_option(
        page.get_by_role("option", name=re.compile(f"^{asset} ")).get_attribute("value")
    )
    page.get_by_label("Amount").fill(amount)
    page.get_by_label("Also sign with my wallet").set_checked(by_wallet)
    _ask(page, note)


def ask_call(page: Page, conversation: str, to: str, function: str, arguments: str, note: str) -> None:
    """Ask for a call of a contract in a conversation, by its address."""
    page.goto(f"{conversation}/call")
    page.get_by_label("Address of the contract").fill(to)
    page.get_by_label("Function").fill(function)
    page.get_by_label("Arguments, one a line").fill(arguments)
    _ask(page, note)


def card(page: Page, note: str) -> Locator:
    """The card with a note."""
    return page.locator(".ask-card").filter(has_text=note)


def look(shown: Locator) -> Page:
    """Press what leads from a card to the page before the signature; that page."""
    page = shown.page
    shown.get_by_role("button", name="Look and pay").click()
    heading(page, PREVIEW)
    return page


def confirm_inside(page: Page) -> Locator:
    """The button that has the wallet inside sign a preview."""
    return page.locator("#confirm button[type=submit]")


def sign_inside(page: Page) -> None:
    """Confirm a preview by the wallet inside, up to the page of the payment."""
    confirm_inside(page).click()
    expect(page.locator("#payment")).to_be_visible()


def pay_outside(page: Page, wallet: BrowserWallet) -> None:
    """Confirm a preview by a wallet of the browser, up to the page of the payment."""
    offer(page)
    choose(page, wallet)
    press(page, "Pay with this account")
    expect(page.locator("#payment")).to_be_visible()


def offer(page: Page) -> None:
    """Show the wallets of the browser on a preview, which are folded away where the wallet inside pays too."""
    if confirm_inside(page).is_visible():
        page.get_by_text("Pay with a wallet in this browser").click()


def says(shown: Locator, state: str) -> None:
    """Wait until a card says how far it is."""
    expect(shown.locator(".money-state")).to_have_text(state, timeout=PAID_S * 1000)


def said(shown: Locator) -> list[str]:
    """All that a card has said so far, since its page was opened and not loaded again."""
    states: list[str] = shown.evaluate("(card) => window.cardStates[card.id]")
    return states


def transaction(shown: Locator) -> str:
    """The hash that a card names."""
    found = re.search(r"0x[0-9a-f]{64}", shown.inner_text())
    assert found is not None
    return found.group()


def _ask(page: Page, note: str) -> None:
    page.get_by_label("What it is for, if you want to say").fill(note)
    press(page, "Ask")


def _address(who: Resident | str) -> str:
    return who if isinstance(who, str) else str(who.key.address)
