"""An unlocked wallet, which locks itself. When it is due is pure arithmetic; time comes in with each call.

Locking drops the only reference this room has to words and keys. That is best effort: Python cannot wipe memory, and
the libraries' copies of a key go whenever they go. See README.md#threat-model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from parley.wallet.accounts import AccountKey, account_of
from parley.wallet.derivation import RecoveryKey, recovery_key
from parley.wallet.errors import NoWordsError, UnsignableError, WalletLockedError
from parley.wallet.mnemonic import RecoveryWords
from parley.wallet.model import Wallet, find_account, key_of
from parley.wallet.signing import (
    SignedTransaction,
    message_signature,
    transaction_signature,
    typed_data_signature,
)
from parley.wallet.vault import open_vault

DEFAULT_IDLE_MS: Final = 15 * 60 * 1000
LEAST_IDLE_MS: Final = 10 * 1000
MOST_IDLE_MS: Final = 24 * 60 * 60 * 1000
MAX_UNLOCKED_MS: Final = 24 * 60 * 60 * 1000
MAX_BACKWARD_MS: Final = 60 * 1000


@dataclass(frozen=True, slots=True)
class AutoLock:
    """When a wallet was unlocked and last used, and how long it may lie idle; milliseconds since the epoch."""

    unlocked_at_ms: int
    last_used_ms: int
    idle_ms: int

    def __post_init__(self) -> None:
        if not LEAST_IDLE_MS <= self.idle_ms <= MOST_IDLE_MS:
            raise ValueError(f"an idle time of {self.idle_ms} ms, expected {LEAST_IDLE_MS} to {MOST_IDLE_MS}")

    def due(self, now_ms: int) -> bool:
        """Whether the wallet has to be locked.

        It is after `idle_ms` without a use, 24 h after it was unlocked, and when the clock was set back by more
        than a minute: otherwise setting back the clock would keep it open.
        """
        return (
            now_ms - self.last_used_ms >= self.idle_ms
            or now_ms - self.unlocked_at_ms >= MAX_UNLOCKED_MS
            or self.last_used_ms - now_ms > MAX_BACKWARD_MS
        )

    def used(self, now_ms: int) -> AutoLock:
        """The next state after a use."""
        return replace(self, last_used_ms=max(self.last_used_ms, now_ms))

    def due_at_ms(self) -> int:
        """When it will be due if nothing happens, for the caller's timer."""
        return min(self.last_used_ms + self.idle_ms, self.unlocked_at_ms + MAX_UNLOCKED_MS)


@dataclass(frozen=True, slots=True, repr=False)
class ShownAccount:
    """What may be known of an account while the wallet is locked; `index` is None for an imported one."""

    address: str
    label: str
    index: int | None

    @property
    def imported(self) -> bool:
        """Whether its key was imported: the words do not bring it back."""
        return self.index is None


class UnlockedWallet:
    """Signs until it is locked. Not for two threads at once.

    Every call that needs a secret looks at the time first, and counts as a use. After `lock`, or once due, each
    raises WalletLockedError, for good: unlock the vault again.
    Guarded by tests/wallet/test_unlocked.py::test_after_the_lock_nothing_signs.
    """

    def __init__(self, wallet: Wallet, auto_lock: AutoLock) -> None:
        self._wallet: Wallet | None = wallet
        self._auto_lock = auto_lock
        self.accounts = tuple(
            ShownAccount(account.address, account.label, account.index) for account in wallet.accounts
        )
        self.has_words = wallet.words is not None
        self.words_checked = wallet.words_checked

    def __repr__(self) -> str:
        return f"<UnlockedWallet, {'locked' if self._wallet is None else 'open'}>"

    __str__ = __repr__

    def __reduce__(self) -> Any:
        raise TypeError("an unlocked wallet is not stored or copied")

    def locked(self, now_ms: int) -> bool:
        """Whether it is locked; locks it if it is due, so call this from a timer at `due_at_ms`. No use."""
        if self._auto_lock.due(now_ms):
            self.lock()
        return self._wallet is None

    @property
    def due_at_ms(self) -> int:
        """When it will lock itself if nothing happens."""
        return self._auto_lock.due_at_ms()

    def lock(self) -> None:
        """Lock now. Nothing is left to sign with."""
        self._wallet = None

    def sign_typed_data(
        self, address: str, typed_data: Mapping[str, Any], *, chain_id: int | None, now_ms: int
    ) -> bytes:
        """Sign EIP-712 typed data: r || s || v, 65 bytes.

        Args:
            address: the account to sign as.
            chain_id: the chain the person was shown; None if the data names none.

        Raises:
            WalletLockedError: locked, or due to be.
            UnknownAccountError: not an account of this wallet.
            UnsignableError: values and types do not fit exactly; see README.md#signing.
            WrongChainError: its domain is for another chain than shown.
        """
        return typed_data_signature(self._key(address, now_ms), typed_data, chain_id=chain_id)

    def sign_message(self, address: str, text: str, *, now_ms: int) -> bytes:
        """Sign a text by EIP-191, as EIP-4361 sign-in does: r || s || v, 65 bytes.

        Raises:
            WalletLockedError, UnknownAccountError: as `sign_typed_data`.
            UnsignableError: empty, over 16 KiB or not Unicode.
        """
        return message_signature(self._key(address, now_ms), text)

    def sign_transaction(
        self, address: str, transaction: Mapping[str, Any], *, chain_id: int, now_ms: int
    ) -> SignedTransaction:
        """Sign a transaction of type 0 or 2; nothing is sent.

        Args:
            transaction: JSON-RPC's field names.
            chain_id: the chain the person was shown.

        Raises:
            WalletLockedError, UnknownAccountError: as `sign_typed_data`.
            UnsignableError: a field is missing, unknown or out of bounds; see README.md#signing.
            WrongChainError: it is for another chain than shown.
        """
        key = self._key(address, now_ms)
        return transaction_signature(key, transaction, address=address, chain_id=chain_id)

    def reveal_words(self, *, now_ms: int) -> RecoveryWords:
        """The words, to be written down or checked; ask for the passphrase again before showing them.

        Raises:
            WalletLockedError: locked, or due to be.
            NoWordsError: the wallet holds imported keys only.
        """
        words = self._opened(now_ms).words
        if words is None:
            raise NoWordsError
        return words

    def recovery_key(self, *, now_ms: int) -> RecoveryKey:
        """The key that recovery derives from, 32 bytes.

        Raises:
            WalletLockedError: locked, or due to be.
            NoWordsError: the wallet holds imported keys only.
        """
        return recovery_key(self.reveal_words(now_ms=now_ms))

    def _opened(self, now_ms: int) -> Wallet:
        if self.locked(now_ms) or self._wallet is None:
            raise WalletLockedError("the wallet is locked")
        self._auto_lock = self._auto_lock.used(now_ms)
        return self._wallet

    def _key(self, address: str, now_ms: int) -> AccountKey:
        wallet = self._opened(now_ms)
        account = find_account(wallet, address)
        key = key_of(wallet, account)
        # Guarded by tests/wallet/test_unlocked.py::test_a_key_that_is_not_the_shown_accounts_signs_nothing.
        if account_of(key) != account.address:
            raise UnsignableError("the account's key is of another address")
        return key


def unlock_wallet(
    sealed: bytes, key: bytes, *, now_ms: int, idle_ms: int = DEFAULT_IDLE_MS
) -> UnlockedWallet:
    """Open a vault to sign with.

    Args:
        sealed: what `seal_wallet` made.
        key: its 32 bytes. Forget them after this call, or locking protects nothing.
        now_ms: milliseconds since the epoch, UTC.
        idle_ms: locks after this long without a use, 10 s to 24 h.

    Raises:
        DamagedVaultError, NewerVaultError: as `open_vault`.
    """
    auto_lock = AutoLock(now_ms, now_ms, idle_ms)
    return UnlockedWallet(open_vault(sealed, key), auto_lock)
