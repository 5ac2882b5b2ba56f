"""What every system keyring does: in memory, over the library with a keyring in memory, on a Secret Service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend

from conformance.store_rows import bytes32
from harness.secret_service import secret_service
from parley.database.api import MemoryKeyring, OperatingSystemKeyring, SystemKeyring
from parley.database.system_keyring import SERVICE


class DictKeyring(KeyringBackend):
    """A keyring of the library that keeps its passwords in a dictionary."""

    priority = 1.0

    def __init__(self) -> None:
        self.passwords: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """The password, if there is one."""
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a password."""
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget a password; KeyError without one, as real ones raise something too."""
        del self.passwords[service, username]


@pytest.fixture(params=["memory", "library", "secret service"])
def keyring(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SystemKeyring]:
    """An empty keyring."""
    if request.param == "memory":
        yield MemoryKeyring()
    elif request.param == "library":
        backend = DictKeyring()
        yield OperatingSystemKeyring(lambda: backend)
    else:
        with secret_service(tmp_path) as address:
            monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
            monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
            monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
            yield OperatingSystemKeyring()


async def test_what_is_stored_is_read(keyring: SystemKeyring) -> None:
    """Each secret under its name, whatever bytes it has; a second one of a name replaces the first."""
    assert await keyring.available()
    assert await keyring.read("one") is None

    secrets = {"one": bytes32("one"), "two": bytes(32), "three": bytes(range(256)) * 4, "four": b"\0"}
    for name, secret in secrets.items():
        await keyring.store(name, secret)
    for name, secret in secrets.items():
        assert await keyring.read(name) == secret

    await keyring.store("one", bytes32("newer"))
    assert await keyring.read("one") == bytes32("newer")
    assert await keyring.read("two") == bytes(32)


async def test_what_is_removed_is_gone(keyring: SystemKeyring) -> None:
    """And only that; removing what is not there is harmless."""
    await keyring.store("one", bytes32("one"))
    await keyring.store("two", bytes32("two"))

    await keyring.remove("one")
    await keyring.remove("one")
    await keyring.remove("never there")

    assert await keyring.read("one") is None
    assert await keyring.read("two") == bytes32("two")


async def test_unusable_secrets_are_the_callers_error(keyring: SystemKeyring) -> None:
    """Nothing, and more than keyrings are for."""
    for name, secret in (("one", b""), ("one", bytes(1025)), ("", bytes32("one"))):
        with pytest.raises(ValueError, match="1 to 1024 bytes"):
            await keyring.store(name, secret)

    assert await keyring.read("one") is None


async def test_what_somebody_else_wrote_is_no_secret(keyring: SystemKeyring) -> None:
    """Another program may write under our name; that is not taken for a secret, and can be replaced."""
    for text in ("hello", "AAAA====", "é", "QUJ D", ""):
        write_foreign(keyring, text)
        assert await keyring.read("one") is None, text

    await keyring.store("one", bytes32("one"))
    assert await keyring.read("one") == bytes32("one")


def write_foreign(keyring: SystemKeyring, text: str) -> None:
    """Write a text into the keyring as another program would."""
    if isinstance(keyring, MemoryKeyring):
        keyring.texts["one"] = text
    else:
        assert isinstance(keyring, OperatingSystemKeyring)
        backend = keyring._find()
        assert backend is not None
        backend.set_password(SERVICE, "one", text)
