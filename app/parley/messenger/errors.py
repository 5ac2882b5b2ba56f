"""Errors of making a profile, of opening it, and of an account proving itself.

Attributes carry facts that a page may show: positions, numbers, names of fields; never a word, a key or a password.
What the wallet says about words, keys and keystores is passed on as it is.
"""

from __future__ import annotations

from pathlib import Path

from parley.database.api import WrongPassphraseError
from parley.wallet.api import (
    AccountExistsError,
    DamagedVaultError,
    InvalidKeyError,
    InvalidKeystoreError,
    InvalidLabelError,
    KeystoreAddressError,
    KeystoreMemoryError,
    KeystoreTooCostlyError,
    LastAccountError,
    NewerVaultError,
    NoWordsError,
    TooManyAccountsError,
    UnknownAccountError,
    UnknownWord,
    UnknownWordsError,
    UnsignableError,
    WalletError,
    WalletLockedError,
    WordCountError,
    WordsChecksumError,
    WrongChainError,
    WrongKeystorePasswordError,
)

__all__ = [
    "AccountExistsError",
    "ContractAccountError",
    "DamagedVaultError",
    "FolderNotEmptyError",
    "InsideAccountError",
    "InvalidAddressError",
    "InvalidChainError",
    "InvalidEndpointError",
    "InvalidKeyError",
    "InvalidKeystoreError",
    "InvalidLabelError",
    "InvalidNameTypedError",
    "InvalidPeerAddressError",
    "KeyringUnavailableError",
    "KeystoreAddressError",
    "KeystoreMemoryError",
    "KeystoreTooCostlyError",
    "LastAccountError",
    "MessengerError",
    "NameServersFailedError",
    "NameUnknownError",
    "NamesUnsupportedHereError",
    "NewerVaultError",
    "NoNodeError",
    "NoProfileError",
    "NoSuchWayError",
    "NoWordsError",
    "NodesUnreachableError",
    "NonceError",
    "NothingTypedError",
    "OffchainNameTypedError",
    "OwnAccountError",
    "ProfileClosedError",
    "ProfileExistsError",
    "SignInRefusedError",
    "SignatureTooLongError",
    "SignaturesDifferError",
    "TooManyAccountsError",
    "TooManyPeersError",
    "UnknownAccountError",
    "UnknownChoiceError",
    "UnknownWord",
    "UnknownWordsError",
    "UnsignableError",
    "WalletError",
    "WalletLockedError",
    "WordCountError",
    "WordsChecksumError",
    "WrongChainError",
    "WrongChecksumError",
    "WrongKeystorePasswordError",
    "WrongNodeChainError",
    "WrongNodeError",
    "WrongPassphraseError",
    "WrongSignatureError",
    "WrongSignerError",
    "WrongWordsError",
]


class MessengerError(Exception):
    """Root of what opening or making a profile refuses."""


class NoProfileError(MessengerError):
    """The data folder holds no profile."""

    def __init__(self, data: Path) -> None:
        super().__init__(str(data))
        self.data = data


class ProfileExistsError(MessengerError):
    """The data folder holds a profile already, which is never overwritten."""

    def __init__(self, data: Path) -> None:
        super().__init__(str(data))
        self.data = data


class FolderNotEmptyError(MessengerError):
    """The data folder holds something that is not a profile, which is never touched."""

    def __init__(self, data: Path) -> None:
        super().__init__(str(data))
        self.data = data


class ProfileClosedError(MessengerError):
    """The profile was locked before this was done; nothing of it was stored."""


# --- An account that proves itself by a wallet's signature ---


class InvalidAddressError(MessengerError):
    """What a wallet or a form gave is no Ethereum address."""


class InvalidChainError(MessengerError):
    """What a wallet or a form gave is no chain id that can be used."""


class NonceError(MessengerError):
    """What was signed is not (or no longer) waited for: unknown, used or expired; which of them is told nobody."""


class WrongSignerError(MessengerError):
    """The signature is another address's, or nobody's."""


class SignatureTooLongError(WrongSignerError):
    """No key made the signature, and it has more bytes (`size`) than a smart account's may have (`limit`)."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"{size} bytes are more than the {limit} that fit")
        self.size = size
        self.limit = limit


class NoNodeError(MessengerError):
    """No key made the signature, and no Ethereum node is set that could say whether a smart account did."""

    def __init__(self, chain_id: int) -> None:
        super().__init__(f"no node for chain {chain_id}")
        self.chain_id = chain_id


class NodesUnreachableError(MessengerError):
    """No Ethereum node that is set for the chain gave an answer; the same can be tried again."""

    def __init__(self, chain_id: int) -> None:
        super().__init__(f"no node of chain {chain_id} answered")
        self.chain_id = chain_id


class WrongNodeChainError(MessengerError):
    """The Ethereum node is on another chain (`claimed`) than it is to be used for (`expected`)."""

    def __init__(self, expected: int, claimed: int) -> None:
        super().__init__(f"a node is on chain {claimed}, not {expected}")
        self.expected = expected
        self.claimed = claimed


class WrongNodeError(WrongNodeChainError):
    """As above, of a node that was typed in Settings; `endpoint` is its scheme, host and port."""

    def __init__(self, endpoint: str, expected: int, claimed: int) -> None:
        super().__init__(expected, claimed)
        self.endpoint = endpoint


class InvalidEndpointError(MessengerError):
    """What was typed is no address of an Ethereum node."""


class InvalidPeerAddressError(MessengerError):
    """A text is no address of a peer that can be dialled."""


class TooManyPeersError(MessengerError):
    """There are as many peers as a node stays connected to."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


class SignInRefusedError(MessengerError):
    """A sign-in is not this account's, or not for here and now; `field` names what was wrong, or "signature"."""

    def __init__(self, field: str) -> None:
        super().__init__(f"sign-in refused: {field}")
        self.field = field


# --- Finding somebody ---


class NothingTypedError(MessengerError):
    """What was typed names nobody: nothing, or more than any name, address or invite has."""


class WrongChecksumError(MessengerError):
    """An address whose capitals do not fit its digits (EIP-55): one of them is wrong."""


class InvalidNameTypedError(MessengerError):
    """No Ethereum name can be spelled so: not allowed by ENSIP-15, without a dot, or too long."""


class NameUnknownError(MessengerError):
    """The name stands for no account."""

    def __init__(self, name: str) -> None:
        super().__init__("a name without an account")
        self.name = name


class OffchainNameTypedError(MessengerError):
    """The name's answer lies with a gateway, which would learn who asks; that was not allowed."""


class NameServersFailedError(MessengerError):
    """Servers outside the chain were asked for the name, and none gave an answer that the name's contract takes."""


class NamesUnsupportedHereError(MessengerError):
    """The network (`chain_id`) that is read has no names."""

    def __init__(self, chain_id: int) -> None:
        super().__init__(f"no names on chain {chain_id}")
        self.chain_id = chain_id


# --- A profile that is made ---


class WrongWordsError(MessengerError):
    """Words typed for the word check are not the ones shown, at these `positions` (from 1)."""

    def __init__(self, positions: tuple[int, ...]) -> None:
        super().__init__(f"wrong words at {', '.join(map(str, positions))}")
        self.positions = positions


class UnknownChoiceError(MessengerError):
    """The account is not one of those that were offered."""


# --- Other ways of unlocking ---


class NoSuchWayError(MessengerError):
    """This way of unlocking (`way`: "wallet" or "keyring") is not set up."""

    def __init__(self, way: str) -> None:
        super().__init__(f"no way of unlocking by {way}")
        self.way = way


class WrongSignatureError(MessengerError):
    """The signature does not open the profile."""


class KeyringUnavailableError(MessengerError):
    """There is no system keyring here, or it did not give (or take) the secret."""


class SignaturesDifferError(MessengerError):
    """The wallet signed the same twice with different results, so its signature cannot be a key."""


class ContractAccountError(MessengerError):
    """The account is a contract, whose signature need not repeat, so it cannot be a key."""


class InsideAccountError(MessengerError):
    """The account's key is in this profile, so its signature cannot open the profile."""


# --- The wallet inside ---


class OwnAccountError(MessengerError):
    """The account is the profile's own: without its key no device could be added or revoked."""
