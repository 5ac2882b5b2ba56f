"""Making, opening and closing a profile while the process goes on, on a real folder and a network in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from harness.page_client import PORT, page_client
from harness.people import story_clock
from parley.messenger import Keeper, ProfileClosedError, ProfileExistsError, System, WrongPassphraseError
from parley.messenger.keeper import SET_UP_LIFETIME_S
from parley.messenger.profile import database_path
from parley.messenger.setup import SetUp
from parley.messenger.system import open_store, real_system
from parley.messenger.writer import Writer
from parley.p2p.api import MemoryNetwork, Network, NodeSettings
from parley.settings import Settings
from parley.web.app import create_app
from parley.web.unlocking import lock_profile

PASSPHRASE = "correct horse"


class Nodes:
    """The real system but for the network; counts the open nodes."""

    def __init__(self, network: MemoryNetwork) -> None:
        self.open = 0
        self._network = network

    def system(self) -> System:
        real = real_system()
        return System(
            clock=real.clock,
            entropy=real.entropy,
            jitter=real.jitter,
            open_store=open_store,
            open_network=self._open,
        )

    def _open(self, _settings: NodeSettings) -> _Node:
        return _Node(self)

    def join(self) -> Network:
        return self._network.join(f"node {self.open}", clock=story_clock)


class _Node:
    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes

    async def __aenter__(self) -> Network:
        self._node = self._nodes.join()
        self._nodes.open += 1
        return self._node

    async def __aexit__(self, *_: object) -> None:
        self._nodes.open -= 1
        self._node.close()  # type: ignore[attr-defined]


@pytest.fixture
async def nodes() -> AsyncIterator[Nodes]:
    """No node is open."""
    async with MemoryNetwork() as network:
        yield Nodes(network)


async def make(keeper: Keeper) -> SetUp:
    """Make a profile of fresh words."""
    begun = await keeper.begin(PASSPHRASE, "laptop")
    begun.make_words(12)
    await begun.accept_words(None)
    return begun


async def test_a_profile_is_made_locked_and_opened_again(tmp_path: Path, nodes: Nodes) -> None:
    """Its node runs while it is open only, the page's own folder stays, and a wrong passphrase opens nothing."""
    data = tmp_path / "data"
    (data / "page").mkdir(parents=True)
    (data / "page" / "port").write_text("1234\n")
    async with trio.open_nursery() as nursery:
        keeper = Keeper(Settings(data), nodes.system(), nursery)
        assert not await keeper.has_profile()
        assert keeper.messenger is None
        begun = await make(keeper)
        assert keeper.messenger is not None
        account = keeper.messenger.account
        assert (nodes.open, keeper.set_up) == (1, None)
        with pytest.raises(ProfileExistsError):
            await keeper.begin("another", "laptop")
        with pytest.raises(ProfileExistsError):
            await begun.accept_words(None)
        await keeper.lock()
        await keeper.lock()
        assert (keeper.messenger, nodes.open) == (None, 0)

        with pytest.raises(WrongPassphraseError):
            await keeper.unlock("wrong")
        assert (keeper.messenger, nodes.open) == (None, 0)
        await keeper.unlock(PASSPHRASE)
        await keeper.unlock("whatever, it is open")
        assert keeper.messenger.account == account
        assert nodes.open == 1
        await keeper.lock()
        nursery.cancel_scope.cancel()

    assert database_path(data).exists()
    assert (data / "page" / "port").read_text() == "1234\n"
    assert not (tmp_path / "data.unfinished").exists()


async def test_idleness_closes_it(tmp_path: Path, nodes: Nodes) -> None:
    """As `parley up` does it, with a shorter time: database and node are closed, and the page says so."""
    async with trio.open_nursery() as nursery:
        keeper = Keeper(Settings(tmp_path / "data"), nodes.system(), nursery)
        app = create_app(keeper, port=PORT)
        await make(keeper)
        assert nodes.open == 1
        locked = trio.Event()

        async def lock() -> None:
            await lock_profile(app)
            locked.set()

        nursery.start_soon(app.state.activity.call_when_idle, lambda: 0.01, lock)
        with trio.fail_after(10):
            await locked.wait()
        assert (keeper.messenger, nodes.open) == (None, 0)
        async with page_client(app) as client:
            page = await client.get("/unlock")
        nursery.cancel_scope.cancel()

    assert "<title>Locked: not receiving" in page.text
    assert not database_path(tmp_path / "data").with_suffix(".db-wal").exists()


async def test_what_cannot_be_opened_breaks_nothing(tmp_path: Path, nodes: Nodes) -> None:
    """The error comes to whoever asked, and the next try is a new one."""
    async with trio.open_nursery() as nursery:
        keeper = Keeper(Settings(tmp_path / "data", faults="nonsense"), nodes.system(), nursery)
        with pytest.raises(ValueError, match="nonsense"):
            await make(keeper)
        assert await keeper.has_profile()
        assert keeper.messenger is None
        again = Keeper(Settings(tmp_path / "data"), nodes.system(), nursery)
        await again.unlock(PASSPHRASE)
        assert again.messenger is not None
        await again.lock()
        nursery.cancel_scope.cancel()


async def test_the_wallet_inside_opens_with_the_passphrase(tmp_path: Path, nodes: Nodes) -> None:
    """With the one that opens the database, after set-up and later; and never with anything else."""
    async with trio.open_nursery() as nursery:
        keeper = Keeper(Settings(tmp_path / "data"), nodes.system(), nursery)
        await make(keeper)
        for _ in range(2):
            assert keeper.messenger is not None
            wallet = keeper.messenger.wallet
            assert wallet is not None
            assert not wallet.locked
            assert [each.address for each in wallet.accounts] == [keeper.messenger.account]
            await keeper.lock()
            assert wallet.locked
            await keeper.unlock(PASSPHRASE)
        await keeper.lock()
        nursery.cancel_scope.cancel()


async def test_what_was_begun_is_forgotten(
    tmp_path: Path, nodes: Nodes, autojump_clock: trio.testing.MockClock
) -> None:
    """Half an hour after it was last asked for, when another is begun, and when it is given up."""
    async with trio.open_nursery() as nursery:
        keeper = Keeper(Settings(tmp_path / "data"), nodes.system(), nursery)
        first = await keeper.begin(PASSPHRASE, "laptop")
        second = await keeper.begin(PASSPHRASE, "laptop")
        assert keeper.set_up is second is not first
        await trio.sleep(SET_UP_LIFETIME_S - 1)
        assert keeper.set_up is second
        await trio.sleep(SET_UP_LIFETIME_S - 1)
        assert keeper.set_up is second
        await trio.sleep(SET_UP_LIFETIME_S + 1)
        assert keeper.set_up is None
        await keeper.begin(PASSPHRASE, "laptop")
        keeper.abandon()
        assert keeper.set_up is None
        nursery.cancel_scope.cancel()

    assert not (tmp_path / "data").exists()


async def test_whoever_waits_while_it_is_locked_is_told(nursery: trio.Nursery) -> None:
    """A job that is running, one that waits for it, and one that comes too late."""
    told = 0

    async def ask() -> None:
        nonlocal told
        with pytest.raises(ProfileClosedError):
            await writer.do(trio.sleep_forever)
        told += 1

    writer = Writer(None, lambda _commit: None)  # type: ignore[arg-type]
    async with trio.open_nursery() as asking, trio.open_nursery() as running:
        running.start_soon(writer.run)
        asking.start_soon(ask)
        asking.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked()
        running.cancel_scope.cancel()
    with trio.fail_after(5):
        await ask()

    assert told == 3
