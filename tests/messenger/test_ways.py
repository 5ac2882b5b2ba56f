"""Other ways of unlocking: a wallet's signature and the system's keyring, on a real folder."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from parley.database.api import (
    Keys,
    MemoryKeyring,
    PassphraseCost,
    SlotKind,
    WrongPassphraseError,
    make_keyfile,
    slot_path,
    unlock_keyfile,
    write_keyfile,
)
from parley.messenger import System, real_system
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
from parley.messenger.ways import (
    REQUEST_LIFETIME_MS,
    OpenedWays,
    Ways,
    forget_keyring_way,
    key_by_keyring,
    key_by_signature,
    unlock_request,
    ways_of,
)
from parley.wallet.api import account_of, new_account_key, sign_typed_data

KEY = new_account_key()
CHEAP = PassphraseCost(1, 8 * 1024**2)


class Folder:
    """A data folder with its key file, a clock and a keyring in memory."""

    def __init__(self, data: Path, keys: Keys) -> None:
        self.data = data
        self.keys = keys
        self.now_ms = 1_800_000_000_000
        self.keyring = MemoryKeyring()

    @property
    def system(self) -> System:
        return replace(real_system(), clock=lambda: self.now_ms, keyring=self.keyring)

    def opened(self, account: str = account_of(KEY), *, inside: bool = False) -> OpenedWays:
        """The ways of the profile of `account`, as it is open."""
        return OpenedWays(
            self.data, account, inside=inside, database_key=self.keys.database, system=self.system
        )


@pytest.fixture
async def folder(tmp_path: Path) -> Folder:
    """A folder that only the passphrase opens."""
    encoded, keys = await make_keyfile("correct horse", CHEAP)
    await write_keyfile(keyfile_path(tmp_path), encoded)
    return Folder(tmp_path, keys)


async def test_a_wallets_signature_opens_what_it_was_set_up_for(folder: Folder) -> None:
    """However the wallet writes the recovery number; and another account's signature opens nothing."""
    opened = folder.opened()
    with pytest.raises(NoSuchWayError):
        await unlock_request(folder.data)
    asked = opened.wallet_request()
    assert "chainId" not in asked["domain"]
    signature = sign_typed_data(KEY, asked)
    await opened.add_wallet(signature, signature)

    assert await ways_of(folder.data) == await opened.ways() == Ways(wallet=True, keyring=False)
    again = sign_typed_data(KEY, await unlock_request(folder.data))
    other_v = again[:64] + bytes([again[64] - 27])
    assert await key_by_signature(folder.data, again) == folder.keys.database
    assert await key_by_signature(folder.data, other_v) == folder.keys.database
    for wrong in (
        sign_typed_data(new_account_key(), await unlock_request(folder.data)),
        sign_typed_data(KEY, folder.opened().wallet_request()),
        secrets.token_bytes(65),
        b"",
    ):
        with pytest.raises(WrongSignatureError):
            await key_by_signature(folder.data, wrong)

    await opened.remove("wallet")
    assert await ways_of(folder.data) == Ways(wallet=False, keyring=False)
    with pytest.raises(NoSuchWayError):
        await key_by_signature(folder.data, again)


async def test_a_signature_that_does_not_repeat_is_no_key(folder: Folder) -> None:
    """Nothing is set up, and the question has to be asked anew."""
    opened = folder.opened()
    asked = opened.wallet_request()
    signature = sign_typed_data(KEY, asked)
    differing = _other_signature(signature)

    with pytest.raises(SignaturesDifferError):
        await opened.add_wallet(signature, differing)
    with pytest.raises(NonceError):
        await opened.add_wallet(signature, signature)

    assert await ways_of(folder.data) == Ways(wallet=False, keyring=False)


async def test_only_the_own_accounts_signature_counts(folder: Folder) -> None:
    """Of either signature; nor garbage, nor one of another question."""
    opened = folder.opened()
    other = new_account_key()
    for one, two in ((other, other), (KEY, other), (other, KEY)):
        asked = opened.wallet_request()
        with pytest.raises(WrongSignerError):
            await opened.add_wallet(sign_typed_data(one, asked), sign_typed_data(two, asked))
    for garbage in (bytes(65), b"short", b""):
        opened.wallet_request()
        with pytest.raises(WrongSignerError):
            await opened.add_wallet(garbage, garbage)
    late = sign_typed_data(KEY, opened.wallet_request())
    folder.now_ms += REQUEST_LIFETIME_MS
    with pytest.raises(NonceError):
        await opened.add_wallet(late, late)


async def test_accounts_whose_signature_is_no_key_are_told(folder: Folder) -> None:
    """A contract may sign otherwise tomorrow, and the wallet inside lies behind the door it would open."""
    with pytest.raises(ContractAccountError):
        folder.opened(f"eip155:1:{account_of(KEY)}").wallet_request()
    with pytest.raises(InsideAccountError):
        folder.opened(inside=True).wallet_request()


async def test_the_keyring_opens_what_it_was_set_up_for(folder: Folder) -> None:
    """Until it is taken away, or loses its secret; a second set-up leaves one secret there."""
    opened = folder.opened()
    with pytest.raises(NoSuchWayError):
        await key_by_keyring(folder.data, folder.keyring)
    await opened.add_keyring()
    await opened.add_keyring()
    assert len(folder.keyring.texts) == 1

    assert await ways_of(folder.data) == Ways(wallet=False, keyring=True)
    assert await key_by_keyring(folder.data, folder.keyring) == folder.keys.database
    with pytest.raises(KeyringUnavailableError):
        await key_by_keyring(folder.data, MemoryKeyring())

    await opened.remove("keyring")
    with pytest.raises(NoSuchWayError):
        await key_by_keyring(folder.data, folder.keyring)
    assert folder.keyring.texts == {}


async def test_erasing_forgets_the_keyrings_secret(folder: Folder) -> None:
    """Whether there is a keyring still, or ever was a secret."""
    await forget_keyring_way(folder.data, folder.keyring)
    await folder.opened().add_keyring()
    absent = MemoryKeyring(present=False)
    await forget_keyring_way(folder.data, absent)
    await forget_keyring_way(folder.data, folder.keyring)

    assert folder.keyring.texts == {}


async def test_without_a_keyring_nothing_is_set_up(folder: Folder) -> None:
    """It is said, and no slot is left that nothing opens."""
    folder.keyring.present = False

    with pytest.raises(KeyringUnavailableError):
        await folder.opened().add_keyring()

    assert await ways_of(folder.data) == Ways(wallet=False, keyring=False)


async def test_damaged_slots_are_none(folder: Folder) -> None:
    """The passphrase still opens the profile, so nothing else is in the way of its page."""
    for kind in SlotKind:
        slot_path(keyfile_path(folder.data), kind).write_bytes(b"garbage")

    assert await ways_of(folder.data) == Ways(wallet=False, keyring=False)
    with pytest.raises(NoSuchWayError):
        await unlock_request(folder.data)
    with pytest.raises(NoSuchWayError):
        await key_by_signature(folder.data, bytes(65))


async def test_another_passphrase_leaves_the_other_ways(folder: Folder) -> None:
    """They wrap the same key."""
    opened = folder.opened()
    await opened.add_keyring()
    with pytest.raises(WrongPassphraseError):
        await opened.change_passphrase("wrong horse", "battery staple")

    await opened.change_passphrase("correct horse", "battery staple")

    with pytest.raises(WrongPassphraseError):
        await unlock_keyfile(keyfile_path(folder.data), "correct horse")
    assert await unlock_keyfile(keyfile_path(folder.data), "battery staple") == folder.keys
    assert await key_by_keyring(folder.data, folder.keyring) == folder.keys.database


def _other_signature(signature: bytes) -> bytes:
    """A second valid signature of the same signer over the same data: s negated, as anybody can."""
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    s = order - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([27 + 28 - signature[64]])
