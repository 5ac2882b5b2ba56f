"""Alice and Bob with money: profiles with the wallet inside, on a network and a chain in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trio

from harness.memory_nodes import MemoryNodes
from harness.people import VAULT_KEY, People, Wrap, conversation_with, introduce, story_clock, until
from parley.chain.api import Call, MemoryChain, encode_transfer, listed_tokens
from parley.chat.direct.send import give_secret
from parley.chat.direct.turn import Turn
from parley.chat.events import OutboxChanged
from parley.chat.payments.model import PaymentRow, PaymentState, RequestedCall, RequestState
from parley.chat.payments.references import reference_content
from parley.messenger import Messenger
from parley.messenger.money.model import Card, PaymentCard, ShownPayment, Wish
from parley.p2p.api import MemoryNetwork
from parley.settings import Settings

CHAIN = 31337
ETHER = 10**18
NODE = "https://node.example/"
(DOLLAR,) = listed_tokens(CHAIN)
DOLLARS = 10**6
DAY_S = 24 * 60 * 60


@dataclass
class MoneyPeople:
    """People on a network, and a chain that one node serves."""

    people: People
    chain: MemoryChain = field(default_factory=lambda: MemoryChain(CHAIN, story_clock))
    nodes: MemoryNodes = field(default_factory=MemoryNodes)

    def __post_init__(self) -> None:
        self.nodes.serve(NODE, self.chain)
        self.chain.set_token(DOLLAR)

    async def make(self, *names: str) -> None:
        """Make profiles with the wallet inside, each with 10 ether and 100 test dollars."""
        for name in names:
            await self.people.make_inside(name)
            profile = await self.people.stores[name].profile()
            assert profile is not None
            self.chain.add_wei(profile.account, 10 * ETHER)
            self.chain.add_token(DOLLAR.address, profile.account, 100 * DOLLARS)

    def open(self, name: str, wrap: Wrap | None = None) -> AbstractAsyncContextManager[Messenger]:
        """Open a profile that reads the chain, its wallet unlocked."""
        settings = Settings(data=Path(name), rpc=(NODE,), chain_id=CHAIN)
        return self.people.open(
            name, wrap=wrap, settings=settings, make_chain=self.nodes.make_chain, vault_key=VAULT_KEY
        )


@dataclass(frozen=True)
class Two:
    """Alice and Bob, open, with each one's conversation with the other."""

    world: MoneyPeople
    alice: Messenger
    bob: Messenger
    at_alice: str
    at_bob: str

    @property
    def chain(self) -> MemoryChain:
        """Where they have their money."""
        return self.world.chain

    async def ask(self, form: str = "form-1", *, dollars: int = 25, **wish: object) -> bytes:
        """Bob asks Alice for test dollars; gives the request's id once her card is there."""
        typed: dict[str, object] = {
            "token": DOLLAR.address,
            "amount": dollars * DOLLARS,
            "note": "for the tent",
            "expires_in_s": DAY_S,
        }
        by_wallet = bool(wish.pop("by_wallet", False))
        asked = Wish(self.at_bob, CHAIN, form_token=form, **(typed | wish))  # type: ignore[arg-type]
        message_id = await self.bob.money.ask(asked, by_wallet=by_wallet)
        card = await seen(self.alice, self.at_alice, lambda each: is_message(each, message_id))
        assert isinstance(card, Card)
        return card.row.request.request_id

    async def pay(self, request_id: bytes, fee: str = "normal") -> str:
        """Alice pays a request by the wallet inside; gives the payment's id."""
        preview = await self.alice.money.preview_request(request_id, self.alice.account)
        return await self.alice.money.confirm(preview.preview_id, fee, preview.typed or "")

    async def claim(self, request_id: bytes, transaction_hash: bytes) -> None:
        """Alice names a transaction as the payment of a request, as a page with a wallet of its own does."""
        preview = await self.alice.money.preview_request(request_id, self.alice.account)
        payment_id, _ = await self.alice.money.outside_requests(
            preview.preview_id, "", preview.typed or "", self.alice.account, CHAIN, False
        )
        await self.alice.money.handed(payment_id, "0x" + transaction_hash.hex())

    async def name(self, request_id: bytes, transaction_hash: bytes) -> None:
        """Alice names any transaction as the payment of a request: nothing keeps a client from lying."""
        alice = self.alice
        row = PaymentRow(
            payment_id="",
            chain_id=CHAIN,
            sender=alice.account,
            calls=(),
            state=PaymentState.PENDING,
            created_at_ms=0,
            changed_at_ms=0,
            request_id=request_id,
            transaction_hash=transaction_hash,
        )

        async def job() -> None:
            loaded = await alice._store.load_conversation(self.at_alice)
            assert loaded is not None
            turn = Turn(loaded, alice._own.device, story_clock())
            give_secret(turn)
            turn.say(reference_content(row), shown=False)
            turn.events.append(OutboxChanged())
            await alice._writer.apply(turn.commit("lie"))

        await alice._writer.do(job)

    async def states(self, request_id: bytes, state: RequestState) -> None:
        """Wait until both see a request in a state."""
        await stands(self.alice, self.at_alice, request_id, state)
        await stands(self.bob, self.at_bob, request_id, state)

    async def dollars(self, person: Messenger) -> int:
        """What somebody has of the test dollar, in its smallest unit."""
        (held,) = await self.chain.token_balances(person.account, (DOLLAR.address,))
        return held.amount


@asynccontextmanager
async def two_with_money() -> AsyncIterator[Two]:
    """Alice and Bob, introduced to each other."""
    async with MemoryNetwork(story_clock) as network:
        world = MoneyPeople(People(network))
        await world.make("alice", "bob")
        async with world.open("alice") as alice, world.open("bob") as bob:
            await introduce(alice, bob)
            at_alice, at_bob = await conversation_with(alice, bob), await conversation_with(bob, alice)
            yield Two(world, alice, bob, at_alice, at_bob)


def is_message(card: Card | PaymentCard, message_id: bytes) -> bool:
    """Whether a card stands where this message does."""
    return message_id == (card.row.message_id if isinstance(card, Card) else card.message_id)


def transfer(token: str | None, to: str, amount: int) -> RequestedCall:
    """A payment as it is stored."""
    call = encode_transfer(token, to, amount)
    return RequestedCall(call.to, call.value, call.data)


def dollars_to(person: Messenger, dollars: int = 25) -> Call:
    """The call that pays somebody test dollars."""
    return encode_transfer(DOLLAR.address, person.account, dollars * DOLLARS)


async def seen(
    person: Messenger, conversation_id: str, enough: Callable[[Card | PaymentCard], bool]
) -> Card | PaymentCard:
    """Wait, on events, for a card."""
    found: list[Card | PaymentCard] = []

    async def is_there() -> bool:
        found[:] = [each for each in await person.money.cards(conversation_id) if enough(each)]
        return bool(found)

    with trio.fail_after(DAY_S):
        await until(person, is_there)
    return found[-1]


async def card_for(person: Messenger, conversation_id: str, enough: Callable[[Card], bool]) -> Card:
    """Wait, on events, for the card of a request."""
    card = await seen(person, conversation_id, lambda each: isinstance(each, Card) and enough(each))
    assert isinstance(card, Card)
    return card


async def stands(person: Messenger, conversation_id: str, request_id: bytes, state: RequestState) -> Card:
    """Wait, on events, until somebody sees a request in a state."""

    return await card_for(
        person,
        conversation_id,
        lambda each: each.row.request.request_id == request_id and each.state is state,
    )


async def paid(person: Messenger, payment_id: str, state: PaymentState) -> ShownPayment:
    """Wait, on events, until an own payment is in a state."""

    async def is_so() -> bool:
        return (await person.money.payment(payment_id)).row.state is state

    with trio.fail_after(DAY_S):
        await until(person, is_so)
    return await person.money.payment(payment_id)
