"""Ways of unlocking in memory, shared by the locked profile and the opened one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from harness.memory_setup import salt_of, typed_data_example
from parley.chain.api import recover_typed_data_signer
from parley.messenger.errors import (
    KeyringUnavailableError,
    NoSuchWayError,
    SignaturesDifferError,
    WrongSignatureError,
    WrongSignerError,
)


@dataclass
class MemoryWays:
    """What opens a profile.

    Attributes:
        refuses_wallet: raised when a wallet is to be set up, as for a contract account.
        has_keyring: whether this system would have a keyring that answers.
    """

    passphrase: str | None = None
    keyring: bool = False
    has_keyring: bool = True
    refuses_wallet: Exception | None = None
    signature: bytes | None = None
    _salts: int = field(default=0, repr=False)

    @property
    def wallet(self) -> bool:
        """Whether a wallet's signature opens it."""
        return self.signature is not None

    def new_request(self) -> dict[str, Any]:
        """The message of a fresh salt."""
        if self.refuses_wallet is not None:
            raise self.refuses_wallet
        self._salts += 1
        return self._request()

    def request(self) -> dict[str, Any]:
        """The message whose signature opens the profile."""
        if self.signature is None:
            raise NoSuchWayError("wallet")
        return self._request()

    def add_wallet(self, account: str, first: bytes, second: bytes) -> None:
        """Let a signature open it."""
        if self.refuses_wallet is not None:
            raise self.refuses_wallet
        if first[:64] != second[:64]:
            raise SignaturesDifferError
        try:
            signer = recover_typed_data_signer(self._request(), first)
        except ValueError:
            raise WrongSignerError from None
        if signer != account:
            raise WrongSignerError
        self.signature = first[:64]

    def check_signature(self, signature: bytes) -> None:
        """Compare a signature."""
        if self.signature is None:
            raise NoSuchWayError("wallet")
        if signature[:64] != self.signature:
            raise WrongSignatureError

    def add_keyring(self) -> None:
        """Let the keyring open it."""
        if not self.has_keyring:
            raise KeyringUnavailableError
        self.keyring = True

    def check_keyring(self) -> None:
        """Ask the keyring."""
        if not self.keyring:
            raise NoSuchWayError("keyring")
        if not self.has_keyring:
            raise KeyringUnavailableError

    def remove(self, way: str) -> None:
        """Let one of them open it no longer."""
        if way == "wallet":
            self.signature = None
        else:
            self.keyring = False

    def _request(self) -> dict[str, Any]:
        return typed_data_example("Unlock Parley on this device.", None, salt=salt_of(str(self._salts)))
