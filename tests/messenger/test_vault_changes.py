"""Changes to the wallet inside: each asks for the passphrase, and all are kept or none."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest
import trio
from eth_account import Account

from harness.memory_wallet import (
    FIRST_ACCOUNT,
    FOURTH_ACCOUNT,
    IMPORTED_ACCOUNT,
    IMPORTED_KEY,
    SECOND_ACCOUNT,
    THIRD_ACCOUNT,
    WALLET_PASSPHRASE,
    MemoryVault,
)
from messenger.test_vault import answers, opened
from parley.chat.commit import Commit, StateChange, StateKind
from parley.chat.errors import StaleStateError
from parley.messenger.errors import (
    AccountExistsError,
    InvalidKeyError,
    InvalidLabelError,
    LastAccountError,
    OwnAccountError,
    UnknownAccountError,
    WrongKeystorePasswordError,
    WrongPassphraseError,
)
from parley.messenger.vault import InsideWallet

CHANGES: dict[str, Callable[[InsideWallet, str], Awaitable[None]]] = {
    "add": lambda wallet, passphrase: wallet.add_account(passphrase, "Third"),
    "import": lambda wallet, passphrase: wallet.import_key(passphrase, IMPORTED_KEY, "Old"),
    "import a keystore": lambda wallet, passphrase: wallet.import_keystore(
        passphrase, keystore(), "pass", "Old"
    ),
    "rename": lambda wallet, passphrase: wallet.rename_account(passphrase, SECOND_ACCOUNT, "Spending"),
    "remove": lambda wallet, passphrase: wallet.remove_account(passphrase, SECOND_ACCOUNT),
    "check": lambda wallet, passphrase: wallet.check_words(passphrase, answers(wallet)),
}


def keystore() -> bytes:
    """A file of the imported key that opens at once."""
    made = Account.encrypt("0x" + IMPORTED_KEY, "pass", kdf="pbkdf2", iterations=2)  # type: ignore[arg-type]
    return json.dumps(made).encode()


async def test_accounts_are_added_imported_renamed_and_removed(vault: MemoryVault) -> None:
    """Each change is stored and shown, and the next wallet over the store has it."""
    wallet = await opened(vault)
    await wallet.add_account(WALLET_PASSPHRASE, "Third")
    await wallet.import_key(WALLET_PASSPHRASE, f" 0x{IMPORTED_KEY}\n", "Old")
    await wallet.rename_account(WALLET_PASSPHRASE, SECOND_ACCOUNT.lower(), "Spending")
    await wallet.remove_account(WALLET_PASSPHRASE, THIRD_ACCOUNT)
    await wallet.add_account(WALLET_PASSPHRASE, "Fourth", 3)
    expected = [
        ("Main", FIRST_ACCOUNT, False),
        ("Spending", SECOND_ACCOUNT, False),
        ("Old", IMPORTED_ACCOUNT, True),
        ("Fourth", FOURTH_ACCOUNT, False),
    ]
    again = await opened(vault)

    for each in (wallet, again):
        assert [(a.label, a.address, a.imported) for a in each.accounts] == expected
        await each.sign_message(FOURTH_ACCOUNT, "hello")
    await wallet.remove_account(WALLET_PASSPHRASE, IMPORTED_ACCOUNT)
    assert IMPORTED_KEY not in repr([each.key for each in (await vault.stored()).accounts if each.key])
    with pytest.raises(UnknownAccountError):
        await wallet.sign_message(IMPORTED_ACCOUNT, "hello")


async def test_a_keystore_is_imported(vault: MemoryVault) -> None:
    """With its own password; a wrong one changes nothing."""
    wallet = await opened(vault)
    before = (await vault.store.vault()).state
    with pytest.raises(WrongKeystorePasswordError):
        await wallet.import_keystore(WALLET_PASSPHRASE, keystore(), "wrong", "Old")
    assert (await vault.store.vault()).state == before
    await wallet.import_keystore(WALLET_PASSPHRASE, keystore(), "pass", "Old")

    await wallet.sign_message(IMPORTED_ACCOUNT, "hello")


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_no_change_without_the_passphrase(
    vault: MemoryVault, change: Callable[[InsideWallet, str], Awaitable[None]]
) -> None:
    """An open wallet is not enough: it is not left open for whoever comes by to change it."""
    wallet = await opened(vault)
    before = (await vault.store.vault()).state
    with pytest.raises(WrongPassphraseError):
        await change(wallet, "wrong")

    assert (await vault.store.vault()).state == before


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_change_leaves_it_open_or_locked_as_it_was(
    vault: MemoryVault, change: Callable[[InsideWallet, str], Awaitable[None]]
) -> None:
    """And seals it under a fresh nonce each time."""
    for lock in (False, True):
        await vault.put()
        wallet = await opened(vault)
        before = (await vault.store.vault()).state
        if lock:
            wallet.lock()
        await change(wallet, WALLET_PASSPHRASE)
        assert wallet.locked is lock

        after = (await vault.store.vault()).state
        assert before is not None
        assert after is not None
        assert before[1:25] != after[1:25]


async def test_what_cannot_be_done_changes_nothing(vault: MemoryVault) -> None:
    """Neither what is stored nor what is shown."""
    wallet = await opened(vault)
    before = (await vault.store.vault()).state
    refusals: list[tuple[type[Exception], Awaitable[None]]] = [
        (InvalidLabelError, wallet.add_account(WALLET_PASSPHRASE, " ")),
        (AccountExistsError, wallet.add_account(WALLET_PASSPHRASE, "Again", 1)),
        (InvalidKeyError, wallet.import_key(WALLET_PASSPHRASE, "46" * 31, "Old")),
        (UnknownAccountError, wallet.rename_account(WALLET_PASSPHRASE, THIRD_ACCOUNT, "x")),
        (UnknownAccountError, wallet.remove_account(WALLET_PASSPHRASE, THIRD_ACCOUNT)),
        (InvalidLabelError, wallet.rename_account(WALLET_PASSPHRASE, FIRST_ACCOUNT, "a\u202eb")),
    ]
    for error, doing in refusals:
        with pytest.raises(error):
            await doing

    assert (await vault.store.vault()).state == before
    assert [each.label for each in wallet.accounts] == ["Main", "Savings"]


async def test_the_own_account_stays(vault: MemoryVault) -> None:
    """In whatever spelling; it endorses this profile's devices."""
    wallet = await opened(vault)
    for address in (FIRST_ACCOUNT, FIRST_ACCOUNT.lower()):
        with pytest.raises(OwnAccountError):
            await wallet.remove_account(WALLET_PASSPHRASE, address)

    assert wallet.accounts[0].address == FIRST_ACCOUNT


async def test_the_last_account_stays(vault: MemoryVault) -> None:
    """Also where it is not the profile's own."""
    vault.own = THIRD_ACCOUNT
    wallet = await opened(vault)
    await wallet.remove_account(WALLET_PASSPHRASE, FIRST_ACCOUNT)
    with pytest.raises(LastAccountError):
        await wallet.remove_account(WALLET_PASSPHRASE, SECOND_ACCOUNT)


async def test_changes_side_by_side_are_all_kept(vault: MemoryVault) -> None:
    """They are made one after the other, and the last one is what is shown."""
    wallet = await opened(vault)
    async with trio.open_nursery() as nursery:
        for number in range(5):
            nursery.start_soon(wallet.add_account, WALLET_PASSPHRASE, f"account {number}")

    labels = [each.label for each in (await vault.stored()).accounts]
    assert len(labels) == 7
    assert [each.label for each in wallet.accounts] == labels


async def test_a_vault_that_moved_on_is_not_overwritten(
    vault: MemoryVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when another process wrote to it: the change fails whole."""
    wallet = await opened(vault)
    read = vault.store.vault

    async def read_then_move_on() -> object:
        stored = await read()
        change = StateChange(StateKind.VAULT, b"", stored.version, stored.state or b"")
        await vault.store.apply(Commit("elsewhere", states=(change,)))
        return stored

    monkeypatch.setattr(vault.store, "vault", read_then_move_on)
    with pytest.raises(StaleStateError):
        await wallet.add_account(WALLET_PASSPHRASE, "Third")
    monkeypatch.undo()

    assert [each.label for each in (await vault.stored()).accounts] == ["Main", "Savings"]
    assert len(wallet.accounts) == 2
