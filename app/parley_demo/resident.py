"""One of the demo's people in their own process: moves in, and does by themselves what they do by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import trio

from parley.messenger import Keeper
from parley_demo.carol import Carol
from parley_demo.chain.keys import person_key

ANSWERS: Final = "Carol"
"""Who answers by herself."""

LOOK_EVERY_S: Final = 1.0


async def move_in(name: str, keeper: Keeper, passphrase: str) -> None:
    """Open the person's profile, or make it: with the account that the chain gives their name to."""
    if await keeper.has_profile():
        await keeper.unlock(passphrase)
        return
    set_up = await keeper.begin(passphrase, f"{name}'s computer")
    await set_up.read_key("0x" + person_key(name.lower()).hex())
    await set_up.accept_import(set_up.choices[0])


async def live(name: str, keeper: Keeper) -> None:
    """Go on until cancelled. While the page is locked nothing is received, so there is nothing to do either."""
    if name != ANSWERS:
        return
    while True:
        await _until(lambda: keeper.messenger is not None)
        if (messenger := keeper.messenger) is not None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(Carol(messenger).run)
                await _until(lambda: keeper.messenger is not messenger)
                nursery.cancel_scope.cancel()


async def _until(true: Callable[[], bool]) -> None:
    # A keeper tells nobody that it was locked or unlocked.
    while not true():  # noqa: ASYNC110
        await trio.sleep(LOOK_EVERY_S)
