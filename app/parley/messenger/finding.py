"""Finding out who a person means by what they typed: a name, an address or an invite. Nothing is stored.

A name is anybody's to choose. What is found says therefore who the account itself says it is, and which known contact
could be meant instead.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

import trio

from parley.chain.api import (
    ChainError,
    EndpointsUnreachableError,
    GatewaysFailedError,
    InvalidNameError,
    NamesUnsupportedError,
    NoEndpointError,
    OffchainNameError,
    WrongChainError,
    checksummed,
    normalised_name,
    skeleton,
)
from parley.chat.contacts.people import BlockedContact, ContactRequest, PendingContact
from parley.chat.direct.model import ConversationSummary
from parley.chat.errors import InvalidAccountError, OwnRecordError
from parley.chat.invites.codec import is_link
from parley.chat.invites.model import Invite
from parley.e2ee import api as e2ee
from parley.messenger.errors import (
    InvalidNameTypedError,
    NameServersFailedError,
    NamesUnsupportedHereError,
    NameUnknownError,
    NodesUnreachableError,
    NoNodeError,
    NothingTypedError,
    OffchainNameTypedError,
    WrongChecksumError,
    WrongNodeChainError,
)
from parley.messenger.ethereum import Ethereum, address_on

MAX_TYPED_CHARACTERS = 4096
"""An invite whose lines were broken fits."""


class Way(StrEnum):
    """By what somebody was found."""

    NAME = "name"
    ADDRESS = "address"
    INVITE = "invite"


class Standing(StrEnum):
    """Whether they are known already."""

    NEW = "new"
    CONTACT = "contact"
    PENDING = "pending"
    REQUEST = "request"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Found:
    """Who was found, and what a person should look at before they add them.

    Attributes:
        account: the account's text.
        way: by what.
        typed_name: the name that was typed, in its normal spelling.
        name: the account's primary name, if it resolves both ways.
        name_asked: whether a node said so; without one nothing is known of a name.
        unchecked: an address whose digits carry no checksum, so that a mistyped one is not noticed.
        alike: an account already known by a name that looks like this one's: (its name, its account).
        conversation_id: of a contact, a request or somebody pending.
    """

    account: str
    way: Way
    typed_name: str | None
    name: str | None
    name_asked: bool
    unchecked: bool
    alike: tuple[str, str] | None
    standing: Standing
    conversation_id: str | None
    invite: Invite | None = None

    @property
    def one_way(self) -> bool:
        """Whether the typed name leads to an account that does not call itself so."""
        return self.typed_name is not None and self.typed_name != self.name


@dataclass(frozen=True, slots=True)
class Known:
    """The people around a profile."""

    contacts: tuple[ConversationSummary, ...]
    pending: tuple[PendingContact, ...]
    requests: tuple[ContactRequest, ...]
    blocked: tuple[BlockedContact, ...]

    def standing(self, account: str) -> tuple[Standing, str | None]:
        """Whether an account is known, and the id of the conversation."""
        kinds: tuple[
            tuple[Standing, tuple[ConversationSummary | PendingContact | ContactRequest, ...]], ...
        ] = (
            (Standing.CONTACT, self.contacts),
            (Standing.PENDING, self.pending),
            (Standing.REQUEST, self.requests),
        )
        for standing, people in kinds:
            for each in people:
                if each.account == account:
                    return standing, each.conversation_id
        blocked = any(each.account == account for each in self.blocked)
        return (Standing.BLOCKED if blocked else Standing.NEW), None

    def names(self, name_of: Callable[[str], str | None]) -> list[tuple[str, str]]:
        """Every name somebody is known by, with their account."""
        given = [(each.account, each.nickname) for each in self.contacts]
        given += [(each.account, each.name) for each in self.pending]
        given += [(each.account, each.name) for each in self.blocked]
        registered = [(account, name_of(account) or "") for account, _ in given]
        return [(name, account) for account, name in (*given, *registered) if name]


class Finder:
    """Finds people for one opened profile.

    Args:
        read_invite: reads a link and refuses what is of no use.
        load_known: who is known.
    """

    def __init__(
        self,
        own_account: str,
        ethereum: Ethereum,
        read_invite: Callable[[str], Invite],
        load_known: Callable[[], Awaitable[Known]],
    ) -> None:
        self._own_account = own_account
        self._ethereum = ethereum
        self._read_invite = read_invite
        self._load_known = load_known

    async def find(self, typed: str) -> Found:
        """Find out whom a text names. A name is asked of a node, and so is the primary name of an account.

        A typed name whose answer lies outside the chain is asked of the servers there, if the person allowed that.

        Raises:
            NothingTypedError: nothing to find, or far too much.
            NotAnInviteError, ForeignInviteError, ExpiredInviteError: an invite of no use.
            WrongChecksumError, InvalidAccountError: no address.
            OwnRecordError: it is one's own account.
            InvalidNameTypedError, NameUnknownError, OffchainNameTypedError, NamesUnsupportedHereError: no name that
            leads anywhere.
            NameServersFailedError: it lies with servers outside the chain, and none gave an answer that holds.
            NoNodeError, NodesUnreachableError, WrongNodeChainError: a name, and nobody to ask.
        """
        text = typed.strip()
        if not text or len(typed) > MAX_TYPED_CHARACTERS:
            raise NothingTypedError
        invite: Invite | None = None
        typed_name: str | None = None
        unchecked = False
        if is_link(text):
            way, invite = Way.INVITE, self._read_invite(text)
            account = await trio.to_thread.run_sync(_spelled, invite.account)
        elif (text[:2].lower() == "0x" and "." not in text) or text.startswith("eip155:"):
            way, account = Way.ADDRESS, await trio.to_thread.run_sync(_spelled, text)
            unchecked = account != text
        else:
            way = Way.NAME
            typed_name, account = await self._resolve(text)
        if account == self._own_account:
            raise OwnRecordError
        name, name_asked = await self._primary_name(account, typed_name)
        known = await self._load_known()
        standing, conversation_id = known.standing(account)
        names = [each for each in (typed_name, name) if each]
        alike = await trio.to_thread.run_sync(
            _alike, names, [each for each in known.names(self._ethereum.name_of) if each[1] != account]
        )
        return Found(
            account, way, typed_name, name, name_asked, unchecked, alike, standing, conversation_id, invite
        )

    async def _resolve(self, text: str) -> tuple[str, str]:
        """The normal spelling of a name, and its account."""
        try:
            # The first call loads libraries, which takes a second.
            name = await trio.to_thread.run_sync(normalised_name, text)
        except InvalidNameError:
            raise InvalidNameTypedError from None
        chain_id = self._ethereum.state().chain_id
        try:
            account = await self._ethereum.chains(chain_id).address_of(
                name, offchain=self._ethereum.offchain_names
            )
        except NoEndpointError:
            raise NoNodeError(chain_id) from None
        except WrongChainError as error:
            raise WrongNodeChainError(error.expected, error.claimed) from None
        except EndpointsUnreachableError:
            raise NodesUnreachableError(chain_id) from None
        except OffchainNameError:
            raise OffchainNameTypedError from None
        except GatewaysFailedError:
            raise NameServersFailedError from None
        except NamesUnsupportedError:
            raise NamesUnsupportedHereError(chain_id) from None
        except InvalidNameError:
            raise InvalidNameTypedError from None
        if account is None:
            raise NameUnknownError(name)
        return name, account

    async def _primary_name(self, account: str, typed_name: str | None) -> tuple[str | None, bool]:
        """The account's primary name, and whether a node could be asked for it; `typed_name` leads to the account."""
        chain_id = self._ethereum.state().chain_id
        address = address_on(account, chain_id)
        if address is None:
            return None, False
        try:
            return await self._ethereum.chains(chain_id).name_of(address, resolved=typed_name), True
        except NamesUnsupportedError:
            return None, False
        except ChainError:
            if typed_name is not None:
                # Without the way back, a name that leads one way only would look like any other.
                raise NodesUnreachableError(chain_id) from None
            return None, False


def _spelled(text: str) -> str:
    """The text of an account with its address in EIP-55 spelling."""
    try:
        address, chain_id = e2ee.split_account(text)
    except ValueError:
        raise InvalidAccountError from None
    digits = address[2:]
    if len(digits) != 40 or any(each not in "0123456789abcdefABCDEF" for each in digits):
        raise InvalidAccountError
    try:
        spelled = checksummed("0x" + digits)
        return spelled if chain_id is None else e2ee.contract_account(spelled, chain_id)
    except ValueError:
        raise WrongChecksumError from None


def _alike(names: list[str], known: list[tuple[str, str]]) -> tuple[str, str] | None:
    """Somebody else who is known by a name that looks like one of these."""
    looks = {look for name in names for look in _looks(name)}
    return next((each for each in known if looks & set(_looks(each[0]))), None)


def _looks(name: str) -> list[str]:
    """What a name looks like, whole and without its ending: "bob.eth" may be taken for Bob."""
    whole = skeleton(name)
    start, dot, rest = whole.rpartition(".")
    return [each for each in (whole, start if dot and "." not in start and rest == _ETH else "") if each]


_ETH = skeleton("eth")
