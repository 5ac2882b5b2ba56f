"""What an opened profile knows of Ethereum, on nodes in memory."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from harness.embedded_world import EmbeddedWorld
from harness.people import People, story_clock
from harness.signers import KeySigner, new_key
from messenger.ethereum_world import ETHER, NODE, OTHER, SEPOLIA, World, name_of, see
from parley.chain.api import EndpointHealth
from parley.chat.errors import InvalidChainIdError, InvalidNodeAddressError, TooManyNodesError
from parley.messenger.errors import WrongNodeError
from parley.messenger.ethereum import BALANCE_EVERY_S, address_on
from parley.p2p.api import MemoryNetwork
from parley.settings import Settings


async def test_without_a_node_nobody_is_asked(autojump_clock: MockClock, world: World) -> None:
    """There is no public node to fall back to."""
    async with world.open() as alice:
        for _ in range(10):
            state = alice.ethereum.state()
            await trio.sleep(3)

    assert (state.chain_id, state.nodes, state.balance, state.answered) == (1, (), None, None)
    assert world.nodes.made == [(1, ())]


async def test_nodes_are_kept(autojump_clock: MockClock, world: World) -> None:
    """Set once, they are there when the profile is opened again; each was asked when it was set."""
    async with world.open() as alice:
        await alice.ethereum.set_nodes(1, (NODE, OTHER, NODE))
        health = [each.health for each in alice.ethereum.state().nodes]
    async with world.open() as alice:
        state = alice.ethereum.state()

        assert alice.ethereum.network().stored_endpoints == (NODE, OTHER)
    assert health == [EndpointHealth.ANSWERING] * 2
    assert [each.endpoint for each in state.nodes] == ["https://node.example", "https://other.example"]
    assert [each.health for each in state.nodes] == [EndpointHealth.UNTRIED] * 2


async def test_the_balance_is_read_while_somebody_looks(autojump_clock: MockClock, world: World) -> None:
    """Exact to the wei, as of a block; nobody is asked behind a closed page."""
    async with world.open() as alice:
        world.mainnet.add_wei(alice.account, ETHER + 1)
        await alice.ethereum.set_nodes(1, (NODE,))
        await trio.sleep(3600)
        assert not world.nodes.asked
        state = await see(alice, lambda each: each.balance is not None)
        assert state.balance is not None
        assert (state.balance.wei, state.answered) == (ETHER + 1, True)
        assert state.balance.block == await world.mainnet.block()

        world.mainnet.add_wei(alice.account, ETHER)
        start_s = trio.current_time()
        await see(alice, lambda each: each.balance is not None and each.balance.wei == 2 * ETHER + 1)
        assert trio.current_time() - start_s <= BALANCE_EVERY_S + 6


async def test_the_last_known_balance_stays_when_the_node_goes(
    autojump_clock: MockClock, world: World
) -> None:
    """It is said that it is old, and it is never 0 for want of an answer."""
    async with world.open() as alice:
        world.mainnet.add_wei(alice.account, ETHER)
        await alice.ethereum.set_nodes(1, (NODE,))
        known = await see(alice, lambda each: each.balance is not None)
        world.nodes.down.add(NODE)
        state = await see(alice, lambda each: each.answered is False)
        assert state.balance == known.balance
        assert [each.health for each in state.nodes] == [EndpointHealth.UNREACHABLE]

        world.nodes.down.clear()
        world.mainnet.add_wei(alice.account, ETHER)
        state = await see(alice, lambda each: each.answered is True)
        assert state.balance is not None
        assert state.balance.wei == 2 * ETHER


async def test_another_network_is_read_anew(autojump_clock: MockClock, world: World) -> None:
    """Nothing of the one is shown as the other's; the nodes of both are kept."""
    async with world.open() as alice:
        world.mainnet.add_wei(alice.account, 5)
        world.sepolia.add_wei(alice.account, 7)
        world.name(alice.account, "alice.eth")
        await alice.ethereum.set_nodes(1, (NODE,))
        await alice.ethereum.set_nodes(SEPOLIA, ("https://sepolia.example/",))
        await see(alice, lambda each: each.balance is not None)
        await name_of(alice, alice.account)
        await alice.ethereum.choose(SEPOLIA)
        state = alice.ethereum.state()
        assert (state.chain_id, state.balance, alice.ethereum.name_of(alice.account)) == (SEPOLIA, None, None)
        assert [each.endpoint for each in state.nodes] == ["https://sepolia.example"]
        state = await see(alice, lambda each: each.balance is not None)
        assert state.balance is not None
        assert state.balance.wei == 7

        await alice.ethereum.choose(1)
        assert alice.ethereum.network().stored_endpoints == (NODE,)
        assert alice.ethereum.chains(SEPOLIA).endpoints()[0].endpoint == "https://sepolia.example"


async def test_an_answer_that_comes_too_late_is_dropped(autojump_clock: MockClock, world: World) -> None:
    """What an old node said on its way out names nobody on the new network."""
    world.nodes.takes_s = 30.0
    async with world.open() as alice:
        world.name(alice.account, "alice.eth")
        await alice.ethereum.set_nodes(1, (NODE,))
        await see(alice, lambda _: bool(world.nodes.asked))
        await alice.ethereum.choose(SEPOLIA)
        await trio.sleep(100)

        assert alice.ethereum.name_of(alice.account) is None
        assert alice.ethereum.state().balance is None


async def test_a_node_of_another_chain_is_refused(autojump_clock: MockClock, world: World) -> None:
    """Told which one it is on, by an address without its key; nothing is kept."""
    async with world.open() as alice:
        with pytest.raises(WrongNodeError) as caught:
            await alice.ethereum.set_nodes(SEPOLIA, ("https://sepolia.example/", NODE))

        assert (caught.value.expected, caught.value.claimed) == (SEPOLIA, 1)
        assert caught.value.endpoint == "https://node.example"
        assert alice.ethereum.chains(SEPOLIA).endpoints() == ()


async def test_a_node_that_is_down_is_kept_and_said_to_be(autojump_clock: MockClock, world: World) -> None:
    """It may be up tomorrow; asking again tells."""
    world.nodes.down.add(NODE)
    async with world.open() as alice:
        await alice.ethereum.set_nodes(1, (NODE, OTHER))
        health = [each.health for each in alice.ethereum.state().nodes]
        world.nodes.down = {OTHER}
        await trio.sleep(1)
        await alice.ethereum.check_nodes()

        assert health == [EndpointHealth.UNREACHABLE, EndpointHealth.ANSWERING]
        assert [each.health for each in alice.ethereum.state().nodes] == health[::-1]


@pytest.mark.parametrize(
    ("chain_id", "endpoints", "error"),
    [
        (0, (NODE,), InvalidChainIdError),
        (1, ("ftp://node",), InvalidNodeAddressError),
        (1, (NODE, "https://me:secret@node"), InvalidNodeAddressError),
        (1, ("https://node:99999",), InvalidNodeAddressError),
        (1, ("https://[::1", OTHER), InvalidNodeAddressError),
        (1, tuple(f"https://{n}.example" for n in range(9)), TooManyNodesError),
    ],
)
async def test_what_cannot_be_a_node_is_refused(
    autojump_clock: MockClock, world: World, chain_id: int, endpoints: tuple[str, ...], error: type[Exception]
) -> None:
    """Before anybody is asked."""
    async with world.open() as alice:
        with pytest.raises(error):
            await alice.ethereum.set_nodes(chain_id, endpoints)

        assert alice.ethereum.state().nodes == ()


async def test_what_the_run_is_started_with_wins(autojump_clock: MockClock, world: World) -> None:
    """And is not kept."""
    async with world.open() as alice:
        await alice.ethereum.set_nodes(1, (NODE,))
        await alice.ethereum.choose(SEPOLIA)
        await alice.set_lock_after(5)
    async with world.open(rpc=(OTHER,)) as alice:
        network = alice.ethereum.network()
        labels = [each.endpoint for each in alice.ethereum.state().nodes]
        assert (network.chain_id, network.stored_chain_id, network.stored_endpoints) == (1, SEPOLIA, (NODE,))
        assert (network.chain_given, network.endpoints_given, labels) == (
            True,
            True,
            ["https://other.example"],
        )
    async with world.open(chain_id=1, lock_after=0) as alice:
        network = alice.ethereum.network()
        assert (network.chain_id, network.chain_given, network.endpoints_given) == (1, True, False)
        assert [each.endpoint for each in alice.ethereum.state().nodes] == ["https://node.example"]
        locking = alice.locking()
        assert (locking.minutes, locking.stored, locking.given) == (0, 5, True)
    async with world.open() as alice:
        assert alice.ethereum.network().chain_id == SEPOLIA
        assert alice.locking().minutes == 5


async def test_a_real_node(embedded_chain: EmbeddedWorld) -> None:
    """Over JSON-RPC, by the option of a run: the name and the balance come by themselves."""
    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        key = new_key()
        await people.make_outside("alice", KeySigner(key), 1, lambda _chain_id: embedded_chain.chain)
        embedded_chain.register("people-ethereum.eth", key.address)
        embedded_chain.point_back(key, "people-ethereum.eth")
        wei = int(embedded_chain.rpc("eth_getBalance", key.address, "latest"), 16)
        chain_id = embedded_chain.chain.chain_id
        settings = Settings(data=Path("alice"), rpc=(embedded_chain.url,), chain_id=chain_id)
        async with people.open("alice", settings=settings) as alice, alice.events() as events:
            with trio.fail_after(60):
                while True:
                    state, name = alice.ethereum.state(), alice.ethereum.name_of(alice.account)
                    if state.balance is not None and name is not None:
                        break
                    # As an open page: it looks when it is told, and now and then.
                    with trio.move_on_after(0.1):
                        await events.receive()

    assert (name, state.balance.wei, state.answered) == ("people-ethereum.eth", wei, True)
    assert [each.health for each in state.nodes] == [EndpointHealth.ANSWERING]


def test_a_contract_account_has_a_name_on_its_own_chain_only() -> None:
    """At its address on another chain there may be somebody else."""
    address = "0x" + "1" * 40

    assert address_on(address, 1) == address
    assert address_on(address, SEPOLIA) == address
    assert address_on(f"eip155:{SEPOLIA}:{address}", SEPOLIA) == address
    assert address_on(f"eip155:{SEPOLIA}:{address}", 1) is None
