"""Whom a person deals with and what they usually pay, as warnings are held against it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.money_book import (
    ALICE,
    BOB,
    CAROL,
    COIN_OF_NOBODY,
    DEMO,
    DOLLAR,
    ETHER,
    MAINNET,
    BookWorld,
    FakeWallet,
)
from parley.chain.api import encode_transfer, listed_tokens
from parley.chat.commit import Commit
from parley.chat.contacts.model import ContactRow, ForgottenContact, Standing
from parley.chat.payments.model import KnownToken, PaymentState, RequestedCall, SavedAddress
from parley.messenger.money import acquainted
from parley.messenger.money.ports import Acquainted
from parley.wallet.api import ShownAccount

DAVE = "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65"
EVE = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
USDC = listed_tokens(MAINNET)[0]


def contact(account: str, nickname: str, standing: Standing = Standing.CONTACT) -> ContactRow:
    """Somebody."""
    place = account.encode().ljust(32, b".")[-32:]
    return ContactRow(account, place, nickname, b"record", place, (), 1, standing)


def pays(token: str | None, to: str, amount: int) -> RequestedCall:
    """A call that pays."""
    call = encode_transfer(token, to, amount)
    return RequestedCall(call.to, call.value, call.data)


async def known(world: BookWorld, chain_id: int = DEMO) -> Acquainted:
    """What is known once the book is opened."""
    async with world.open() as book:
        return await book.acquainted(chain_id)


async def test_names() -> None:
    """Own accounts before contacts before saved addresses; a nickname before an ENS name."""
    world = BookWorld(
        wallet=FakeWallet((ShownAccount(ALICE, "Main", 0),)), ens={BOB: "bob.eth", CAROL: "carol.eth"}
    )
    rows = (
        SavedAddress(ALICE, "saved A", False, 1),
        SavedAddress(BOB, "saved B", False, 1),
        SavedAddress(DAVE, "saved D", True, 1),
        SavedAddress(EVE, "saved E", False, 1),
        contact(BOB, "Bobby"),
        contact(CAROL, ""),
        contact(EVE, ""),
    )
    await world.store.apply(Commit("before", rows=rows))
    assert (await known(world)).names == {
        ALICE: "Main",
        BOB: "Bobby",
        CAROL: "carol.eth",
        DAVE: "saved D",
        EVE: "saved E",
    }


async def test_somebody_without_a_name_is_known() -> None:
    """By their address, so that one that looks like it is noticed."""
    world = BookWorld()
    await world.store.apply(Commit("before", rows=(contact(BOB, ""),)))
    assert (await known(world)).names == {ALICE: "", BOB: ""}


@pytest.mark.parametrize("standing", [each for each in Standing if each is not Standing.CONTACT])
async def test_a_stranger_who_writes_is_not_known(standing: Standing) -> None:
    """Nor whoever is blocked; else their look-alike address would raise no warning."""
    world = BookWorld()
    await world.store.apply(Commit("before", rows=(contact(BOB, "Carol", standing), contact(CAROL, "Carol"))))
    assert (await known(world)).names == {ALICE: "", CAROL: "Carol"}


async def test_contract_accounts_are_known_on_their_own_chain() -> None:
    """The own one as well: elsewhere they are somebody else's."""
    world = BookWorld(own_account=f"eip155:1:{ALICE}")
    await world.store.apply(Commit("before", rows=(contact(f"eip155:{DEMO}:{BOB}", "Bob"),)))
    assert (await known(world, DEMO)).names == {BOB: "Bob"}
    assert (await known(world, MAINNET)).names == {ALICE: ""}


async def test_contacts_come_and_go() -> None:
    """Each change is seen at the next look, also one that came while contacts were read."""
    world = BookWorld()
    async with world.open() as book:
        assert set((await book.acquainted(DEMO)).names) == {ALICE}
        await world.keep(contact(BOB, "Bob", Standing.REQUEST))
        assert set((await book.acquainted(DEMO)).names) == {ALICE}
        await world.keep(contact(BOB, "Bob"))
        assert (await book.acquainted(DEMO)).names[BOB] == "Bob"
        await world.keep(contact(BOB, "Robert"))
        assert (await book.acquainted(DEMO)).names[BOB] == "Robert"

        read = world.store.contacts

        async def slow() -> tuple[ContactRow, ...]:
            found = await read()
            world.store.contacts = read  # type: ignore[method-assign]
            await world.keep(ForgottenContact(BOB))
            return found

        world.store.contacts = slow  # type: ignore[method-assign]
        await world.keep(contact(CAROL, "Carol"))
        assert set((await book.acquainted(DEMO)).names) == {ALICE, CAROL}


async def test_who_was_paid_and_how_much() -> None:
    """Addresses on any chain, amounts of the one; a batch counts each of its transfers; the newest come first."""
    world = BookWorld()
    async with world.open() as book:
        await world.pay(pays(None, BOB, ETHER))
        await world.pay(pays(DOLLAR.address, CAROL, 5), pays(None, BOB, 7), state=PaymentState.CONFIRMING)
        await world.pay(pays(USDC.address, DAVE, 9), chain_id=MAINNET)
        demo, mainnet, base = [await book.acquainted(each) for each in (DEMO, MAINNET, 8453)]
    assert demo.paid == mainnet.paid == base.paid == {BOB, CAROL, DAVE}
    assert demo.amounts == {None: [7, ETHER], DOLLAR.address: [5]}
    assert mainnet.amounts == {USDC.address: [9]}
    assert base.amounts == {}


@pytest.mark.parametrize("state", list(PaymentState))
async def test_what_is_in_no_block_paid_nobody(state: PaymentState) -> None:
    """Once it is, it is known; the same payment is read anew whenever it changes."""
    world = BookWorld()
    async with world.open() as book:
        row = await world.pay(pays(None, BOB, 1), state=PaymentState.HANDED)
        assert (await book.acquainted(DEMO)).paid == frozenset()
        await world.keep(replace(row, state=state))
        there = state in (PaymentState.CONFIRMING, PaymentState.SETTLED)
        assert (await book.acquainted(DEMO)).paid == ({BOB} if there else frozenset())
        await world.keep(replace(row, state=PaymentState.DROPPED))
        assert (await book.acquainted(DEMO)).paid == frozenset()


async def test_a_token_of_nobodys_choice_pays_nobody() -> None:
    """Until the person adds it; what it is usual to pay of it is known all the same."""
    world = BookWorld()
    async with world.open() as book:
        await world.pay(pays(COIN_OF_NOBODY.address, BOB, 3))
        before = await book.acquainted(DEMO)
        facts = COIN_OF_NOBODY
        await world.keep(KnownToken(DEMO, facts.address, facts.name, facts.symbol, facts.decimals, 1))
        after = await book.acquainted(DEMO)
    assert (set(before.paid), set(after.paid)) == (set(), {BOB})
    assert before.amounts == after.amounts == {COIN_OF_NOBODY.address: [3]}
    assert (before.tokens, after.tokens) == ((), (COIN_OF_NOBODY,))


async def test_what_a_contract_only_says_it_does_pays_nobody() -> None:
    """A transfer inside a multicall, an approval, somebody else's money, nothing at all."""
    from eth_abi.abi import encode
    from eth_utils.crypto import keccak

    world = BookWorld()
    transfer = encode_transfer(DOLLAR.address, BOB, 5).data
    calls = [
        keccak(text="multicall(bytes[])")[:4] + encode(["bytes[]"], [[transfer]]),
        keccak(text="approve(address,uint256)")[:4] + encode(["address", "uint256"], [BOB, 5]),
        keccak(text="transferFrom(address,address,uint256)")[:4]
        + encode(["address", "address", "uint256"], [CAROL, BOB, 5]),
        keccak(text="transfer(address,uint256)")[:4] + encode(["address", "uint256"], [BOB, 0]),
        b"\1\2\3\4" + encode(["address"], [BOB]),
    ]
    async with world.open() as book:
        await world.pay(*(RequestedCall(DOLLAR.address, 0, each) for each in calls), RequestedCall(BOB, 0))
        met = await book.acquainted(DEMO)
    assert (met.paid, met.amounts) == (frozenset(), {})


async def test_only_the_newest_payments_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever was paid long ago is paid for the first time again."""
    monkeypatch.setattr(acquainted, "MOST_PAYMENTS", 2)
    world = BookWorld()
    async with world.open() as book:
        for amount, to in enumerate((BOB, CAROL, DAVE), 1):
            await world.pay(pays(None, to, amount), created_at_ms=amount)
        met = await book.acquainted(DEMO)
    assert (set(met.paid), met.amounts) == ({CAROL, DAVE}, {None: [3, 2]})


async def test_payments_are_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not for every preview and every card, and after a new one only that."""
    decoded: list[str] = []
    real = acquainted._paid_by

    def counted(row: object) -> object:
        decoded.append(row.payment_id)  # type: ignore[attr-defined]
        return real(row)  # type: ignore[arg-type]

    monkeypatch.setattr(acquainted, "_paid_by", counted)
    world = BookWorld()
    async with world.open() as book:
        rows = [await world.pay(pays(None, BOB, each)) for each in (1, 2)]
        for chain_id in (DEMO, MAINNET, DEMO):
            await book.acquainted(chain_id)
        rows.append(await world.pay(pays(None, CAROL, 3)))
        assert (await book.acquainted(DEMO)).paid == {BOB, CAROL}
    assert sorted(decoded) == sorted(each.payment_id for each in rows)
