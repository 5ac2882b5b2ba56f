"""The wallet inside over a store in memory: real words, keys and seals, but a passphrase that costs nothing."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import TypeVar

import trio

from parley.chat.commit import Commit, CommitStore, StateChange, StateKind
from parley.database.api import MemoryDatabase
from parley.messenger.errors import WrongPassphraseError
from parley.messenger.system import system_clock_ms
from parley.messenger.vault import InsideWallet
from parley.messenger.writer import Job
from parley.wallet.api import (
    DEFAULT_IDLE_MS,
    NONCE_BYTES,
    Wallet,
    add_derived,
    add_key,
    open_vault,
    read_key,
    read_words,
    seal_wallet,
    wallet_from_key,
    wallet_from_words,
)

T = TypeVar("T")

WALLET_PASSPHRASE = "correct horse battery"
PUBLIC_WORDS = "legal winner thank year wave sausage worth useful legal winner thank yellow"
"""Words of BIP-39's test vectors: never send money to their accounts."""

FIRST_ACCOUNT = "0x58A57ed9d8d624cBD12e2C467D34787555bB1b25"
SECOND_ACCOUNT = "0x0D3eB21b6b21833A4939Cfff4810E9AE0758e12C"
THIRD_ACCOUNT = "0xe42f4612e154153B68e241e8FDe337e0c4dD6bBD"
FOURTH_ACCOUNT = "0x2F07c220dC62CE9531bC44B695A6D93578806d8d"
IMPORTED_KEY = "46" * 32
IMPORTED_ACCOUNT = "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F"


def words_wallet(*, checked: bool = False, imported: bool = False) -> Wallet:
    """A wallet of the public words with two accounts and, if asked for, an imported one."""
    wallet = wallet_from_words(read_words(PUBLIC_WORDS), "Main", checked=checked)
    wallet = add_derived(wallet, "Savings")
    return add_key(wallet, read_key(IMPORTED_KEY), "Old") if imported else wallet


def key_wallet() -> Wallet:
    """A wallet without words."""
    return wallet_from_key(read_key(IMPORTED_KEY), "Old")


class NotSlow:
    """Gives the vault's key for a passphrase, at once; counts how often it was asked.

    `fails_with` is raised by the next right passphrase, once.
    """

    def __init__(self, passphrase: str = WALLET_PASSPHRASE) -> None:
        self.passphrase = passphrase
        self.key = hashlib.sha256(passphrase.encode()).digest()
        self.tries = 0
        self.fails_with: Exception | None = None

    async def __call__(self, passphrase: str) -> bytes:
        await trio.lowlevel.checkpoint()
        self.tries += 1
        if passphrase != self.passphrase:
            raise WrongPassphraseError
        if self.fails_with is not None:
            error, self.fails_with = self.fails_with, None
            raise error
        return self.key


class DirectWriter:
    """Runs each job where it was asked for: for a store that only this wallet writes to."""

    def __init__(self, store: CommitStore) -> None:
        self._store = store
        self._turn = trio.Lock()

    async def do(self, job: Job[T]) -> T:
        async with self._turn:
            return await job()

    async def apply(self, commit: Commit) -> None:
        await self._store.apply(commit)


class MemoryVault:
    """A store with a vault in it, and wallets over it: locked ones, as a profile that is opened has them."""

    def __init__(self, wallet: Wallet, own: str = FIRST_ACCOUNT) -> None:
        self.store = MemoryDatabase()
        self.passphrases = NotSlow()
        self.own = own
        self._wallet = wallet

    async def put(self) -> MemoryVault:
        """Store the wallet, as set-up does."""
        sealed = seal_wallet(self._wallet, self.passphrases.key, secrets.token_bytes(NONCE_BYTES))
        change = StateChange(StateKind.VAULT, b"", (await self.store.vault()).version, sealed)
        await self.store.apply(Commit("put_vault", states=(change,)))
        return self

    async def stored(self) -> Wallet:
        """What the store holds."""
        return open_vault((await self.store.vault()).state or b"", self.passphrases.key)

    def wallet(
        self, clock: Callable[[], int] = system_clock_ms, idle_ms: int = DEFAULT_IDLE_MS
    ) -> InsideWallet:
        """A wallet over the store."""
        return InsideWallet(
            self.store,
            DirectWriter(self.store),
            self.passphrases,
            self.own,
            clock=clock,
            entropy=secrets.token_bytes,
            idle_ms=idle_ms,
        )
