"""The wallet inside as a part of an opened profile: opened by the same passphrase, closed with the profile."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from harness.memory_wallet import FIRST_ACCOUNT, THIRD_ACCOUNT, WALLET_PASSPHRASE, words_wallet
from harness.people import People, story_clock
from parley.chat.commit import Commit, StateChange, StateKind
from parley.database.api import PassphraseCost, make_keyfile, write_keyfile
from parley.messenger.errors import ProfileClosedError, WalletLockedError, WrongPassphraseError
from parley.messenger.profile import keyfile_path
from parley.p2p.api import MemoryNetwork
from parley.wallet.api import NONCE_BYTES, open_vault, seal_wallet


async def test_a_profile_with_an_outside_wallet_has_none_inside() -> None:
    """There is no vault in its database."""
    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        await people.make("alice")
        async with people.open("alice") as alice:
            assert alice.wallet is None


async def test_the_wallet_of_an_opened_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is locked while the profile is open already; changes go through the profile's writer and stay."""
    monkeypatch.chdir(tmp_path)
    encoded, keys = await make_keyfile(WALLET_PASSPHRASE, PassphraseCost(1, 8 * 1024**2))
    await write_keyfile(keyfile_path(Path("alice")), encoded)
    sealed = seal_wallet(words_wallet(), keys.vault, secrets.token_bytes(NONCE_BYTES))
    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        await people.make("alice")
        change = StateChange(StateKind.VAULT, b"", 0, sealed)
        await people.stores["alice"].apply(Commit("put_vault", states=(change,)))
        async with people.open("alice") as alice:
            wallet = alice.wallet
            assert wallet is not None
            with pytest.raises(WalletLockedError):
                await wallet.sign_message(FIRST_ACCOUNT, "hello")
            with pytest.raises(WrongPassphraseError):
                await wallet.unlock("wrong")
            await wallet.unlock(WALLET_PASSPHRASE)
            await wallet.add_account(WALLET_PASSPHRASE, "Third")
            await wallet.sign_message(THIRD_ACCOUNT, "hello")
        assert wallet.locked
        with pytest.raises(ProfileClosedError):
            await wallet.add_account(WALLET_PASSPHRASE, "Fourth")
        with pytest.raises(ProfileClosedError):
            await wallet.unlock(WALLET_PASSPHRASE)

        stored = (await people.stores["alice"].vault()).state
        assert [each.label for each in open_vault(stored or b"", keys.vault).accounts] == [
            "Main",
            "Savings",
            "Third",
        ]
