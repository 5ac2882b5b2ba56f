"""What the pages need from the wallet inside. `parley.messenger` provides it, as the rest of `ports`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class ShownAccount(Protocol):
    """An account of the wallet inside, as it may be shown while that is locked.

    Attributes:
        index: which account of the recovery words, from 0; None for an imported key.
    """

    @property
    def address(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def index(self) -> int | None: ...
    @property
    def imported(self) -> bool: ...


class InsideWallet(Protocol):
    """The wallet inside. Every change takes the passphrase, and a wrong one raises WrongPassphraseError.

    Attributes:
        locked: whether nothing signs.
        accounts: empty before it was first opened; from then on shown while it is locked, too.
        has_words, words_checked: likewise False before it was first opened.
        asked: the positions, from 1, of the word check; the same until it is passed.
    """

    @property
    def locked(self) -> bool: ...
    @property
    def accounts(self) -> Sequence[ShownAccount]: ...
    @property
    def has_words(self) -> bool: ...
    @property
    def words_checked(self) -> bool: ...
    @property
    def asked(self) -> tuple[int, ...]: ...

    async def unlock(self, passphrase: str) -> None:
        """Open it to sign with; takes about a second. Raises DamagedVaultError, NewerVaultError."""
        ...

    def lock(self) -> None:
        """Let nothing sign from now on; harmless if it is locked."""
        ...

    async def add_account(self, passphrase: str, label: str, index: int | None = None) -> None:
        """Show one more account of the words, by default the next.

        Raises:
            NoWordsError, InvalidLabelError, AccountExistsError, TooManyAccountsError: nothing was changed.
        """
        ...

    async def import_key(self, passphrase: str, typed: str, label: str) -> None:
        """Add the account of a private key.

        Raises:
            InvalidKeyError, InvalidLabelError, AccountExistsError, TooManyAccountsError: nothing was changed.
        """
        ...

    async def import_keystore(self, passphrase: str, file: bytes, password: str, label: str) -> None:
        """Add the account of a keystore file; takes some seconds.

        Raises:
            InvalidKeystoreError, WrongKeystorePasswordError, KeystoreTooCostlyError, KeystoreMemoryError,
            KeystoreAddressError, and those of `import_key`: nothing was changed.
        """
        ...

    async def rename_account(self, passphrase: str, address: str, label: str) -> None:
        """Call an account something else. Raises UnknownAccountError, InvalidLabelError."""
        ...

    async def remove_account(self, passphrase: str, address: str) -> None:
        """Hide an account of the words, or destroy an imported key.

        Raises:
            OwnAccountError, UnknownAccountError, LastAccountError: nothing was changed.
        """
        ...

    async def reveal_words(self, passphrase: str) -> tuple[str, ...]:
        """The recovery words, to be shown once. Raises NoWordsError."""
        ...

    async def check_words(self, passphrase: str, answers: Mapping[int, str]) -> None:
        """Note that the person has the words written down.

        Raises:
            WrongWordsError: with the positions; the same ones stay asked.
        """
        ...
