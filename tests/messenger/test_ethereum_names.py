"""Whose names an opened profile asks for, and when, on nodes in memory."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from harness.people import conversation_with, introduce
from messenger.ethereum_world import NODE, World, name_of, see
from parley.chain.api import NamesUnsupportedError
from parley.messenger.ethereum import NAMES_AT_ONCE, STRANGERS_S
from parley.messenger.names import REFRESH_S, RETRY_S


async def test_names_arrive_and_are_told(autojump_clock: MockClock, world: World) -> None:
    """Of contacts and of the own account; whoever listens learns that there is something new to read."""
    async with world.open() as alice, world.open("bob") as bob:
        world.name(alice.account, "alice.eth")
        world.name(bob.account, "bob.eth")
        await alice.ethereum.set_nodes(1, (NODE,))
        assert await name_of(alice, alice.account) == "alice.eth"
        assert alice.ethereum.name_of(bob.account) is None
        async with alice.events() as events:
            await introduce(alice, bob)
            await name_of(alice, bob.account)
            told = [
                type(events.receive_nowait()).__name__ for _ in range(events.statistics().current_buffer_used)
            ]

        assert alice.ethereum.name_of(bob.account) == "bob.eth"
        assert "EthereumChanged" in told
        assert bob.ethereum.name_of(bob.account) is None


async def test_a_name_that_does_not_stand_for_the_account_names_nobody(
    autojump_clock: MockClock, world: World
) -> None:
    """Anybody can write anybody's name into the record of their own account."""
    async with world.open() as alice:
        world.mainnet.set_address("vitalik.eth", "0x" + "1" * 40)
        world.mainnet.set_reverse(alice.account, "vitalik.eth")
        await alice.ethereum.set_nodes(1, (NODE,))
        await see(alice, lambda _: world.nodes.asked[f"name {alice.account}"] > 0)
        await trio.sleep(3)

        assert alice.ethereum.name_of(alice.account) is None


async def test_a_stranger_is_asked_for_only_while_they_are_shown(
    autojump_clock: MockClock, world: World
) -> None:
    """By whoever looks at the requests; not behind other pages, nor again once nobody looks there."""
    eve, zed = "0x" + "e" * 40, "0x" + "2" * 40
    async with world.open() as alice:
        world.name(eve, "eve.eth")
        world.mainnet.set_reverse(zed, "vitalik.eth")
        await alice.ethereum.set_nodes(1, (NODE,))
        await see(alice, lambda each: each.balance is not None)
        assert alice.ethereum.name_of(eve) is None
        assert not world.nodes.asked[f"name {eve}"]
        alice.ethereum.ask_for([eve, zed])
        assert await name_of(alice, eve) == "eve.eth"
        await see(alice, lambda _: world.nodes.asked[f"name {zed}"] > 0)
        assert alice.ethereum.name_of(zed) is None

        # Another page stays open for hours.
        for _ in range(3):
            await trio.sleep(REFRESH_S)
            alice.ethereum.state()
        assert world.nodes.asked[f"name {alice.account}"] > 1
        assert world.nodes.asked[f"name {eve}"] == 1
        alice.ethereum.ask_for([eve])
        await see(alice, lambda _: world.nodes.asked[f"name {eve}"] == 2)


async def test_a_stranger_whose_node_was_down_is_forgotten(autojump_clock: MockClock, world: World) -> None:
    """What could not be asked while they were shown is not asked later, behind another page."""
    eve = "0x" + "e" * 40
    async with world.open() as alice:
        await alice.ethereum.set_nodes(1, (NODE,))
        await see(alice, lambda each: each.balance is not None)
        world.nodes.down.add(NODE)
        alice.ethereum.ask_for([eve])
        await see(alice, lambda _: world.nodes.asked[f"name {eve}"] == 1)
        await trio.sleep(STRANGERS_S)
        world.nodes.down.clear()
        for _ in range(3):
            alice.ethereum.state()
            await trio.sleep(REFRESH_S)

        assert world.nodes.asked[f"name {eve}"] == 1


async def test_names_are_asked_for_again_every_hour(autojump_clock: MockClock, world: World) -> None:
    """A name that was sold stops being theirs; while the node is down the last known one stays."""
    async with world.open() as alice:
        world.name(alice.account, "alice.eth")
        await alice.ethereum.set_nodes(1, (NODE,))
        await name_of(alice, alice.account)
        world.nodes.down.add(NODE)
        await trio.sleep(REFRESH_S)
        await see(alice, lambda _: world.nodes.asked[f"name {alice.account}"] > 1)
        assert alice.ethereum.name_of(alice.account) == "alice.eth"

        world.nodes.down.clear()
        world.mainnet.set_address("alice.eth", "0x" + "1" * 40)
        await see(alice, lambda _: alice.ethereum.name_of(alice.account) is None)


async def test_few_names_are_asked_for_at_a_time(autojump_clock: MockClock, world: World) -> None:
    """A full list of contacts is no flood; a node that is down is left alone for a while."""
    accounts = [f"0x{n:040x}" for n in range(1, 200)]
    world.nodes.takes_s = 1.0
    async with world.open() as alice:
        alice.ethereum._accounts = lambda: _soon(accounts)
        await alice.ethereum.set_nodes(1, (NODE,))
        world.nodes.most_at_once = 0
        await see(alice, lambda _: len(world.nodes.asked) > 100)
        assert world.nodes.most_at_once <= NAMES_AT_ONCE + 1  # And the balance.

        world.nodes.down.add(NODE)
        await alice.ethereum.check_nodes()
        await trio.sleep(5)
        asked = world.nodes.asked.total()
        for _ in range(100):
            alice.ethereum.state()
            await trio.sleep(RETRY_S / 100)
        assert world.nodes.asked.total() - asked <= 15


async def _soon(accounts: list[str]) -> list[str]:
    await trio.lowlevel.checkpoint()
    return accounts


@pytest.mark.parametrize("fault", [RuntimeError("secret"), RecursionError(), NamesUnsupportedError()])
async def test_a_fault_in_a_look_up_stops_nothing(
    autojump_clock: MockClock, world: World, fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody's name that our code stumbles over costs their name only; the log repeats nothing of it."""
    async with world.open() as alice, world.open("bob") as bob:
        await introduce(alice, bob)
        world.name(bob.account, "bob.eth")
        world.nodes.fault[alice.account] = fault
        await alice.ethereum.set_nodes(1, (NODE,))

        assert await name_of(alice, bob.account) == "bob.eth"
        assert alice.ethereum.name_of(alice.account) is None
        await alice.send_text(await conversation_with(alice, bob), "still here", "token")
    assert "secret" not in caplog.text
