"""What a wallet holds, and the steps that change it: (wallet, input) -> wallet. Opening and sealing it is vault.py's.

An account is shown by its address, which is stored and compared with its key again before every signature: a fault
in derivation cannot sign as somebody else.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace
from typing import Final

from parley.wallet.accounts import AccountKey, account_of
from parley.wallet.derivation import MAX_INDEX, account_key_at
from parley.wallet.errors import (
    AccountExistsError,
    InvalidLabelError,
    LastAccountError,
    NoWordsError,
    TooManyAccountsError,
    UnknownAccountError,
    WordsExistError,
)
from parley.wallet.mnemonic import RecoveryWords

MAX_ACCOUNTS: Final = 64
MAX_LABEL_CHARACTERS: Final = 64


@dataclass(frozen=True, slots=True, repr=False)
class WalletAccount:
    """One account: derived from the words at `index`, or imported with its `key`; exactly one of the two is set."""

    address: str  # EIP-55 text.
    label: str
    index: int | None = None
    key: AccountKey | None = None

    def __post_init__(self) -> None:
        if (self.index is None) == (self.key is None):
            raise ValueError("an account is either derived or imported")

    @property
    def imported(self) -> bool:
        """Whether its key was imported: the words do not bring it back."""
        return self.key is not None

    def __repr__(self) -> str:
        return f"<WalletAccount, {'imported' if self.imported else 'derived'}>"


@dataclass(frozen=True, slots=True)
class Wallet:
    """An opened wallet: its words, if any, whether they were checked with the person, and 1 to 64 accounts."""

    words: RecoveryWords | None = field(repr=False)
    words_checked: bool
    accounts: tuple[WalletAccount, ...]


def wallet_from_words(words: RecoveryWords, label: str, *, checked: bool) -> Wallet:
    """A wallet of words, showing account 0.

    Args:
        label: what the person calls the account; 1 to 64 visible characters.
        checked: whether the person has the words written down: True for words that were imported, False for fresh
            ones until the word check is passed.

    Raises:
        InvalidLabelError: no such label.
    """
    return Wallet(words, checked, (_derived(words, 0, label),))


def wallet_from_key(key: AccountKey, label: str) -> Wallet:
    """A wallet of one imported key and no words.

    Raises:
        InvalidLabelError: no such label.
    """
    return Wallet(None, False, (_imported(key, label),))


def mark_words_checked(wallet: Wallet) -> Wallet:
    """Note that the person passed the word check.

    Raises:
        NoWordsError: there are none.
    """
    if wallet.words is None:
        raise NoWordsError
    return replace(wallet, words_checked=True)


def add_words(wallet: Wallet, words: RecoveryWords, label: str, *, checked: bool) -> Wallet:
    """Give words to a wallet of imported keys, and show their account 0.

    Raises:
        WordsExistError: it has words.
        InvalidLabelError, AccountExistsError, TooManyAccountsError: as for `add_key`.
    """
    if wallet.words is not None:
        raise WordsExistError
    with_words = replace(wallet, words=words, words_checked=checked)
    return _with(with_words, _derived(words, 0, label))


def add_derived(wallet: Wallet, label: str, *, index: int | None = None) -> Wallet:
    """Show one more account of the words.

    Args:
        index: which one, 0 to 9999; by default the one after the highest shown.

    Raises:
        NoWordsError: there are no words to derive from.
        InvalidLabelError, AccountExistsError, TooManyAccountsError: as for `add_key`.
    """
    if wallet.words is None:
        raise NoWordsError
    if index is None:
        index = (
            max((account.index for account in wallet.accounts if account.index is not None), default=-1) + 1
        )
        if index > MAX_INDEX:
            raise TooManyAccountsError(MAX_INDEX + 1)
    return _with(wallet, _derived(wallet.words, index, label))


def add_key(wallet: Wallet, key: AccountKey, label: str) -> Wallet:
    """Add an imported key, from `read_key` or `read_keystore`.

    Raises:
        InvalidLabelError: the label is not 1 to 64 visible characters.
        AccountExistsError: the account is shown already.
        TooManyAccountsError: there are 64.
    """
    return _with(wallet, _imported(key, label))


def rename_account(wallet: Wallet, address: str, label: str) -> Wallet:
    """Call an account something else.

    Raises:
        UnknownAccountError: not in the wallet.
        InvalidLabelError: no such label.
    """
    renamed = replace(find_account(wallet, address), label=clean_label(label))
    accounts = tuple(renamed if each.address == renamed.address else each for each in wallet.accounts)
    return replace(wallet, accounts=accounts)


def remove_account(wallet: Wallet, address: str) -> Wallet:
    """Show an account no more. A derived one can be shown again; an imported key is gone: warn before this.

    Raises:
        UnknownAccountError: not in the wallet.
        LastAccountError: it is the only one.
    """
    removed = find_account(wallet, address)
    if len(wallet.accounts) == 1:
        raise LastAccountError
    return replace(wallet, accounts=tuple(each for each in wallet.accounts if each != removed))


def find_account(wallet: Wallet, address: str) -> WalletAccount:
    """The account of an address in any spelling.

    Raises:
        UnknownAccountError: not in the wallet.
    """
    for account in wallet.accounts:
        if account.address.lower() == address.lower():
            return account
    raise UnknownAccountError(address)


def key_of(wallet: Wallet, account: WalletAccount) -> AccountKey:
    """The key of an account; for a derived one this takes some milliseconds."""
    if account.key is not None:
        return account.key
    if wallet.words is None or account.index is None:
        raise NoWordsError
    return account_key_at(wallet.words, account.index)


def clean_label(label: str) -> str:
    """A label as it is stored: NFC, outer white space removed.

    Raises:
        InvalidLabelError: empty, over 64 characters, or with one that cannot be seen; a control character could
            make one account look like another.
    """
    clean = unicodedata.normalize("NFC", label[: 4 * MAX_LABEL_CHARACTERS]).strip()
    if not 1 <= len(clean) <= MAX_LABEL_CHARACTERS or not clean.isprintable():
        raise InvalidLabelError(MAX_LABEL_CHARACTERS)
    return clean


def _with(wallet: Wallet, account: WalletAccount) -> Wallet:
    if any(each.address == account.address for each in wallet.accounts):
        raise AccountExistsError(account.address)
    if len(wallet.accounts) >= MAX_ACCOUNTS:
        raise TooManyAccountsError(MAX_ACCOUNTS)
    return replace(wallet, accounts=(*wallet.accounts, account))


def _derived(words: RecoveryWords, index: int, label: str) -> WalletAccount:
    return WalletAccount(account_of(account_key_at(words, index)), clean_label(label), index=index)


def _imported(key: AccountKey, label: str) -> WalletAccount:
    return WalletAccount(account_of(key), clean_label(label), key=key)
