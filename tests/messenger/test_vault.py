"""The wallet inside after set-up: opened, locked, its words, and never more than the passphrase allows."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from types import FunctionType, ModuleType

import pytest
import trio
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from trio.testing import MockClock, wait_all_tasks_blocked

from harness.memory_wallet import (
    FIRST_ACCOUNT,
    IMPORTED_ACCOUNT,
    IMPORTED_KEY,
    PUBLIC_WORDS,
    SECOND_ACCOUNT,
    THIRD_ACCOUNT,
    WALLET_PASSPHRASE,
    MemoryVault,
    key_wallet,
)
from harness.people import story_clock
from parley.messenger.errors import (
    DamagedVaultError,
    NoWordsError,
    ProfileClosedError,
    UnknownAccountError,
    WalletLockedError,
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


def answers(wallet: InsideWallet) -> dict[int, str]:
    """The right words at the positions that are asked for."""
    return {position: WORDS[position - 1] for position in wallet.asked}


async def opened(vault: MemoryVault, clock: Callable[[], int] = story_clock, **options: int) -> InsideWallet:
    """A wallet over a vault, open."""
    wallet = vault.wallet(clock, **options)
    await wallet.unlock(WALLET_PASSPHRASE)
    return wallet


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
