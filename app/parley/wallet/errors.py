"""What can go wrong in the wallet. A ValueError is a bug of the caller and is not listed here.

No text and no attribute carries a word, a key, a password or what was typed in their place; a position, a limit or
an address is all that is told. What the libraries raise may quote their input, so it is never chained
(`from None`). Guarded by tests/wallet/test_redaction.py::test_no_error_quotes_a_secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field


class WalletError(Exception):
    """The root of every error of this room."""


@dataclass(frozen=True, slots=True)
class UnknownWord:
    """A word that is not in the list: its position from 1, and up to five words that begin like it."""

    position: int
    suggestions: tuple[str, ...] = field(repr=False)  # Close to a secret: for the page, not for a log.


class WordCountError(WalletError):
    """The words are not 12, 15, 18, 21 or 24; `found` is how many there are (or that many at least)."""

    def __init__(self, found: int) -> None:
        super().__init__(f"{found} words")
        self.found = found


class UnknownWordsError(WalletError):
    """Some words are not in BIP-39's English list; `words` says where, and what may be meant."""

    def __init__(self, words: tuple[UnknownWord, ...]) -> None:
        super().__init__(f"unknown words at {', '.join(str(word.position) for word in words)}")
        self.words = words


class WordsChecksumError(WalletError):
    """Every word is known, but together they do not check: one is wrong, or two have changed places."""


class InvalidKeyError(WalletError):
    """The text or number is no secp256k1 private key; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InvalidKeystoreError(WalletError):
    """The file is no V3 keystore that can be read here; `field` is what was wrong, or "encoding" or "size"."""

    def __init__(self, field: str) -> None:
        super().__init__(f"invalid keystore: {field}")
        self.field = field


class KeystoreTooCostlyError(WalletError):
    """Opening the keystore would take more memory or work than allowed; refused before any of it is spent."""

    def __init__(self, cost: int, limit: int, unit: str) -> None:
        super().__init__(f"the keystore asks for {cost} {unit}, allowed are {limit}")
        self.cost = cost
        self.limit = limit
        self.unit = unit


class KeystoreMemoryError(WalletError):
    """This machine has too little free memory to open the keystore now."""


class WrongKeystorePasswordError(WalletError):
    """The password does not open the keystore (or its ciphertext is damaged: V3 cannot tell these apart)."""


class KeystoreAddressError(WalletError):
    """The key in the keystore has another address than the file says; both are public, EIP-55 text."""

    def __init__(self, claimed: str, found: str) -> None:
        super().__init__(f"the keystore says {claimed}, its key is of {found}")
        self.claimed = claimed
        self.found = found


class DamagedVaultError(WalletError):
    """The sealed wallet is damaged, or the key is another one (the seal cannot tell these apart)."""


class NewerVaultError(WalletError):
    """A newer Parley sealed the wallet."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(f"the sealed wallet has format {found}, known is {known}")
        self.found = found
        self.known = known


class InvalidLabelError(WalletError):
    """A label is empty, too long, or holds characters that cannot be seen; `limit` is in characters."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a label has 1 to {limit} visible characters")
        self.limit = limit


class TooManyAccountsError(WalletError):
    """The wallet already holds as many accounts as it may."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a wallet holds at most {limit} accounts")
        self.limit = limit


class AccountExistsError(WalletError):
    """The wallet holds this account already."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address} is in the wallet already")
        self.address = address


class UnknownAccountError(WalletError):
    """The wallet holds no such account."""

    def __init__(self, address: str) -> None:
        super().__init__("no such account in the wallet")
        self.address = address


class LastAccountError(WalletError):
    """The last account of a wallet cannot be removed."""


class NoWordsError(WalletError):
    """The wallet holds imported keys only, so nothing can be derived and there are no words to show."""


class WordsExistError(WalletError):
    """The wallet holds words already; it never holds two sets."""


class WalletLockedError(WalletError):
    """The wallet is locked: nothing signs until the passphrase is given again."""


class WrongChainError(WalletError):
    """What is to be signed is for another chain than the person was shown; None means that it names none."""

    def __init__(self, shown: int | None, asked: int | None) -> None:
        super().__init__(f"shown for chain {shown}, to be signed for chain {asked}")
        self.shown = shown
        self.asked = asked


class UnsignableError(WalletError):
    """The transaction, text or typed data is malformed or out of bounds; `field` names what was wrong."""

    def __init__(self, field: str) -> None:
        super().__init__(f"cannot be signed: {field}")
        self.field = field
