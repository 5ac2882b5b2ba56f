"""An unlocked wallet: signs as its accounts, and locks itself."""

import copy
import pickle
from collections.abc import Callable
from dataclasses import replace

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from hypothesis import given
from hypothesis import strategies as st

from parley.wallet.api import (
    DEFAULT_IDLE_MS,
    AutoLock,
    DamagedVaultError,
    NoWordsError,
    UnknownAccountError,
    UnlockedWallet,
    UnsignableError,
    WalletLockedError,
    read_words,
    seal_wallet,
    unlock_wallet,
    wallet_from_key,
)
from parley.wallet.derivation import recovery_key
from parley.wallet.unlocked import LEAST_IDLE_MS, MAX_BACKWARD_MS, MAX_UNLOCKED_MS, MOST_IDLE_MS
from wallet.wallet_samples import (
    EIP155_ACCOUNT,
    JUNK,
    JUNK_ACCOUNTS,
    LEGACY,
    NONCE,
    NOW_MS,
    VAULT_KEY,
    imported_key,
    one_field,
    sample_wallet,
)

SEALED = seal_wallet(sample_wallet(), VAULT_KEY, NONCE)
USES: list[Callable[[UnlockedWallet, int], object]] = [
    lambda wallet, now_ms: wallet.sign_message(JUNK_ACCOUNTS[0], "hello", now_ms=now_ms),
    lambda wallet, now_ms: wallet.sign_typed_data(
        JUNK_ACCOUNTS[0], one_field("string", "x"), chain_id=None, now_ms=now_ms
    ),
    lambda wallet, now_ms: wallet.sign_transaction(JUNK_ACCOUNTS[0], LEGACY, chain_id=1, now_ms=now_ms),
    lambda wallet, now_ms: wallet.reveal_words(now_ms=now_ms),
    lambda wallet, now_ms: wallet.recovery_key(now_ms=now_ms),
]
NAMES = ["message", "typed data", "transaction", "words", "recovery key"]


def unlocked() -> UnlockedWallet:
    """The sample wallet, unlocked at NOW_MS."""
    return unlock_wallet(SEALED, VAULT_KEY, now_ms=NOW_MS)


@pytest.mark.parametrize("address", [*JUNK_ACCOUNTS[:2], EIP155_ACCOUNT, EIP155_ACCOUNT.lower()])
def test_it_signs_as_each_account(address: str) -> None:
    """Derived and imported ones; text, typed data and transactions."""
    from eth_account.messages import encode_typed_data

    wallet = unlocked()
    data = one_field("string", "x")

    message = wallet.sign_message(address, "hello", now_ms=NOW_MS)
    typed = wallet.sign_typed_data(address, data, chain_id=None, now_ms=NOW_MS)
    signed = wallet.sign_transaction(address, LEGACY, chain_id=1, now_ms=NOW_MS)

    recovered = {
        Account.recover_message(encode_defunct(text="hello"), signature=message).lower(),
        Account.recover_message(encode_typed_data(full_message=data), signature=typed).lower(),
        Account.recover_transaction(signed.raw).lower(),
    }
    assert recovered == {address.lower()}


def test_it_gives_words_and_recovery_key() -> None:
    """The same as the words themselves."""
    wallet = unlocked()

    assert wallet.reveal_words(now_ms=NOW_MS) == read_words(JUNK)
    assert wallet.recovery_key(now_ms=NOW_MS) == recovery_key(read_words(JUNK))


def test_a_wallet_of_keys_has_no_words() -> None:
    """Told by its own error."""
    wallet = unlock_wallet(
        seal_wallet(wallet_from_key(imported_key(), "Paper"), VAULT_KEY, NONCE), VAULT_KEY, now_ms=NOW_MS
    )

    assert not wallet.has_words
    with pytest.raises(NoWordsError):
        wallet.recovery_key(now_ms=NOW_MS)


def test_an_unknown_account_signs_nothing() -> None:
    """The caller's page may be old."""
    with pytest.raises(UnknownAccountError):
        unlocked().sign_message(JUNK_ACCOUNTS[2], "hello", now_ms=NOW_MS)


def test_a_key_that_is_not_the_shown_accounts_signs_nothing() -> None:
    """A fault in what is stored or derived must not sign as somebody else."""
    wallet = sample_wallet()
    wrong = replace(wallet.accounts[0], address=JUNK_ACCOUNTS[2])
    tampered = seal_wallet(replace(wallet, accounts=(wrong,)), VAULT_KEY, NONCE)

    with pytest.raises(UnsignableError):
        unlock_wallet(tampered, VAULT_KEY, now_ms=NOW_MS).sign_message(
            JUNK_ACCOUNTS[2], "hello", now_ms=NOW_MS
        )


@pytest.mark.parametrize("use", USES, ids=NAMES)
def test_after_the_lock_nothing_signs(use: Callable[[UnlockedWallet, int], object]) -> None:
    """Nor shows words; for good, whatever the time says afterwards."""
    wallet = unlocked()
    use(wallet, NOW_MS)

    wallet.lock()

    for now_ms in (NOW_MS, NOW_MS - 1, NOW_MS + 1):
        with pytest.raises(WalletLockedError):
            use(wallet, now_ms)
    assert wallet.locked(NOW_MS)


@pytest.mark.parametrize("use", USES, ids=NAMES)
def test_an_idle_wallet_locks_itself(use: Callable[[UnlockedWallet, int], object]) -> None:
    """At the very millisecond, without a timer having run, and an earlier time does not open it again."""
    use(unlocked(), NOW_MS + DEFAULT_IDLE_MS - 1)
    wallet = unlocked()

    for now_ms in (NOW_MS + DEFAULT_IDLE_MS, NOW_MS):
        with pytest.raises(WalletLockedError):
            use(wallet, now_ms)


@pytest.mark.parametrize("use", USES, ids=NAMES)
def test_a_use_puts_the_lock_off(use: Callable[[UnlockedWallet, int], object]) -> None:
    """Counted from the last use, to the 24 hours."""
    wallet = unlocked()

    use(wallet, NOW_MS + DEFAULT_IDLE_MS - 1)

    assert wallet.due_at_ms == NOW_MS + 2 * DEFAULT_IDLE_MS - 1
    assert not wallet.locked(wallet.due_at_ms - 1)
    assert wallet.locked(wallet.due_at_ms)


def test_asking_whether_it_is_locked_is_no_use() -> None:
    """A page that polls does not keep it open."""
    wallet = unlocked()
    due_at_ms = wallet.due_at_ms

    assert not wallet.locked(NOW_MS + DEFAULT_IDLE_MS - 1)
    assert wallet.due_at_ms == due_at_ms


def test_after_the_lock_no_secret_is_left_in_the_object() -> None:
    """Every object reachable from it is looked at; what Python or the libraries still hold is not known."""
    wallet = unlocked()
    wallet.sign_message(EIP155_ACCOUNT, "hello", now_ms=NOW_MS)
    assert any("junk" in found for found in reachable(wallet))

    wallet.lock()

    left = reachable(wallet)
    assert not any("junk" in found or imported_key().hex() in found for found in left)
    assert any(EIP155_ACCOUNT in found for found in left)  # What may be shown stays.


def reachable(thing: object) -> list[str]:
    """Every text and, as hexadecimal, every piece of bytes held by an object of this room."""
    if isinstance(thing, str):
        return [thing]
    if isinstance(thing, bytes):
        return [thing.hex()]
    if isinstance(thing, tuple | list):
        return [found for each in thing for found in reachable(each)]
    names = [*getattr(thing, "__slots__", ()), *getattr(thing, "__dict__", ())]
    return [found for name in names for found in reachable(getattr(thing, name))]


@pytest.mark.parametrize("leave", [pickle.dumps, copy.copy, copy.deepcopy])
def test_it_is_neither_stored_nor_copied(leave: Callable[[object], object]) -> None:
    """A copy would outlive the lock."""
    with pytest.raises(TypeError):
        leave(unlocked())


def test_a_damaged_vault_is_not_unlocked() -> None:
    """Told as by open_vault."""
    with pytest.raises(DamagedVaultError):
        unlock_wallet(SEALED[:-1] + bytes([SEALED[-1] ^ 1]), VAULT_KEY, now_ms=NOW_MS)


@given(
    st.integers(LEAST_IDLE_MS, MOST_IDLE_MS),
    st.lists(st.integers(-2 * MAX_BACKWARD_MS, MAX_UNLOCKED_MS), max_size=20),
)
def test_auto_lock_against_its_description(idle_ms: int, steps: list[int]) -> None:
    """Any sequence of times: due exactly when idle, open too long, or the clock went back by more than a minute."""
    state = AutoLock(NOW_MS, NOW_MS, idle_ms)
    now_ms = latest = NOW_MS
    for step in steps:
        now_ms += step
        expected = now_ms >= state.due_at_ms() or latest - now_ms > MAX_BACKWARD_MS

        assert state.due(now_ms) == expected
        if expected:
            return
        state = state.used(now_ms)
        latest = max(latest, now_ms)


def test_small_steps_back_do_not_add_up() -> None:
    """A clock set back by less than a minute again and again, with a use each time, is found out too."""
    state = AutoLock(NOW_MS, NOW_MS, DEFAULT_IDLE_MS)
    for _ in range(2):
        state = state.used(NOW_MS - MAX_BACKWARD_MS)

    assert state.last_used_ms == NOW_MS
    assert not state.due(NOW_MS - MAX_BACKWARD_MS)
    assert state.due(NOW_MS - MAX_BACKWARD_MS - 1)


@pytest.mark.parametrize("idle_ms", [0, LEAST_IDLE_MS - 1, MOST_IDLE_MS + 1])
def test_the_idle_time_is_bounded(idle_ms: int) -> None:
    """It cannot be switched off by a setting."""
    with pytest.raises(ValueError, match="idle"):
        unlock_wallet(SEALED, VAULT_KEY, now_ms=NOW_MS, idle_ms=idle_ms)


def test_a_wallet_in_steady_use_locks_after_a_day() -> None:
    """However often it signs."""
    wallet = unlock_wallet(SEALED, VAULT_KEY, now_ms=NOW_MS, idle_ms=MOST_IDLE_MS)
    wallet.reveal_words(now_ms=NOW_MS + MAX_UNLOCKED_MS - 1)

    with pytest.raises(WalletLockedError):
        wallet.reveal_words(now_ms=NOW_MS + MAX_UNLOCKED_MS)
