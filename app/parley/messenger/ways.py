"""Other ways of unlocking than the passphrase: a signature of the wallet outside, and the system's keyring.

Each is a key slot beside the key file (database/README.md#key-slots) that gives the database key alone: what opens
the wallet inside comes from the passphrase only. The signature is over EIP-712 data with a random salt that lies in
the data folder, so that a thief needs both the folder and the signature.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import trio

from parley.chain.api import recover_typed_data_signer
from parley.database.api import (
    SLOT_SALT_BYTES,
    SLOT_SECRET_BYTES,
    SlotError,
    SlotKind,
    SystemKeyring,
    SystemKeyringError,
    WrongSlotSecretError,
    change_passphrase,
    make_slot,
    open_slot,
    read_slot_salt,
    remove_slot,
    slot_path,
)
from parley.messenger.errors import (
    ContractAccountError,
    InsideAccountError,
    KeyringUnavailableError,
    NonceError,
    NoSuchWayError,
    SignaturesDifferError,
    WrongSignatureError,
    WrongSignerError,
)
from parley.messenger.profile import keyfile_path
from parley.messenger.system import System

REQUEST_LIFETIME_MS: Final = 10 * 60 * 1000
"""How long the data that set the wallet's way up may be signed for."""

PURPOSE: Final = "Unlock Parley on this computer."
WARNING: Final = (
    "Sign only in your own Parley. Whoever has this signature and your data folder can read everything."
)
_SIGNATURE_BYTES = 65
_TYPES: Final = {
    "EIP712Domain": [
        {"name": "name", "type": "string"},
        {"name": "version", "type": "string"},
        {"name": "salt", "type": "bytes32"},
    ],
    "UnlockProfile": [
        {"name": "purpose", "type": "string"},
        {"name": "warning", "type": "string"},
    ],
}


@dataclass(frozen=True, slots=True)
class Ways:
    """Which ways besides the passphrase are set up."""

    wallet: bool
    keyring: bool


def unlock_typed_data(salt: bytes) -> dict[str, Any]:
    """What the wallet signs to unlock: EIP-712 data over a slot's salt, 32 bytes.

    It names no chain: a wallet may be on any, and the signature must be the same on all. It is never sent anywhere.
    """
    return {
        "types": {name: [dict(each) for each in fields] for name, fields in _TYPES.items()},
        "primaryType": "UnlockProfile",
        "domain": {"name": "Parley", "version": "1", "salt": "0x" + salt.hex()},
        "message": {"purpose": PURPOSE, "warning": WARNING},
    }


def signature_secret(signature: bytes) -> bytes:
    """What of a signature is secret and always the same: r and s, 64 bytes; wallets differ in how they write v.

    Raises:
        WrongSignatureError: another length.
    """
    if len(signature) != _SIGNATURE_BYTES:
        raise WrongSignatureError
    return signature[:64]


async def ways_of(data: Path) -> Ways:
    """Which other ways a data folder has. A damaged slot is none: the passphrase still opens the profile."""
    return Ways(
        await _salt(data, SlotKind.WALLET) is not None, await _salt(data, SlotKind.KEYRING) is not None
    )


async def unlock_request(data: Path) -> dict[str, Any]:
    """The EIP-712 data whose signature opens the profile.

    Raises:
        NoSuchWayError: this way is not set up.
    """
    salt = await _salt(data, SlotKind.WALLET)
    if salt is None:
        raise NoSuchWayError("wallet")
    return unlock_typed_data(salt)


async def key_by_signature(data: Path, signature: bytes) -> bytes:
    """The database key, 32 bytes, by the wallet's signature of `unlock_request`.

    Raises:
        NoSuchWayError: this way is not set up.
        WrongSignatureError: it does not open it.
    """
    secret = signature_secret(signature)
    try:
        return await open_slot(_path(data, SlotKind.WALLET), SlotKind.WALLET, secret)
    except WrongSlotSecretError:
        raise WrongSignatureError from None
    except SlotError:
        raise NoSuchWayError("wallet") from None


async def key_by_keyring(data: Path, keyring: SystemKeyring) -> bytes:
    """The database key, 32 bytes, by the secret in the system's keyring.

    Raises:
        NoSuchWayError: this way is not set up.
        KeyringUnavailableError: there is no keyring, it stays locked, or its secret is gone or another one.
    """
    salt = await _salt(data, SlotKind.KEYRING)
    if salt is None:
        raise NoSuchWayError("keyring")
    try:
        secret = await keyring.read(salt.hex())
        if secret is None:
            raise KeyringUnavailableError
        return await open_slot(_path(data, SlotKind.KEYRING), SlotKind.KEYRING, secret)
    except (SystemKeyringError, SlotError):
        raise KeyringUnavailableError from None


async def forget_keyring_way(data: Path, keyring: SystemKeyring) -> None:
    """Take the secret of a data folder out of the system's keyring; harmless if there is none, or no keyring."""
    salt = await _salt(data, SlotKind.KEYRING)
    if salt is not None:
        # A secret that stays behind opens nothing without its slot.
        with contextlib.suppress(SystemKeyringError):
            await keyring.remove(salt.hex())


class OpenedWays:
    """Sets up and takes away the ways of unlocking an opened profile.

    Args:
        inside: whether the account's key is in this profile.
    """

    def __init__(
        self, data: Path, account: str, *, inside: bool, database_key: bytes, system: System
    ) -> None:
        self._data = data
        self._account = account
        self._inside = inside
        self._database_key = database_key
        self._system = system
        self._asked: tuple[bytes, int] | None = None

    async def ways(self) -> Ways:
        """Which ways are set up."""
        return await ways_of(self._data)

    def wallet_request(self) -> dict[str, Any]:
        """EIP-712 data over a fresh salt, for the wallet to sign twice within ten minutes.

        Raises:
            InsideAccountError: the key that would sign lies in what it would open.
            ContractAccountError: a contract's signature need not repeat.
        """
        if self._inside:
            raise InsideAccountError
        if not self._account.startswith("0x"):
            raise ContractAccountError
        salt = self._system.entropy(SLOT_SALT_BYTES)
        self._asked = salt, self._system.clock()
        return unlock_typed_data(salt)

    async def add_wallet(self, first: bytes, second: bytes) -> None:
        """Let the wallet's signature of the last `wallet_request` open the profile from now on.

        Raises:
            NonceError: nothing was asked, or too long ago.
            SignaturesDifferError: some wallets never sign the same twice: such a signature could not come back.
            WrongSignerError: it is not the own account's.
        """
        asked, self._asked = self._asked, None
        if asked is None or not 0 <= self._system.clock() - asked[1] < REQUEST_LIFETIME_MS:
            raise NonceError
        salt = asked[0]
        for each in (first, second):
            try:
                signer = await trio.to_thread.run_sync(
                    recover_typed_data_signer, unlock_typed_data(salt), each
                )
            except ValueError:
                raise WrongSignerError from None
            if signer != self._account:
                raise WrongSignerError
        # Compared after the signer: what is stored has to be what the wallet will give again.
        # Guarded by tests/messenger/test_ways.py::test_a_signature_that_does_not_repeat_is_no_key.
        if signature_secret(first) != signature_secret(second):
            raise SignaturesDifferError
        path = _path(self._data, SlotKind.WALLET)
        await make_slot(path, SlotKind.WALLET, salt, signature_secret(first), self._database_key)

    async def add_keyring(self) -> None:
        """Let a fresh secret in the system's keyring open the profile from now on.

        Raises:
            KeyringUnavailableError: there is no keyring, or it did not take the secret.
        """
        salt = self._system.entropy(SLOT_SALT_BYTES)
        secret = self._system.entropy(SLOT_SECRET_BYTES[SlotKind.KEYRING])
        try:
            await self._system.keyring.store(salt.hex(), secret)
        except SystemKeyringError:
            raise KeyringUnavailableError from None
        await forget_keyring_way(self._data, self._system.keyring)
        path = _path(self._data, SlotKind.KEYRING)
        await make_slot(path, SlotKind.KEYRING, salt, secret, self._database_key)

    async def remove(self, way: str) -> None:
        """Take "wallet" or "keyring" away; harmless if it is not set up."""
        kind = SlotKind(way)
        if kind is SlotKind.KEYRING:
            await forget_keyring_way(self._data, self._system.keyring)
        await remove_slot(_path(self._data, kind))

    async def change_passphrase(self, old: str, new: str) -> None:
        """Let another passphrase open the profile; the other ways stay.

        Raises:
            WrongPassphraseError: `old` does not open it; nothing was changed.
        """
        await change_passphrase(keyfile_path(self._data), old, new)


async def _salt(data: Path, kind: SlotKind) -> bytes | None:
    try:
        return await read_slot_salt(_path(data, kind))
    except SlotError:
        return None


def _path(data: Path, kind: SlotKind) -> Path:
    return slot_path(keyfile_path(data), kind)


class HasWays:
    """The part of a messenger that is about unlocking it."""

    _ways: OpenedWays

    async def ways(self) -> Ways:
        """Which ways of unlocking there are besides the passphrase."""
        return await self._ways.ways()

    async def wallet_way_request(self) -> dict[str, Any]:
        """EIP-712 data over a fresh salt, to be signed twice. Errors: `OpenedWays.wallet_request`."""
        return self._ways.wallet_request()

    async def add_wallet_way(self, first: bytes, second: bytes) -> None:
        """Let the wallet's signature open the profile from now on. Errors: `OpenedWays.add_wallet`."""
        await self._ways.add_wallet(first, second)

    async def add_keyring_way(self) -> None:
        """Let the system's keyring open the profile from now on. Errors: `OpenedWays.add_keyring`."""
        await self._ways.add_keyring()

    async def remove_way(self, way: str) -> None:
        """Take "wallet" or "keyring" away; harmless if it is not set up."""
        await self._ways.remove(way)

    async def change_passphrase(self, old: str, new: str) -> None:
        """Let another passphrase open the profile.

        Raises:
            WrongPassphraseError: `old` does not open it; nothing was changed.
        """
        await self._ways.change_passphrase(old, new)
