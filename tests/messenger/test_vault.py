"""The wallet inside after set-up: opened, changed, locked, and never more than the passphrase allows."""

from __future__ import annotations

import gc
import json
import threading
from collections.abc import Awaitable, Callable
from types import FunctionType, ModuleType

import pytest
import trio
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from trio.testing import MockClock, wait_all_tasks_blocked

from harness.memory_wallet import (
    FIRST_ACCOUNT,
    FOURTH_ACCOUNT,
    IMPORTED_ACCOUNT,
    IMPORTED_KEY,
    PUBLIC_WORDS,
    SECOND_ACCOUNT,
    THIRD_ACCOUNT,
    WALLET_PASSPHRASE,
    MemoryVault,
    key_wallet,
    words_wallet,
)
from harness.people import story_clock
from parley.chat.commit import Commit, StateChange, StateKind
from parley.chat.errors import StaleStateError
from parley.messenger.errors import (
    AccountExistsError,
    DamagedVaultError,
    InvalidKeyError,
    InvalidLabelError,
    LastAccountError,
    NoWordsError,
    OwnAccountError,
    ProfileClosedError,
    UnknownAccountError,
    WalletLockedError,
    WrongKeystorePasswordError,
    WrongPassphraseError,
    WrongWordsError,
)
from parley.messenger.vault import InsideWallet

WORDS = tuple(PUBLIC_WORDS.split())
TYPED_DATA = {
    "types": {"Thing": [{"name": "value", "type": "string"}]},
    "primaryType": "Thing",
    "domain": {"name": "Test"},
    "message": {"value": "x"},
}
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


def answers(wallet: InsideWallet) -> dict[int, str]:
    """The right words at the positions that are asked for."""
    return {position: WORDS[position - 1] for position in wallet.asked}


async def opened(vault: MemoryVault, clock: Callable[[], int] = story_clock, **options: int) -> InsideWallet:
    """A wallet over a vault, open."""
    wallet = vault.wallet(clock, **options)
    await wallet.unlock(WALLET_PASSPHRASE)
    return wallet


@pytest.fixture
async def vault() -> MemoryVault:
    """Words that are not checked, with two accounts."""
    return await MemoryVault(words_wallet()).put()


async def test_it_shows_nothing_before_it_was_opened(vault: MemoryVault) -> None:
    """And goes on showing its accounts after it was locked."""
    wallet = vault.wallet()
    assert wallet.locked
    assert (wallet.accounts, wallet.has_words, wallet.words_checked, wallet.asked) == ((), False, False, ())

    await wallet.unlock(WALLET_PASSPHRASE)
    shown = [(each.label, each.address, each.imported) for each in wallet.accounts]
    assert not wallet.locked
    wallet.lock()
    wallet.lock()

    assert wallet.locked
    assert shown == [("Main", FIRST_ACCOUNT, False), ("Savings", SECOND_ACCOUNT, False)]
    assert [each.address for each in wallet.accounts] == [FIRST_ACCOUNT, SECOND_ACCOUNT]
    assert (wallet.has_words, wallet.words_checked, len(wallet.asked)) == (True, False, 3)


async def test_a_wrong_passphrase_opens_nothing(vault: MemoryVault) -> None:
    """Nor does it lock what is open."""
    wallet = vault.wallet()
    with pytest.raises(WrongPassphraseError):
        await wallet.unlock("wrong")
    assert wallet.locked
    await wallet.unlock(WALLET_PASSPHRASE)
    with pytest.raises(WrongPassphraseError):
        await wallet.unlock("wrong")

    assert not wallet.locked


async def test_the_key_that_set_up_has_at_hand_opens_it(vault: MemoryVault) -> None:
    """One passphrase opens database and wallet; another profile's key does not."""
    wallet = vault.wallet()
    with pytest.raises(DamagedVaultError):
        await wallet.unlock_with(bytes(32))
    assert wallet.locked
    await wallet.unlock_with(vault.passphrases.key)

    assert not wallet.locked
    assert vault.passphrases.tries == 0


async def test_it_signs_as_each_account_while_it_is_open(vault: MemoryVault) -> None:
    """Text and typed data; once locked, nothing."""
    wallet = await opened(vault)
    for address in (FIRST_ACCOUNT, SECOND_ACCOUNT.lower()):
        text = await wallet.sign_message(address, "hello")
        typed = await wallet.sign_typed_data(address, TYPED_DATA, chain_id=None)
        signers = {
            Account.recover_message(encode_defunct(text="hello"), signature=text).lower(),
            Account.recover_message(encode_typed_data(full_message=TYPED_DATA), signature=typed).lower(),
        }
        assert signers == {address.lower()}
    with pytest.raises(UnknownAccountError):
        await wallet.sign_message(THIRD_ACCOUNT, "hello")
    wallet.lock()

    with pytest.raises(WalletLockedError):
        await wallet.sign_message(FIRST_ACCOUNT, "hello")
    with pytest.raises(WalletLockedError):
        await wallet.sign_typed_data(FIRST_ACCOUNT, TYPED_DATA, chain_id=None)


async def test_signatures_side_by_side_and_a_lock_between(
    vault: MemoryVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that is being made is finished, those that wait are refused, and nothing else breaks."""
    wallet = await opened(vault)
    outcomes: list[str] = []

    async def sign() -> None:
        try:
            await wallet.sign_message(FIRST_ACCOUNT, "hello")
        except WalletLockedError:
            outcomes.append("refused")
        else:
            outcomes.append("signed")

    assert wallet._unlocked is not None
    real, gate = wallet._unlocked.sign_message, threading.Event()

    def slow(address: str, text: str, *, now_ms: int) -> bytes:
        assert gate.wait(5)
        return real(address, text, now_ms=now_ms)

    monkeypatch.setattr(wallet._unlocked, "sign_message", slow)
    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(sign)
        await wait_all_tasks_blocked()
        assert not wallet.locked
        wallet.lock()
        assert wallet.locked
        gate.set()

    assert outcomes == ["signed", "refused", "refused", "refused"]


async def pass_s(clock: MockClock, seconds: float) -> None:
    """Let time go on. Not by itself: it would jump while a thread signs."""
    clock.jump(seconds)
    await wait_all_tasks_blocked()


async def test_it_locks_itself_when_it_lies_idle(
    mock_clock: MockClock, vault: MemoryVault, nursery: trio.Nursery
) -> None:
    """By a timer, so that the secrets go even if nobody asks; a signature begins the time anew."""
    wallet = await opened(vault, idle_ms=60_000)
    nursery.start_soon(wallet.run)
    await pass_s(mock_clock, 50)
    await wallet.sign_message(FIRST_ACCOUNT, "hello")
    await pass_s(mock_clock, 50)
    assert wallet._unlocked is not None
    await pass_s(mock_clock, 11)
    assert wallet._unlocked is None

    await wallet.unlock(WALLET_PASSPHRASE)
    await pass_s(mock_clock, 59)
    assert wallet._unlocked is not None
    await pass_s(mock_clock, 2)
    assert wallet._unlocked is None


@pytest.mark.parametrize("hours", [1, -1])
async def test_it_locks_itself_when_the_clock_is_set(
    mock_clock: MockClock, vault: MemoryVault, nursery: trio.Nursery, hours: int
) -> None:
    """Forward, as after a machine slept, or far back: within the minute, and at once for whoever asks."""
    shift_ms = 0
    wallet = await opened(vault, lambda: story_clock() + shift_ms)
    nursery.start_soon(wallet.run)
    await wait_all_tasks_blocked()
    shift_ms = hours * 3_600_000
    await pass_s(mock_clock, 61)
    assert wallet._unlocked is None

    await wallet.unlock(WALLET_PASSPHRASE)
    shift_ms *= 2
    with pytest.raises(WalletLockedError):
        await wallet.sign_message(FIRST_ACCOUNT, "hello")
    assert wallet.locked


async def test_it_is_locked_with_the_profile(vault: MemoryVault) -> None:
    """For good: whoever was just typing the passphrase opens nothing any more."""
    wallet = await opened(vault)
    async with trio.open_nursery() as profile:
        profile.start_soon(wallet.run)
        await wait_all_tasks_blocked()
        profile.cancel_scope.cancel()
    assert wallet._unlocked is None
    with pytest.raises(ProfileClosedError):
        await wallet.unlock(WALLET_PASSPHRASE)

    assert wallet.locked


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


async def test_the_words_are_revealed_for_the_passphrase_alone(vault: MemoryVault) -> None:
    """Also while it is locked, which it then stays."""
    wallet = vault.wallet()
    with pytest.raises(WrongPassphraseError):
        await wallet.reveal_words("wrong")
    assert await wallet.reveal_words(WALLET_PASSPHRASE) == WORDS

    assert wallet.locked
    without = (await MemoryVault(key_wallet(), IMPORTED_ACCOUNT).put()).wallet()
    with pytest.raises(NoWordsError):
        await without.reveal_words(WALLET_PASSPHRASE)


async def test_the_word_check(vault: MemoryVault) -> None:
    """Wrong and missing answers are told by their positions; the same stay asked until it is passed."""
    wallet = await opened(vault)
    asked = wallet.asked
    wrong = {**answers(wallet), asked[0]: "zoo"}
    del wrong[asked[2]]
    with pytest.raises(WrongWordsError) as refusal:
        await wallet.check_words(WALLET_PASSPHRASE, wrong)
    assert refusal.value.positions == (asked[0], asked[2])
    assert (wallet.asked, wallet.words_checked) == (asked, False)
    await wallet.check_words(
        WALLET_PASSPHRASE, {at: f" {word.upper()} " for at, word in answers(wallet).items()}
    )

    assert wallet.words_checked
    assert (await vault.stored()).words_checked
    assert len(wallet.asked) == 3


async def test_nothing_is_asked_without_words_or_before_they_are_known(vault: MemoryVault) -> None:
    """So nothing passes either."""
    with pytest.raises(WalletLockedError):
        await vault.wallet().check_words(WALLET_PASSPHRASE, {})
    without = await opened(await MemoryVault(key_wallet(), IMPORTED_ACCOUNT).put())
    assert without.asked == ()
    with pytest.raises(NoWordsError):
        await without.check_words(WALLET_PASSPHRASE, {})
    with pytest.raises(NoWordsError):
        await without.add_account(WALLET_PASSPHRASE, "Second")


async def test_locked_it_holds_no_secret(vault: MemoryVault) -> None:
    """Neither words nor keys nor the vault's key can be reached from it."""
    wallet = await opened(vault)
    await wallet.import_key(WALLET_PASSPHRASE, IMPORTED_KEY, "Old")
    await wallet.sign_message(FIRST_ACCOUNT, "hello")
    assert _reaches(wallet, WORDS)
    wallet.lock()

    assert not _reaches(wallet, WORDS)
    assert not _reaches(wallet, bytes.fromhex(IMPORTED_KEY))
    key, vault.passphrases.key = vault.passphrases.key, b""
    assert not _reaches(wallet, key)


def _reaches(root: object, secret: object) -> bool:
    """Whether a value can be found by following references from an object, but not into modules and classes."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        found = waiting.pop()
        if id(found) in seen or isinstance(found, (type, ModuleType)):
            continue
        seen.add(id(found))
        if found == secret:
            return True
        # A function's module is reached from it as well; what it has taken along is in its closure.
        waiting += (found.__closure__ or ()) if isinstance(found, FunctionType) else gc.get_referents(found)
    return False
