"""The system keyring when it is none, refuses, forgets, or never answers."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import trio
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null
from keyring.backends.SecretService import Keyring as SecretServiceKeyring
from keyring.errors import KeyringLocked
from trio.testing import MockClock

from conformance.store_rows import bytes32
from conformance.test_system_keyring import DictKeyring
from harness.secret_service import secret_service
from parley.database.api import (
    MemoryKeyring,
    NoSystemKeyringError,
    OperatingSystemKeyring,
    SystemKeyring,
    SystemKeyringError,
    SystemKeyringRefusedError,
    SystemKeyringSilentError,
)
from parley.database.system_keyring import find_backend


class LockedKeyring(DictKeyring):
    """Its question was dismissed."""

    def get_password(self, *_: str) -> str | None:
        """Refuse."""
        raise KeyringLocked("dismissed")

    def set_password(self, *_: str) -> None:
        """Refuse, as a bus does that went away."""
        raise ConnectionResetError("gone")


class ForgetfulKeyring(DictKeyring):
    """Takes everything and keeps nothing."""

    def set_password(self, *_: str) -> None:
        """Forget."""


class SilentKeyring(DictKeyring):
    """Does not answer before it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = threading.Event()
        self.asked = threading.Semaphore(0)

    def get_password(self, service: str, username: str) -> str | None:
        """Wait."""
        self.asked.release()
        self.answers.wait(60)
        return super().get_password(service, username)


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A session without a bus and without a choice of a keyring; gives the folder for the choice."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    return tmp_path


async def refused(keyring: SystemKeyring, error: type[SystemKeyringError]) -> None:
    """Every call says so."""
    for call in (keyring.store("one", bytes32("one")), keyring.read("one"), keyring.remove("one")):
        with pytest.raises(error):
            await call


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a keyring")
async def test_a_system_without_a_keyring_has_none(alone: Path) -> None:
    """A server, a container, a session without a bus: nothing is offered there."""
    assert find_backend() is None
    assert not await OperatingSystemKeyring().available()
    await refused(OperatingSystemKeyring(), NoSystemKeyringError)


@pytest.mark.parametrize("chosen", [fail.Keyring, null.Keyring, chainer.ChainerBackend, DictKeyring])
async def test_only_a_systems_keyring_counts(
    alone: Path, monkeypatch: pytest.MonkeyPatch, chosen: type[KeyringBackend]
) -> None:
    """What the library would take for one, because it was set to: one that fails, forgets, or is somebody's file."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"{chosen.__module__}.{chosen.__qualname__}")
    assert not await OperatingSystemKeyring().available()
    await refused(OperatingSystemKeyring(), NoSystemKeyringError)

    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    folder = alone / "python_keyring"
    folder.mkdir()
    (folder / "keyringrc.cfg").write_text(
        f"[backend]\ndefault-keyring={chosen.__module__}.{chosen.__qualname__}\n"
    )
    assert not await OperatingSystemKeyring().available()
    await refused(OperatingSystemKeyring(), NoSystemKeyringError)


async def test_a_choice_that_cannot_be_loaded_is_no_keyring(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package that is not installed here, or a keyring of another system."""
    for choice in ("keyrings.nowhere.Keyring", "keyring.backends.nothing", "x"):
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", choice)
        assert not await OperatingSystemKeyring().available()
        await refused(OperatingSystemKeyring(), SystemKeyringRefusedError)


def test_the_library_is_loaded_when_it_is_asked_for() -> None:
    """Start-up does not wait for what most people never use."""
    script = "import sys, parley.database.api; print('keyring' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "app")}

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment, timeout=60)

    assert (done.stdout, done.stderr) == (b"False\n", b"")


async def test_a_keyring_that_refuses_is_told_as_one_error() -> None:
    """Whatever the library or the bus raises; it is there all the same."""
    keyring = OperatingSystemKeyring(LockedKeyring)

    assert await keyring.available()
    await refused(keyring, SystemKeyringRefusedError)
    with pytest.raises(SystemKeyringRefusedError) as caught:
        await keyring.store("one", bytes32("one"))
    assert caught.value.cause == "ConnectionResetError"
    # The library's error would keep its frames, and the secret in them, for whoever shows or logs errors.
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


async def test_a_keyring_that_forgets_is_found_out() -> None:
    """Before anybody relies on it."""
    with pytest.raises(SystemKeyringRefusedError):
        await OperatingSystemKeyring(ForgetfulKeyring).store("one", bytes32("one"))


async def test_the_double_can_be_absent_and_refuse() -> None:
    """As the real one does; both can change while it is used."""
    keyring = MemoryKeyring(present=False)
    assert not await keyring.available()
    await refused(keyring, NoSystemKeyringError)

    keyring.present, keyring.locked = True, True
    assert await keyring.available()
    await refused(keyring, SystemKeyringRefusedError)

    keyring.locked = False
    await keyring.store("one", bytes32("one"))
    assert await keyring.read("one") == bytes32("one")


@pytest.fixture
def silent() -> Iterator[SilentKeyring]:
    """A keyring that answers at the end of the test, so that its threads end."""
    keyring = SilentKeyring()
    yield keyring
    keyring.answers.set()


async def test_a_keyring_that_never_answers_is_given_up(
    silent: SilentKeyring, autojump_clock: MockClock
) -> None:
    """After a minute, and once it is stuck the page that asks whether there is one waits five seconds at most."""
    keyring = OperatingSystemKeyring(lambda: silent)
    began = trio.current_time()
    with pytest.raises(SystemKeyringSilentError) as caught:
        await keyring.read("one")
    assert (caught.value.limit_s, trio.current_time() - began) == (60, 60)

    began = trio.current_time()
    assert not await keyring.available()
    assert trio.current_time() - began == 5


async def test_a_keyring_that_never_answers_holds_one_thread(
    silent: SilentKeyring, autojump_clock: MockClock
) -> None:
    """However often it is asked: the threads that the database and the passphrase need are not its."""
    keyring = OperatingSystemKeyring(lambda: silent)
    free = trio.to_thread.current_default_thread_limiter().available_tokens

    for _ in range(5):
        with pytest.raises(SystemKeyringSilentError):
            await keyring.read("one")

    asked = 0
    while silent.asked.acquire(blocking=False):
        asked += 1
    assert asked <= 1
    assert trio.to_thread.current_default_thread_limiter().available_tokens == free


async def test_whoever_is_cancelled_does_not_wait_for_the_keyring(silent: SilentKeyring) -> None:
    """A page that was left, a program that ends."""
    keyring = OperatingSystemKeyring(lambda: silent)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(keyring.read, "one")
        await trio.to_thread.run_sync(silent.asked.acquire)
        nursery.cancel_scope.cancel()

    silent.answers.set()
    assert await keyring.read("one") is None


# The library leaves its connection open when it is refused; the collection below closes it while that is ignored.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
async def test_a_locked_secret_service_refuses(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a keyring all the same; here nobody answers its question."""
    with secret_service(alone) as address:
        import secretstorage  # It comes with the package keyring on Linux only.

        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        assert isinstance(find_backend(), SecretServiceKeyring)
        keyring = OperatingSystemKeyring()
        await keyring.store("one", bytes32("one"))

        with closing(secretstorage.dbus_init()) as bus:
            secretstorage.get_default_collection(bus).lock()
        assert await keyring.available()
        await refused(keyring, SystemKeyringRefusedError)
    gc.collect()
