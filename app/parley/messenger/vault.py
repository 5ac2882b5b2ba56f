"""The wallet inside after set-up: opened and changed with the passphrase, locked by time or with the profile.

The vault's key is derived from the passphrase for each call that needs it and is never kept, or locking would protect
nothing (wallet/README.md#threat-model). So a change needs the passphrase too, also while the wallet is open.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Protocol, TypeVar

import trio

from parley.chat.commit import Commit, StateChange, StateKind
from parley.chat.devices.ports import ProfileStore
from parley.messenger.errors import OwnAccountError, ProfileClosedError, WalletLockedError, WrongWordsError
from parley.messenger.writer import Job
from parley.wallet.api import (
    CHECK_ENTROPY_BYTES,
    DEFAULT_IDLE_MS,
    NONCE_BYTES,
    NoWordsError,
    RecoveryWords,
    ShownAccount,
    SignedTransaction,
    UnlockedWallet,
    Wallet,
    add_derived,
    add_key,
    choose_positions,
    mark_words_checked,
    open_vault,
    read_key,
    read_keystore,
    remove_account,
    rename_account,
    seal_wallet,
    unlock_wallet,
    wrong_answers,
)

T = TypeVar("T")

_LOOK_AROUND_S = 60.0
"""How often the clock is looked at while the wallet is open: it may be set, and the machine may sleep."""

_LEAST_WAIT_MS = 100


class WalletWriter(Protocol):
    """Runs jobs that commit, one after the other. `Writer` is one."""

    async def do(self, job: Job[T]) -> T:
        """Run a job in its turn."""
        ...

    async def apply(self, commit: Commit) -> None:
        """Store a commit; only jobs call this."""
        ...


class InsideWallet:
    """The wallet of a profile whose account's key is inside it. Locked to begin with.

    What it shows, it shows since it was first opened, and goes on showing while it is locked.

    Attributes:
        accounts: address, label and whether it was imported, of each; empty before it was first opened.
        has_words: whether there are recovery words; False before it was first opened.
        words_checked: whether the person passed the word check.
        asked: the positions, from 1, of the word check; the same until it is passed. Empty without words.

    Args:
        vault_key: the vault's key, 32 bytes, from the passphrase; it raises WrongPassphraseError.
        own: the profile's own account, which is never removed.
        clock: milliseconds since the epoch, UTC.
        entropy: n random bytes.
        idle_ms: locks after this long without a signature, 10 s to 24 h.
    """

    def __init__(
        self,
        store: ProfileStore,
        writer: WalletWriter,
        vault_key: Callable[[str], Awaitable[bytes]],
        own: str,
        *,
        clock: Callable[[], int],
        entropy: Callable[[int], bytes],
        idle_ms: int = DEFAULT_IDLE_MS,
    ) -> None:
        self.accounts: tuple[ShownAccount, ...] = ()
        self.has_words = False
        self.words_checked = False
        self.asked: tuple[int, ...] = ()
        self._store = store
        self._writer = writer
        self._vault_key = vault_key
        self._own = own
        self._clock = clock
        self._entropy = entropy
        self._idle_ms = idle_ms
        self._unlocked: UnlockedWallet | None = None
        self._was_unlocked = trio.Event()
        self._signing = trio.Lock()
        self._opening_keystore = trio.Lock()
        self._closed = False

    @property
    def locked(self) -> bool:
        """Whether nothing signs; asking is no use of it, and locks it if it is due."""
        unlocked = self._unlocked
        # While it signs on a thread it was not due a moment ago, and is not for two threads.
        if unlocked is not None and not self._signing.locked() and unlocked.locked(self._clock()):
            self._unlocked = None
        return self._unlocked is None

    async def unlock(self, passphrase: str) -> None:
        """Open it to sign with; takes about a second.

        Raises:
            WrongPassphraseError: it stays as it is. The caller bounds how often that can be tried.
            DamagedVaultError, NewerVaultError: it cannot be opened by this Parley.
        """
        await self.unlock_with(await self._vault_key(passphrase))

    async def unlock_with(self, key: bytes) -> None:
        """Open it where the passphrase has just given the vault's key anyway, which is forgotten here.

        Raises:
            DamagedVaultError, NewerVaultError: as `unlock`.
            ProfileClosedError: the profile was locked meanwhile.
        """
        stored = await self._store.vault()
        opening = partial(self._open, key=key, now_ms=self._clock())
        self._show(await trio.to_thread.run_sync(opening, stored.state or b""), keep=True)

    def lock(self) -> None:
        """Let nothing sign from now on; harmless if it is locked. A signature that is being made is finished."""
        unlocked, self._unlocked = self._unlocked, None
        if unlocked is not None and not self._signing.locked():
            unlocked.lock()

    async def run(self) -> None:
        """Lock it when it is due, until cancelled; and then for good."""
        try:
            while True:
                if self.locked or self._unlocked is None:
                    self._was_unlocked = trio.Event()
                    await self._was_unlocked.wait()
                else:
                    left_ms = max(self._unlocked.due_at_ms - self._clock(), _LEAST_WAIT_MS)
                    await trio.sleep(min(left_ms / 1_000, _LOOK_AROUND_S))
        finally:
            # Guarded by tests/messenger/test_vault.py::test_it_is_locked_with_the_profile.
            self._closed = True
            self.lock()

    async def sign_typed_data(
        self, address: str, typed_data: Mapping[str, Any], *, chain_id: int | None
    ) -> bytes:
        """Sign EIP-712 typed data as an account: r || s || v, 65 bytes.

        Args:
            chain_id: the chain the person was shown; None if the data names none.

        Raises:
            WalletLockedError, UnknownAccountError, UnsignableError, WrongChainError: nothing was signed.
        """
        return await self._sign(
            lambda unlocked, now_ms: unlocked.sign_typed_data(
                address, typed_data, chain_id=chain_id, now_ms=now_ms
            )
        )

    async def sign_message(self, address: str, text: str) -> bytes:
        """Sign a text by EIP-191 as an account: r || s || v, 65 bytes.

        Raises:
            WalletLockedError, UnknownAccountError, UnsignableError: nothing was signed.
        """
        return await self._sign(lambda unlocked, now_ms: unlocked.sign_message(address, text, now_ms=now_ms))

    async def sign_transaction(
        self, address: str, transaction: Mapping[str, Any], *, chain_id: int
    ) -> SignedTransaction:
        """Sign a transaction of type 0 or 2 as an account; nothing is sent.

        Args:
            transaction: JSON-RPC's field names, every one of them what the person was shown.
            chain_id: the chain the person was shown.

        Raises:
            WalletLockedError, UnknownAccountError, UnsignableError, WrongChainError: nothing was signed.
        """
        return await self._sign(
            lambda unlocked, now_ms: unlocked.sign_transaction(
                address, transaction, chain_id=chain_id, now_ms=now_ms
            )
        )

    async def add_account(self, passphrase: str, label: str, index: int | None = None) -> None:
        """Show one more account of the words.

        Args:
            index: which one, 0 to 9999; by default the one after the highest shown.

        Raises:
            WrongPassphraseError, NoWordsError, InvalidLabelError, AccountExistsError, TooManyAccountsError,
            StorageError: nothing was changed.
        """
        await self._change(passphrase, partial(add_derived, label=label, index=index))

    async def import_key(self, passphrase: str, typed: str, label: str) -> None:
        """Add the account of a private key.

        Raises:
            InvalidKeyError: it is none.
            WrongPassphraseError, InvalidLabelError, AccountExistsError, TooManyAccountsError, StorageError:
            nothing was changed.
        """
        await self._change(passphrase, lambda wallet: add_key(wallet, read_key(typed), label))

    async def import_keystore(self, passphrase: str, file: bytes, password: str, label: str) -> None:
        """Add the account of a keystore file, which its own password opens; takes some seconds.

        Raises:
            InvalidKeystoreError, KeystoreTooCostlyError, KeystoreMemoryError, WrongKeystorePasswordError,
            KeystoreAddressError: it cannot be opened.
            Those of `import_key`: nothing was changed.
        """
        vault_key = await self._vault_key(passphrase)
        # One at a time: each may take half a gigabyte. Not as a job: the writer would stand still meanwhile.
        async with self._opening_keystore:
            key = await trio.to_thread.run_sync(read_keystore, file, password)
        await self._change_with(vault_key, lambda wallet: add_key(wallet, key, label))

    async def rename_account(self, passphrase: str, address: str, label: str) -> None:
        """Call an account something else.

        Raises:
            WrongPassphraseError, UnknownAccountError, InvalidLabelError, StorageError: nothing was changed.
        """
        await self._change(passphrase, partial(rename_account, address=address, label=label))

    async def remove_account(self, passphrase: str, address: str) -> None:
        """Show a derived account no more, or destroy an imported one's key: the caller has warned before this.

        Raises:
            OwnAccountError: it is the profile's own.
            WrongPassphraseError, UnknownAccountError, LastAccountError, StorageError: nothing was changed.
        """
        # Guarded by tests/messenger/test_vault_changes.py::test_the_own_account_stays.
        if address.lower() == self._own.lower():
            raise OwnAccountError
        await self._change(passphrase, partial(remove_account, address=address))

    async def reveal_words(self, passphrase: str) -> tuple[str, ...]:
        """The recovery words, to be shown once and kept nowhere. It stays open or locked as it is.

        Raises:
            NoWordsError: it holds imported keys only.
            WrongPassphraseError, DamagedVaultError, NewerVaultError: nothing is shown.
        """
        key = await self._vault_key(passphrase)
        stored = await self._store.vault()
        wallet = await trio.to_thread.run_sync(open_vault, stored.state or b"", key)
        return _words(wallet).reveal()

    async def check_words(self, passphrase: str, answers: Mapping[int, str]) -> None:
        """Note that the person has the words written down.

        Args:
            answers: what was typed for each position of `asked`.

        Raises:
            WrongWordsError: with the positions; the same ones stay asked.
            WalletLockedError: nothing is asked, since it was never opened.
            WrongPassphraseError, NoWordsError, StorageError: nothing was changed.
        """
        asked = self.asked

        def check(wallet: Wallet) -> Wallet:
            words = _words(wallet)
            if not asked:
                raise WalletLockedError
            if wrong := wrong_answers(words, asked, answers):
                raise WrongWordsError(wrong)
            return mark_words_checked(wallet)

        await self._change(passphrase, check)

    async def _change(self, passphrase: str, step: Callable[[Wallet], Wallet]) -> None:
        await self._change_with(await self._vault_key(passphrase), step)

    async def _change_with(self, key: bytes, step: Callable[[Wallet], Wallet]) -> None:
        nonce = self._entropy(NONCE_BYTES)

        def reseal(sealed: bytes, now_ms: int) -> tuple[bytes, UnlockedWallet]:
            changed = seal_wallet(step(open_vault(sealed, key)), key, nonce)
            return changed, self._open(changed, key, now_ms)

        async def job() -> None:
            stored = await self._store.vault()
            sealed, unlocked = await trio.to_thread.run_sync(reseal, stored.state or b"", self._clock())
            change = StateChange(StateKind.VAULT, b"", stored.version, sealed)
            await self._writer.apply(Commit("change_vault", states=(change,)))
            self._show(unlocked, keep=not self.locked)

        await self._writer.do(job)

    async def _sign(self, sign: Callable[[UnlockedWallet, int], T]) -> T:
        async with self._signing:
            unlocked = self._unlocked
            if unlocked is None:
                raise WalletLockedError
            try:
                return await trio.to_thread.run_sync(sign, unlocked, self._clock())
            finally:
                if unlocked is not self._unlocked:
                    unlocked.lock()

    def _open(self, sealed: bytes, key: bytes, now_ms: int) -> UnlockedWallet:
        return unlock_wallet(sealed, key, now_ms=now_ms, idle_ms=self._idle_ms)

    def _show(self, unlocked: UnlockedWallet, *, keep: bool) -> None:
        """Show what may be known while it is locked; `keep` leaves it open in place of the one before."""
        if self._closed:
            raise ProfileClosedError
        newly_checked = unlocked.words_checked and not self.words_checked
        self.accounts = unlocked.accounts
        self.has_words = unlocked.has_words
        self.words_checked = unlocked.words_checked
        if unlocked.has_words and (newly_checked or not self.asked):
            count = unlocked.reveal_words(now_ms=self._clock()).count
            self.asked = choose_positions(count, self._entropy(CHECK_ENTROPY_BYTES))
        self.lock()
        if keep:
            self._unlocked = unlocked
            self._was_unlocked.set()
        else:
            unlocked.lock()


def _words(wallet: Wallet) -> RecoveryWords:
    if wallet.words is None:
        raise NoWordsError
    return wallet.words
