"""Making a profile: whole or not at all, and never over anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from parley.messenger import (
    FolderNotEmptyError,
    NoProfileError,
    ProfileExistsError,
    make_profile,
    real_system,
)
from parley.messenger import profile as profile_module
from parley.messenger.profile import database_path, unlock_profile
from parley.messenger.system import open_store


async def make(data: Path) -> str:
    """Make a profile in this folder."""
    return await make_profile(data, "correct horse", "test device", real_system())


async def test_a_profile_is_made_private_and_opens(tmp_path: Path) -> None:
    """Folder 0700, files 0600, and the account that was told is the one stored."""
    data = tmp_path / "new" / "alice"

    account = await make(data)

    key = await unlock_profile(data, "correct horse")
    async with open_store(database_path(data), key) as store:
        stored = await store.profile()
    assert stored is not None
    assert stored.account == account
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

    assert len(await unlock_profile(data, "correct horse")) == 32
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
