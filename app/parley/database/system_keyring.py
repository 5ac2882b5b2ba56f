"""The system keyring: keeps a secret for as long as this user is logged in, and asks them where it has to.

The only importer of the package `keyring`. That library takes whatever it finds for a keyring; here only those of
systems count, so that a secret never lands in a plain file, or nowhere, under the name of a keyring. Which they are,
and what such a keyring protects from: README.md#system-keyring.
"""

from __future__ import annotations

import base64
import binascii
import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import trio

from parley.database.errors import (
    NoSystemKeyringError,
    SystemKeyringError,
    SystemKeyringRefusedError,
    SystemKeyringSilentError,
)

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

Result = TypeVar("Result")

SERVICE: Final = "Parley"
MAX_SECRET_BYTES: Final = 1024

ANSWER_LIMIT_S: Final = 60.0
"""Long enough to find and answer the keyring's own question for a password."""

PRESENCE_LIMIT_S: Final = 5.0

_BACKENDS: Final = (
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
    "keyring.backends.macOS",
    "keyring.backends.Windows",
)


class SystemKeyring(Protocol):
    """What Parley needs of a system keyring. A name is a random local id, such as a slot's salt in hex."""

    async def available(self) -> bool:
        """Whether there is a keyring now. It may still refuse, or ask first, when something is stored or read."""
        ...

    async def store(self, name: str, secret: bytes) -> None:
        """Keep a secret of at most 1024 bytes, in place of one of the same name; it was read back when this returns.

        Raises:
            ValueError: the name or the secret is empty, or the secret too long.
            SystemKeyringError: it is not (or not reliably) kept.
        """
        ...

    async def read(self, name: str) -> bytes | None:
        """The secret of this name; None if there is none, or something that `store` did not write.

        Raises:
            SystemKeyringError: it cannot be told.
        """
        ...

    async def remove(self, name: str) -> None:
        """Forget the secret of this name; harmless if there is none.

        Raises:
            SystemKeyringError: it may still be there.
        """
        ...


def find_backend() -> KeyringBackend | None:
    """The keyring of this system that answers now, or None.

    Where the person has chosen one for all Python programs (PYTHON_KEYRING_BACKEND, keyringrc.cfg), it is that or
    none: whoever switched keyrings off is not asked by one.
    """
    from keyring import core
    from keyring.backend import KeyringBackend, by_priority

    chosen = core.load_env() or core.load_config()
    if chosen is not None:
        return chosen if _is_systems(type(chosen)) else None
    for module in _BACKENDS:
        importlib.import_module(module)
    found = [each for each in KeyringBackend.get_viable_backends() if _is_systems(each)]
    return max(found, key=by_priority)() if found else None


def _is_systems(backend: type[KeyringBackend]) -> bool:
    # "keyring.backends.null" forgets at once, "keyrings.alt" writes plain files, "chainer" tries all of them in turn.
    # Guarded by tests/database/test_system_keyring.py::test_only_a_systems_keyring_counts.
    return backend.__module__ in _BACKENDS


class OperatingSystemKeyring:
    """SystemKeyring on what the system has. One call at a time, on a thread, with a time limit.

    A call that takes too long is given up: its thread ends when the keyring answers, and until then the next calls
    wait for it, in vain or not, within their own limits. So a keyring that never answers holds one thread, not all.
    """

    def __init__(
        self,
        find: Callable[[], KeyringBackend | None] = find_backend,
        *,
        answer_limit_s: float = ANSWER_LIMIT_S,
        presence_limit_s: float = PRESENCE_LIMIT_S,
    ) -> None:
        self._find = find
        self._answer_limit_s = answer_limit_s
        self._presence_limit_s = presence_limit_s
        self._one_at_a_time = trio.CapacityLimiter(1)

    async def available(self) -> bool:
        """As SystemKeyring.available; a keyring that does not answer is none."""
        try:
            await self._ask(lambda _: None, self._presence_limit_s)
        except SystemKeyringError:
            return False
        return True

    async def store(self, name: str, secret: bytes) -> None:
        """As SystemKeyring.store."""
        text = encode_secret(name, secret)

        def store(backend: KeyringBackend) -> None:
            backend.set_password(SERVICE, name, text)
            if backend.get_password(SERVICE, name) != text:
                raise SystemKeyringRefusedError("it does not give back what it took")

        await self._ask(store, self._answer_limit_s)

    async def read(self, name: str) -> bytes | None:
        """As SystemKeyring.read."""
        text = await self._ask(lambda backend: backend.get_password(SERVICE, name), self._answer_limit_s)
        return None if text is None else decode_secret(text)

    async def remove(self, name: str) -> None:
        """As SystemKeyring.remove."""

        def remove(backend: KeyringBackend) -> None:
            if backend.get_password(SERVICE, name) is not None:
                backend.delete_password(SERVICE, name)

        await self._ask(remove, self._answer_limit_s)

    async def _ask(self, call: Callable[[KeyringBackend], Result], limit_s: float) -> Result:
        def on_thread() -> Result:
            try:
                backend = self._find()
                if backend is None:
                    raise NoSystemKeyringError
                return call(backend)
            except SystemKeyringError:
                raise
            except Exception as error:
                # The keyrings raise what they like: errors of D-Bus, of the system, of the library. Whatever it is,
                # the person can do the same about it.
                cause = type(error).__name__
            # Outside, so that the error is not kept: its frames hold the secret, and a connection left open.
            raise SystemKeyringRefusedError(cause)

        with trio.move_on_after(limit_s):
            return await trio.to_thread.run_sync(
                on_thread, abandon_on_cancel=True, limiter=self._one_at_a_time
            )
        raise SystemKeyringSilentError(limit_s)


def encode_secret(name: str, secret: bytes) -> str:
    """The text a secret is kept as: Base64, since keyrings keep text.

    Raises:
        ValueError: as `SystemKeyring.store` says.
    """
    if not name or not 1 <= len(secret) <= MAX_SECRET_BYTES:
        raise ValueError(f"a name, and a secret of 1 to {MAX_SECRET_BYTES} bytes")
    return base64.b64encode(secret).decode()


def decode_secret(text: str) -> bytes | None:
    """The secret, or None for a text that `encode_secret` does not make."""
    try:
        secret = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return secret if secret and base64.b64encode(secret).decode() == text else None
