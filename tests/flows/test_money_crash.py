"""A crash around each step about money: nothing is paid twice, and nothing that was paid is forgotten.

The kinds of steps are read from the sources, as in test_crash.py; each is crashed the first few times it is made.
"""

from __future__ import annotations

from contextlib import suppress

import pytest
import trio

from flows.test_crash import money_steps
from harness.crashes import Moment, WatchedStore
from harness.money_people import CHAIN, DOLLAR, DOLLARS, MoneyPeople, card_for, stands
from harness.people import People, introduce, story_clock, until
from parley.chat.errors import AlreadyPayingError, RequestClosedError
from parley.chat.payments.model import RequestState
from parley.messenger import Messenger
from parley.messenger.money.model import Wish
from parley.messenger.system import Store
from parley.p2p.api import MemoryNetwork

TIMES = 3
"""So often each step is crashed: the states of a payment are one step."""

DAY_S = 24 * 60 * 60
BLOCK_S = 5.0
PAID, DECLINED, TAKEN_BACK = "paid", "declined", "taken back"


async def ask(person: Messenger, at_other: str, note: str) -> bytes:
    """Ask for 25 test dollars; the form is the same however often it is sent."""
    message_id = await person.money.ask(
        Wish(at_other, CHAIN, DOLLAR.address, 25 * DOLLARS, note, DAY_S, f"form-{note}")
    )
    card = await card_for(person, at_other, lambda each: each.row.message_id == message_id)
    return card.row.request.request_id


async def pay(person: Messenger, at_other: str) -> bytes:
    """Pay what is asked for; harmless to repeat, as a person would after a crash."""
    card = await card_for(person, at_other, lambda each: not each.row.own and each.row.request.note == PAID)
    request_id = card.row.request.request_id
    with suppress(AlreadyPayingError):
        preview = await person.money.preview_request(request_id, person.account)
        await person.money.confirm(preview.preview_id, "normal", preview.typed or "")
    return request_id


async def live(person: Messenger, at_other: str) -> None:
    """Ask for three things, take one back, decline one, pay one, and see all of it come to its end."""
    own = {each: await ask(person, at_other, each) for each in (PAID, DECLINED, TAKEN_BACK)}
    with suppress(RequestClosedError):
        await person.money.cancel_request(own[TAKEN_BACK])
    card = await card_for(
        person, at_other, lambda each: not each.row.own and each.row.request.note == DECLINED
    )
    with suppress(RequestClosedError):
        await person.money.decline(card.row.request.request_id, "no")
    received = await pay(person, at_other)
    await stands(person, at_other, received, RequestState.SETTLED)
    await stands(person, at_other, own[PAID], RequestState.SETTLED)
    await stands(person, at_other, own[DECLINED], RequestState.DECLINED)
    await stands(person, at_other, own[TAKEN_BACK], RequestState.CANCELLED)


async def tell_with_a_crash(step: str, time: int, moment: Moment) -> bool:
    """Crash Alice around one of her steps, open her again, and check both sides.

    Gives False if the step was not made so often.
    """
    crashed = trio.Event()

    async def crash() -> None:
        crashed.set()
        await trio.sleep_forever()

    def doom(store: Store) -> Store:
        return WatchedStore(store, time, moment, crash, step)  # type: ignore[return-value]

    async with MemoryNetwork(story_clock) as network, trio.open_nursery() as nursery:
        world = MoneyPeople(People(network))
        await world.make("alice", "bob")

        async def mine() -> None:
            while True:
                await trio.sleep(BLOCK_S)
                world.chain.mine()

        async with world.open("bob") as bob:
            first_life = trio.CancelScope()

            async def begin() -> None:
                with first_life:
                    async with world.open("alice", wrap=doom) as alice:
                        await introduce(alice, bob)
                        nursery.start_soon(live, bob, await conversation_of(bob, alice))
                        await live(alice, await conversation_of(alice, bob))

            async def end_at_crash() -> None:
                await crashed.wait()
                first_life.cancel()

            nursery.start_soon(mine)
            nursery.start_soon(end_at_crash)
            await begin()
            if crashed.is_set():
                async with world.open("alice") as alice:
                    at_alice, at_bob = await conversation_of(alice, bob), await conversation_of(bob, alice)
                    await live(alice, at_alice)
                    await live(bob, at_bob)
                    for person in (alice, bob):
                        (held,) = await world.chain.token_balances(person.account, (DOLLAR.address,))
                        assert held.amount == 100 * DOLLARS
                        assert (await world.chain.nonces(person.account)).mined == 1
                        assert len(await person.money.payments()) == 1
        nursery.cancel_scope.cancel()
    return crashed.is_set()


async def conversation_of(person: Messenger, other: Messenger) -> str:
    """Wait for the conversation with somebody."""

    async def is_there() -> bool:
        return any(each.account == other.account for each in await person.conversations())

    await until(person, is_there)
    return next(
        each.conversation_id for each in await person.conversations() if each.account == other.account
    )


@pytest.mark.parametrize("moment", list(Moment))
async def test_a_crash_around_every_step_pays_once(moment: Moment, autojump_clock: trio.abc.Clock) -> None:
    """Before it was stored, and after, when nothing has left yet."""
    for step in sorted(money_steps()):
        made = 0
        while made < TIMES and await tell_with_a_crash(step, made + 1, moment):
            made += 1
        assert made, step
