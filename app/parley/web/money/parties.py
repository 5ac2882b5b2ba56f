"""Whom an address belongs to, as far as this profile knows, and what a network is called."""

from __future__ import annotations

from dataclasses import dataclass

from parley.messenger.money.model import AccountKind
from parley.web import display, networks
from parley.web.language import gettext as _
from parley.web.person import Person, person
from parley.web.ports import Messenger

# A label of an own or saved account is the person's own text; a name of ENS never wins over it.


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody on one side of a payment. The whole address is always shown: its ends alone can be imitated.

    Attributes:
        address: as the chain has it.
        named: whether `person.name` is more than the short address.
        own: whether it is an account of this profile.
    """

    person: Person
    address: str
    named: bool
    own: bool


@dataclass(frozen=True, slots=True)
class NetworkView:
    """A network: its name, and `kind` "main", "test" or "other", by which its mark looks."""

    chain_id: int
    name: str
    kind: str

    @property
    def kind_text(self) -> str | None:
        """What is to be said beside the name."""
        return _("Test network") if self.kind == "test" else None


class Parties:
    """Names for addresses, read once for a page."""

    def __init__(
        self, names: dict[str, str], accounts: dict[str, str], own: frozenset[str], messenger: Messenger
    ) -> None:
        self._names = names
        self._accounts = accounts
        self._own = own
        self._name_of = messenger.ethereum.name_of

    def __call__(self, address: str, ens: str | None = None) -> Party:
        """Who that is; `ens` is a name that was typed for it."""
        address = display.address(address)
        key = address.lower()
        # As everywhere else on the pages, so that somebody has one picture.
        account = self._accounts.get(key, address)
        shown = person(account, self._names.get(key, ""), ens or self._name_of(account))
        return Party(shown, address, shown.name != shown.short_account, key in self._own)


async def read_parties(messenger: Messenger) -> Parties:
    """Read the names: own accounts before contacts before saved addresses."""
    names = {each.address.lower(): each.label for each in await messenger.money.saved_addresses()}
    known = {display.address(messenger.account).lower(): messenger.account}
    for line in await messenger.conversations():
        key = display.address(line.account).lower()
        known[key] = line.account
        if line.nickname:
            names[key] = line.nickname
    accounts = messenger.money.accounts()
    names |= {each.address.lower(): each.label for each in accounts if each.label}
    own = frozenset(each.address.lower() for each in accounts if each.kind is not AccountKind.WATCHED)
    return Parties(names, known, own, messenger)


def network_view(chain_id: int) -> NetworkView:
    """A network as pages show it."""
    return NetworkView(chain_id, networks.title(chain_id), networks.kind(chain_id))
