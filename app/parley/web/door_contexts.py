"""The data of the pages in front of an opened profile: making one, unlocking it, and letting a browser in."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from parley.web import networks
from parley.web.contexts import Sidebar
from parley.web.person import Person


@dataclass(frozen=True, slots=True)
class WalletFlow:
    """How a page has a wallet in the browser sign; see `wallets.py`.

    Attributes:
        page_url: the page itself, however it was come to.
        request_url: says what is to be signed.
        submit_url: gets the signatures, by a native form.
        asks: what the wallet will show, in plain words.
        confirm: the button that has it do so.
    """

    page_url: str
    request_url: str
    submit_url: str
    asks: str
    confirm: str

    @property
    def networks(self) -> str:
        """Names of networks by chain id, as JSON for the script."""
        return json.dumps(networks.names_by_hex())


@dataclass(frozen=True, slots=True)
class WelcomePage:
    """The form that begins to make a profile.

    Attributes:
        begun: a passphrase was chosen already, and is still there.
        anew: what was begun is gone, or nothing was.
        wrong: the field that the problem is about.
    """

    title: str
    device_name: str
    begun: bool = False
    anew: bool = False
    problem: str | None = None
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class KeptSignature:
    """What a wallet has signed and nobody could check yet, as its form sends it again."""

    nonce: str
    signature: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccountPage:
    """The choice of the account that a profile is made for.

    Attributes:
        endpoint_wrong: the problem is about the node.
        kept: what another node might be able to check.
    """

    title: str
    flow: WalletFlow
    endpoint: str = ""
    problem: str | None = None
    endpoint_wrong: bool = False
    kept: KeptSignature | None = None


@dataclass(frozen=True, slots=True)
class WordsPage:
    """Fresh recovery words; None before they are made."""

    title: str
    words: tuple[str, ...] | None = field(repr=False)
    other_count: int


@dataclass(frozen=True, slots=True)
class AskedWord:
    """One field of the word check."""

    position: int
    typed: str = field(default="", repr=False)
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class WordCheckPage:
    """The word check."""

    title: str
    asked: tuple[AskedWord, ...]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class WordHint:
    """A typed word that is in no list, and what may be meant."""

    position: int
    suggestions: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ImportPage:
    """The three forms that take an account from elsewhere.

    Attributes:
        kind: the form that is opened: words, key or keystore.
        typed: words as they were typed, so that one wrong letter does not cost 24 words.
        problem: what was wrong with that form.
    """

    title: str
    kind: str = "words"
    typed: str = field(default="", repr=False)
    problem: str | None = None
    hints: tuple[WordHint, ...] = ()


@dataclass(frozen=True, slots=True)
class ChoicesPage:
    """Accounts to choose from."""

    title: str
    choices: tuple[Person, ...]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class UnlockPage:
    """The ways to unlock the profile.

    Attributes:
        flow: None where unlocking by wallet is not set up.
        keyring: whether unlocking by the system's keyring is.
        by: the way that the problem is about.
    """

    title: str
    flow: WalletFlow | None = None
    keyring: bool = False
    problem: str | None = None
    by: str = "passphrase"


@dataclass(frozen=True, slots=True)
class SignInPage:
    """Letting a browser in by a wallet."""

    title: str
    flow: WalletFlow
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class UnlockingPage:
    """The settings of unlocking.

    Attributes:
        flow: how the wallet's way is set up; None where this account cannot have it.
        no_wallet: why it cannot, in sentences.
        done: what was changed just now, in a sentence.
        about: what the problem is about: passphrase, wallet or keyring.
        wrong: the field that is wrong.
    """

    title: str
    sidebar: Sidebar
    live_url: str
    wallet: bool
    keyring: bool
    flow: WalletFlow | None
    no_wallet: str | None = None
    done: str | None = None
    problem: str | None = None
    about: str = ""
    wrong: str = ""
