"""The data of the pages of the wallet inside: one frozen dataclass a page, as in `contexts`."""

from __future__ import annotations

from dataclasses import dataclass, field

from parley.web.contexts import Sidebar
from parley.web.person import Person


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account.

    Attributes:
        url: its own page.
        kind: in words, where its key comes from.
        own: whether it is the one that contacts know.
        imported: whether its key is nowhere else in the wallet.
        ending: the characters to be typed before its key is destroyed.
    """

    person: Person
    url: str
    kind: str
    own: bool
    imported: bool
    ending: str


@dataclass(frozen=True, slots=True)
class WalletPage:
    """The wallet.

    Attributes:
        outside: whether the key is in another wallet, so that there is none here.
        locked: whether nothing signs.
        accounts: empty before the wallet was first opened.
        has_words: whether there are recovery words.
        checked: whether the person passed the word check.
        done: what was just done.
        problem: what went wrong with unlocking.
    """

    title: str
    sidebar: Sidebar
    live_url: str
    outside: bool = False
    locked: bool = False
    accounts: tuple[AccountView, ...] = ()
    has_words: bool = False
    checked: bool = False
    done: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class RevealPage:
    """The recovery words, or the form that shows them. A page with words is never live, nor kept.

    Attributes:
        words: in their order; None in the form.
    """

    title: str
    sidebar: Sidebar
    live_url: str | None
    words: tuple[str, ...] | None = field(default=None, repr=False)
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class CheckedWord:
    """One word that is asked for; `wrong` after an answer that it was not."""

    position: int
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class CheckPage:
    """The word check."""

    title: str
    sidebar: Sidebar
    live_url: str
    asked: tuple[CheckedWord, ...]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class NewAccountPage:
    """The form that shows one more account of the words; what was typed stays in it."""

    title: str
    sidebar: Sidebar
    live_url: str
    label: str = ""
    number: str = ""
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ImportForm:
    """A form that imports something: the name stays in it, a secret never does."""

    label: str = ""
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ImportAccountPage:
    """The forms that import a private key and a keystore file."""

    title: str
    sidebar: Sidebar
    live_url: str
    key: ImportForm = ImportForm()
    keystore: ImportForm = ImportForm()


@dataclass(frozen=True, slots=True)
class AccountPage:
    """One account, with the forms that rename and remove it; `label` is what is in the field of the name."""

    title: str
    sidebar: Sidebar
    live_url: str
    account: AccountView
    label: str
    rename_problem: str | None = None
    remove_problem: str | None = None
