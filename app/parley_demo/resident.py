"""One of the demo's people in their own process: moves in, and does by themselves what they do by themselves."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any, Final

import trio

from parley.chat.events import ContactChanged, PeopleChanged
from parley.messenger import Keeper, Messenger, ProfileClosedError
from parley.wallet.api import AccountKey, account_of
from parley_demo.carol import Carol
from parley_demo.chain.keys import person_key
from parley_demo.parts import PEOPLE

ANSWERS: Final = "Carol"
"""Who answers by herself."""

LOOK_EVERY_S: Final = 1.0

Tell = Callable[[dict[str, Any]], None]
"""Says something to whoever started this process."""


async def move_in(name: str, keeper: Keeper, passphrase: str) -> None:
    """Open the person's profile, or make it: with the account that the chain gives their name to."""
    if await keeper.has_profile():
        await keeper.unlock(passphrase)
        return
    set_up = await keeper.begin(passphrase, f"{name}'s computer")
    await set_up.read_key("0x" + person_key(name.lower()).hex())
    await set_up.accept_import(set_up.choices[0])


async def live(name: str, keeper: Keeper, tell: Tell) -> None:
    """Go on until cancelled. While the page is locked nothing is received, so there is nothing to do either."""
    others = [await trio.to_thread.run_sync(_account, each) for each in PEOPLE if each != name]
    while True:
        await _until(lambda: keeper.messenger is not None)
        if (messenger := keeper.messenger) is not None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(acquaint, messenger, others, partial(tell, {"knows": "everybody"}))
                if name == ANSWERS:
                    nursery.start_soon(Carol(messenger).run)
                await _until(partial(_is_over, keeper, messenger))
                nursery.cancel_scope.cancel()


async def acquaint(messenger: Messenger, others: Collection[str], done: Callable[[], None]) -> None:
    """Ask the network for the others, by account; calls `done` once nobody is waited for."""
    try:
        while True:
            # Listened to first, so that nothing falls between what is there and what comes.
            async with messenger.events() as events:
                await _ask_for(messenger, others)
                if not await _waits_for(messenger, others):
                    break
                async for event in events:
                    if isinstance(event, ContactChanged | PeopleChanged):
                        break
    except (ProfileClosedError, trio.ClosedResourceError):
        return
    done()


async def _ask_for(messenger: Messenger, others: Collection[str]) -> None:
    # Once: whom a person renamed or blocked since stays so. Without a nickname they are shown by their ENS names.
    known = {each.account for each in await messenger.conversations()}
    known |= {each.account for each in await messenger.pending()}
    known |= {each.account for each in await messenger.blocked()}
    for account in others:
        if account not in known:
            await messenger.add_by_account(account, "")


async def _waits_for(messenger: Messenger, others: Collection[str]) -> bool:
    return any(each.account in others for each in await messenger.pending())


def _account(name: str) -> str:
    return account_of(AccountKey(person_key(name.lower())))


def _is_over(keeper: Keeper, messenger: Messenger) -> bool:
    return keeper.messenger is not messenger


async def _until(true: Callable[[], bool]) -> None:
    # A keeper tells nobody that it was locked or unlocked.
    while not true():  # noqa: ASYNC110
        await trio.sleep(LOOK_EVERY_S)
