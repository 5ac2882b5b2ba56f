"""Whose money is shown, and who signs for it; and the networks that are read."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from harness.money_book import ALICE, BOB, CAROL, DEMO, BookWorld, FakeWallet
from parley.chat.commit import Commit
from parley.chat.payments.model import SavedAddress
from parley.chat.preferences.change import change_preferences
from parley.chat.preferences.model import Preferences
from parley.messenger.money.model import AccountKind, MoneyAccount
from parley.settings import Settings
from parley.wallet.api import ShownAccount

CONTRACT = f"eip155:10:{BOB}"


async def test_an_account_outside() -> None:
    """Nobody knows what its wallet calls it."""
    async with BookWorld().open() as book:
        assert book.accounts() == (MoneyAccount(ALICE, "", AccountKind.OUTSIDE, own=True),)


async def test_a_contract_account_is_outside() -> None:
    """By its address; no key is inside, whatever else is."""
    async with BookWorld(own_account=CONTRACT, wallet=FakeWallet()).open() as book:
        assert book.accounts() == (MoneyAccount(BOB, "", AccountKind.OUTSIDE, own=True),)


async def test_accounts_of_the_wallet_inside() -> None:
    """The own one at once, and first; the others once the wallet was opened, by its labels."""
    world = BookWorld(wallet=FakeWallet())
    async with world.open() as book:
        before = book.accounts()
        assert world.wallet is not None
        world.wallet.accounts = (ShownAccount(BOB, "Savings", 1), ShownAccount(ALICE, "Main", 0))
        after = book.accounts()
    assert before == (MoneyAccount(ALICE, "", AccountKind.INSIDE, own=True),)
    assert after == (
        MoneyAccount(ALICE, "Main", AccountKind.INSIDE, own=True),
        MoneyAccount(BOB, "Savings", AccountKind.INSIDE, own=False),
    )


async def test_watched_addresses_come_last() -> None:
    """From the first page on after a start, and as soon as one is saved; saved ones that are not watched never."""
    world = BookWorld()
    stored = (SavedAddress(CAROL, "Cold", True, 1), SavedAddress(BOB, "Bob", False, 1))
    await world.store.apply(Commit("before", rows=stored))
    async with world.open() as book:
        first = book.accounts()
        await book.save_address(BOB, "Bob", True)
        both = book.accounts()
        await book.forget_address(CAROL)
        one = book.accounts()
    watched = [
        MoneyAccount(each, label, AccountKind.WATCHED, own=False)
        for each, label in ((BOB, "Bob"), (CAROL, "Cold"))
    ]
    assert first[1:] == (watched[1],)
    assert both[1:] == tuple(watched)
    assert one[1:] == (watched[0],)


async def test_a_watched_own_account_stays_one_that_pays() -> None:
    """Each account is shown once, as what it is."""
    world = BookWorld(wallet=FakeWallet((ShownAccount(ALICE, "Main", 0), ShownAccount(BOB, "Two", 1))))
    async with world.open() as book:
        await book.save_address(ALICE, "Me", True)
        await book.save_address(BOB, "Me too", True)
        await book.save_address(CAROL, "Cold", True)
        kinds = [(each.address, each.kind) for each in book.accounts()]
    assert kinds == [(ALICE, AccountKind.INSIDE), (BOB, AccountKind.INSIDE), (CAROL, AccountKind.WATCHED)]


def _with_node(preferences: Preferences, chain_id: int) -> Preferences:
    return preferences.with_endpoints(chain_id, ("http://node",)).with_chain(chain_id)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings(Path("nowhere")), (10, 1, 8453)),
        (Settings(Path("nowhere"), chain_id=8453), (8453, 1, 10)),
        (Settings(Path("nowhere"), rpc=("http://node",), chain_id=DEMO), (DEMO, 1, 10, 8453)),
        # One that is chosen and has no node can neither be read nor pay.
        (Settings(Path("nowhere"), chain_id=137), (1, 10, 8453)),
    ],
)
async def test_networks_with_nodes(settings: Settings, expected: tuple[int, ...]) -> None:
    """The one that is read first; what the run was started with counts."""
    world = BookWorld(settings=settings)
    for chain_id in (1, 8453, 10):
        commit = change_preferences(await world.store.preferences(), partial(_with_node, chain_id=chain_id))
        assert commit is not None
        await world.store.apply(commit)
    async with world.open() as book:
        assert book.networks() == expected


async def test_no_network_has_a_node() -> None:
    """Nothing is offered that could not be asked."""
    async with BookWorld(settings=Settings(Path("nowhere"))).open() as book:
        assert book.networks() == ()
