"""Making a profile, from the passphrase to the account that endorses its device.

Everything is held in memory until the last step, which writes the profile whole; whoever leaves in between leaves
nothing behind. The keys that the passphrase gives are derived first, so the passphrase itself is not held.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import trio

from parley.chain.api import Chain, checksummed
from parley.chat.commit import Commit, StateChange, StateKind, StoredState
from parley.chat.devices.create import ENTROPY_BYTES, ProposedDevice, create_profile, propose_device
from parley.chat.errors import InvalidNodeAddressError
from parley.chat.preferences.change import change_preferences
from parley.chat.preferences.model import MAINNET, MAX_CHAIN_ID, Preferences
from parley.database.api import Keys
from parley.messenger.errors import (
    InvalidAddressError,
    InvalidChainError,
    InvalidEndpointError,
    NonceError,
    UnknownChoiceError,
    WrongSignerError,
    WrongWordsError,
)
from parley.messenger.signers import signer_of
from parley.messenger.system import System
from parley.settings import Settings
from parley.wallet.api import (
    CHECK_ENTROPY_BYTES,
    NONCE_BYTES,
    AccountKey,
    RecoveryWords,
    Wallet,
    account_of,
    add_derived,
    choose_positions,
    create_words,
    read_key,
    read_keystore,
    read_words,
    remove_account,
    seal_wallet,
    unlock_wallet,
    wallet_from_key,
    wallet_from_words,
    wrong_answers,
)

PROPOSAL_LIFETIME_MS: Final = 10 * 60 * 1000
MAX_PROPOSALS: Final = 8
CHOICES: Final = 5
"""How many accounts of imported words are offered."""

LABEL: Final = "Main"
"""What the first account of a wallet inside is called until somebody renames it."""

_ENTROPY_OF = {12: 16, 24: 32}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a wallet outside is asked to sign; `nonce` (64 hex digits) names it and is used once."""

    nonce: str
    typed_data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MadeProfile:
    """A whole profile that is not yet written."""

    account: str
    keyfile: bytes = field(repr=False)
    keys: Keys
    commit: Commit


Finish = Callable[[MadeProfile], Awaitable[None]]


class SetUp:
    """A profile that is being made. Made by `Keeper.begin`.

    Args:
        keyfile: the encoded key file, not yet written.
        finish: writes the profile and opens it.
    """

    def __init__(
        self,
        device_name: str,
        keyfile: bytes,
        keys: Keys,
        settings: Settings,
        system: System,
        finish: Finish,
    ) -> None:
        self.device_name = device_name
        self._keyfile = keyfile
        self._keys = keys
        self._settings = settings
        self._system = system
        self._finish = finish
        self._proposals: dict[str, ProposedDevice] = {}
        self._fresh: RecoveryWords | None = None
        self._asked: tuple[int, ...] = ()
        self._imported: RecoveryWords | AccountKey | None = None
        self._choices: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "<SetUp>"

    # --- A wallet outside ---

    def propose(self, address: str, chain_id: int) -> Proposal:
        """Make a device and the endorsement that a wallet outside is asked to sign.

        Args:
            address: the wallet's account.
            chain_id: the chain it is on, which wallets want to see in what they sign.

        Raises:
            InvalidAddressError, InvalidChainError: nothing was proposed.
        """
        try:
            account = checksummed(address)
        except ValueError:
            raise InvalidAddressError from None
        if not 1 <= chain_id <= MAX_CHAIN_ID:
            raise InvalidChainError
        proposed = self._propose(account, chain_id)
        nonce = proposed.endorsement.nonce.hex()
        self._proposals[nonce] = proposed
        while len(self._proposals) > MAX_PROPOSALS:
            del self._proposals[next(iter(self._proposals))]
        return Proposal(nonce, proposed.endorsement.typed_data())

    async def accept(self, nonce: str, signature: bytes, endpoint: str = "") -> None:
        """Make the profile from a wallet's signature, and open it.

        The nonce is used up by an answer, right or wrong; while no node can tell, it stays, so that a person who
        names one need not sign again.

        Raises:
            NonceError: unknown, used, or older than ten minutes.
            WrongSignerError: another address's signature, or none.
            NoNodeError, NodesUnreachableError, WrongNodeChainError, InvalidEndpointError: as `signer_of`.
        """
        proposed = self._proposals.get(nonce)
        if proposed is None or not 0 <= self._system.clock() - proposed.now_ms < PROPOSAL_LIFETIME_MS:
            self._proposals.pop(nonce, None)
            raise NonceError
        unsigned = proposed.endorsement
        chain, preferences = self._reading(unsigned.chain_id, endpoint)
        try:
            account = await signer_of(
                lambda _chain_id: chain,
                unsigned.typed_data(),
                signature,
                unsigned.account,
                unsigned.chain_id,
            )
        except WrongSignerError:
            self._proposals.pop(nonce, None)
            raise
        if self._proposals.pop(nonce, None) is None:
            raise NonceError  # The same signature was sent twice, and the other one came first.
        await self._make(proposed, account, signature, preferences)

    # --- Fresh words ---

    @property
    def words(self) -> tuple[str, ...] | None:
        """The fresh words, once they were made."""
        return None if self._fresh is None else self._fresh.reveal()

    @property
    def asked(self) -> tuple[int, ...]:
        """At which positions, from 1, the fresh words have to be repeated."""
        return self._asked

    def make_words(self, count: int) -> None:
        """Make fresh recovery words, 12 or 24."""
        self._fresh = create_words(self._system.entropy(_ENTROPY_OF[count]))
        self._asked = choose_positions(count, self._system.entropy(CHECK_ENTROPY_BYTES))

    async def accept_words(self, answers: Mapping[int, str] | None) -> None:
        """Make the profile from the fresh words, and open it.

        Args:
            answers: what was typed at the positions asked for; None leaves the check for later.

        Raises:
            NonceError: there are no fresh words.
            WrongWordsError: with the positions.
        """
        if self._fresh is None:
            raise NonceError
        if answers is not None and (wrong := wrong_answers(self._fresh, self._asked, answers)):
            raise WrongWordsError(wrong)
        await self._make_inside(wallet_from_words(self._fresh, LABEL, checked=answers is not None))

    # --- What a person brings ---

    @property
    def choices(self) -> tuple[str, ...]:
        """The accounts of what was read, EIP-55 text."""
        return self._choices

    async def read_words(self, typed: str) -> None:
        """Offer the first accounts of recovery words.

        Raises:
            WordCountError, UnknownWordsError, WordsChecksumError: nothing is offered.
        """
        words = await trio.to_thread.run_sync(read_words, typed)
        self._choices = await trio.to_thread.run_sync(_first_accounts, words)
        self._imported = words

    async def read_key(self, typed: str) -> None:
        """Offer the account of a private key.

        Raises:
            InvalidKeyError: nothing is offered.
        """
        self._offer(await trio.to_thread.run_sync(read_key, typed))

    async def read_keystore(self, file: bytes, password: str) -> None:
        """Offer the account of a keystore file; takes about a second.

        Raises:
            InvalidKeystoreError, WrongKeystorePasswordError, KeystoreTooCostlyError, KeystoreMemoryError,
            KeystoreAddressError, InvalidKeyError: nothing is offered.
        """
        self._offer(await trio.to_thread.run_sync(read_keystore, file, password, limiter=_ONE_KEYSTORE))

    async def accept_import(self, address: str) -> None:
        """Make the profile with one of the offered accounts, and open it.

        Raises:
            UnknownChoiceError: it was not offered.
        """
        if self._imported is None or address not in self._choices:
            raise UnknownChoiceError
        if isinstance(self._imported, AccountKey):
            wallet = wallet_from_key(self._imported, LABEL)
        else:
            wallet = _wallet_showing(self._imported, self._choices.index(address))
        await self._make_inside(wallet)

    def _offer(self, key: AccountKey) -> None:
        self._choices, self._imported = (account_of(key),), key

    # --- The end ---

    def _reading(self, chain_id: int, endpoint: str) -> tuple[Chain, tuple[StateChange, ...]]:
        """A reader of a chain, and the preferences that keep the node it was given."""
        settings = self._settings
        if not endpoint:
            given = settings.rpc if chain_id == (settings.chain_id or MAINNET) else ()
            return self._system.make_chain(chain_id, given), ()

        def keep(preferences: Preferences) -> Preferences:
            return preferences.with_chain(chain_id).with_endpoints(chain_id, (endpoint,))

        try:
            chain = self._system.make_chain(chain_id, (endpoint,))
            commit = change_preferences(StoredState(), keep)
        except (ValueError, InvalidNodeAddressError):
            raise InvalidEndpointError from None
        return chain, () if commit is None else commit.states

    def _propose(self, account: str, chain_id: int) -> ProposedDevice:
        entropy = self._system.entropy(ENTROPY_BYTES)
        return propose_device(account, self.device_name, chain_id, self._system.clock(), entropy)

    async def _make_inside(self, wallet: Wallet) -> None:
        # The wallet signs what it will be opened from again, so what is stored is known to open.
        sealed = seal_wallet(wallet, self._keys.vault, self._system.entropy(NONCE_BYTES))
        account = wallet.accounts[0].address
        proposed = self._propose(account, MAINNET)
        now_ms = self._system.clock()

        def sign() -> bytes:
            unlocked = unlock_wallet(sealed, self._keys.vault, now_ms=now_ms)
            typed_data = proposed.endorsement.typed_data()
            return unlocked.sign_typed_data(account, typed_data, chain_id=MAINNET, now_ms=now_ms)

        # On a thread: the first use of eth-account imports for a second.
        signature = await trio.to_thread.run_sync(sign)
        await self._make(proposed, account, signature, (StateChange(StateKind.VAULT, b"", 0, sealed),))

    async def _make(
        self, proposed: ProposedDevice, account: str, signature: bytes, states: tuple[StateChange, ...]
    ) -> None:
        commit = await trio.to_thread.run_sync(create_profile, proposed, signature, account)
        commit = replace(commit, states=(*commit.states, *states))
        await self._finish(MadeProfile(account, self._keyfile, self._keys, commit))


_ONE_KEYSTORE = trio.CapacityLimiter(1)
"""One at a time: a keystore may demand 512 MiB."""


def _first_accounts(words: RecoveryWords) -> tuple[str, ...]:
    wallet = wallet_from_words(words, LABEL, checked=True)
    for _ in range(CHOICES - 1):
        wallet = add_derived(wallet, LABEL)
    return tuple(each.address for each in wallet.accounts)


def _wallet_showing(words: RecoveryWords, index: int) -> Wallet:
    """A wallet that shows only the account at `index`."""
    wallet = wallet_from_words(words, LABEL, checked=True)
    if index == 0:
        return wallet
    first = wallet.accounts[0].address
    return remove_account(add_derived(wallet, LABEL, index=index), first)
