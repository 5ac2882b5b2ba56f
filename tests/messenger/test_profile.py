"""Making a profile: whole or not at all, and never over anything."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from parley.chat.devices.create import ENTROPY_BYTES, create_profile, propose_device
from parley.chat.devices.model import ProfileRow
from parley.database.api import PassphraseCost, make_keyfile
from parley.messenger import (
    FolderNotEmptyError,
    NoProfileError,
    ProfileExistsError,
    make_profile,
    open_messenger,
    real_system,
)
from parley.messenger import profile as profile_module
from parley.messenger.profile import database_path, unlock_profile, write_profile
from parley.messenger.setup import MadeProfile
from parley.messenger.system import open_store
from parley.settings import Settings
from parley.wallet.api import account_of, new_account_key, open_vault, sign_typed_data

NOW_MS = 1_800_000_000_000


async def make(data: Path) -> str:
    """Make a profile in this folder."""
    return await make_profile(data, "correct horse", "test device", real_system())


async def test_a_profile_is_made_private_and_opens(tmp_path: Path) -> None:
    """Folder 0700, files 0600, and the account that was told is the one stored."""
    data = tmp_path / "new" / "alice"

    account = await make(data)

    keys = await unlock_profile(data, "correct horse")
    async with open_store(database_path(data), keys.database) as store:
        stored = await store.profile()
        vault = await store.vault()
    assert stored is not None
    assert stored.account == account
    # Its key is in the vault alone, at the first path of words that are still to be written down.
    wallet = open_vault(vault.state or b"", keys.vault)
    assert stored.account_key is None
    assert [each.address for each in wallet.accounts] == [account]
    assert not wallet.words_checked
    assert data.stat().st_mode & 0o777 == 0o700
    assert all(each.stat().st_mode & 0o777 == 0o600 for each in data.iterdir())


async def test_an_interrupted_set_up_can_be_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash before the end leaves no half profile in the way."""
    data = tmp_path / "alice"

    def crash(*_: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(profile_module, "_finish_folder", crash)
        with pytest.raises(KeyboardInterrupt):
            await make(data)
    with pytest.raises(NoProfileError):
        await unlock_profile(data, "correct horse")

    await make(data)

    assert len((await unlock_profile(data, "correct horse")).database) == 32
    assert [each.name for each in tmp_path.iterdir()] == ["alice"]


async def test_nothing_is_made_over_a_profile_or_over_other_files(tmp_path: Path) -> None:
    """An empty folder is taken; anything else is left as it is."""
    data = tmp_path / "alice"
    data.mkdir()
    await make(data)
    before = {each.name: each.read_bytes() for each in data.iterdir()}
    other = tmp_path / "photos"
    other.mkdir()
    (other / "cat.jpg").write_bytes(b"meow")

    with pytest.raises(ProfileExistsError):
        await make(data)
    with pytest.raises(FolderNotEmptyError):
        await make(other)

    assert {each.name: each.read_bytes() for each in data.iterdir()} == before
    assert (other / "cat.jpg").read_bytes() == b"meow"


async def test_an_early_profiles_key_moves_into_the_vault(tmp_path: Path) -> None:
    """At the first unlocking by passphrase, in one commit; another way of unlocking leaves it where it is."""
    data = tmp_path / "early"
    key = new_account_key()
    encoded, keys = await make_keyfile("correct horse", PassphraseCost(1, 8 * 1024**2))
    proposed = propose_device(account_of(key), "early", 1, NOW_MS, secrets.token_bytes(ENTROPY_BYTES))
    made = create_profile(proposed, sign_typed_data(key, proposed.endorsement.typed_data()), account_of(key))
    rows = [
        replace(each, account_key=bytes(key)) if isinstance(each, ProfileRow) else each for each in made.rows
    ]
    commit = replace(made, rows=tuple(rows))
    await write_profile(data, MadeProfile(account_of(key), encoded, keys, commit))

    async with open_messenger(Settings(data), keys.database) as opened:
        assert opened.wallet is not None
        assert opened.wallet.locked
    for _ in range(2):
        async with open_messenger(Settings(data), keys.database, vault_key=keys.vault) as opened:
            assert opened.wallet is not None
            assert [(each.address, each.imported) for each in opened.wallet.accounts] == [
                (account_of(key), True)
            ]

    async with open_store(database_path(data), keys.database) as store:
        profile = await store.profile()
    assert profile is not None
    assert profile.account_key is None
