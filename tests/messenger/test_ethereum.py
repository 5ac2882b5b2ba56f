"""What an opened profile knows of Ethereum, on nodes in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from harness.embedded_world import EmbeddedWorld
from harness.memory_nodes import MemoryNodes
from harness.people import People, conversation_with, introduce, story_clock
from harness.signers import KeySigner, new_key
from parley.chain.api import EndpointHealth, MemoryChain, NamesUnsupportedError
from parley.chat.errors import InvalidChainIdError, InvalidNodeAddressError, TooManyNodesError
from parley.messenger import Messenger
from parley.messenger.errors import WrongNodeError
from parley.messenger.ethereum import BALANCE_EVERY_S, NAMES_AT_ONCE, STRANGERS_S, EthereumState, address_on
from parley.messenger.names import REFRESH_S, RETRY_S
from parley.p2p.api import MemoryNetwork
from parley.settings import Settings

NODE = "https://node.example/secret-key"
OTHER = "https://other.example/"
SEPOLIA = 11155111
ETHER = 10**18


class World:
    """Alice, who opens her profile as a test says, and nodes of two networks."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.nodes = MemoryNodes()
        self.mainnet = MemoryChain(1)
        self.sepolia = MemoryChain(SEPOLIA)
        self.nodes.serve(NODE, self.mainnet)
        self.nodes.serve(OTHER, self.mainnet)
        self.nodes.serve("https://sepolia.example/", self.sepolia)

    @asynccontextmanager
    async def open(self, name: str = "alice", **options: object) -> AsyncIterator[Messenger]:
        """Open a profile, with what the run is started with."""
        settings = replace(Settings(data=Path(name)), **options)  # type: ignore[arg-type]
        async with self.people.open(name, settings=settings, make_chain=self.nodes.make_chain) as messenger:
            yield messenger

    def name(self, account: str, name: str, chain: MemoryChain | None = None) -> None:
        """Let a name stand for an account, and the account for the name."""
        chain = chain or self.mainnet
        chain.set_address(name, account)
        chain.set_reverse(account, name)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Alice and Bob, who know each other not yet."""
    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        await people.make("alice", "bob")
        yield World(people)


async def see(messenger: Messenger, enough: Callable[[EthereumState], bool]) -> EthereumState:
    """Look as an open page does, every three seconds, until what is known is enough."""
    with trio.fail_after(3 * 3600):
        while not enough(messenger.ethereum.state()):  # noqa: ASYNC110  (looking again is what is tested)
            await trio.sleep(3)
    return messenger.ethereum.state()


async def name_of(messenger: Messenger, account: str) -> str:
    """Look until the account has a name."""
    await see(messenger, lambda _: messenger.ethereum.name_of(account) is not None)
    return messenger.ethereum.name_of(account) or ""


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
