"""What a profile has, in memory: accounts, balances, tokens, saved addresses. Tests say what it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import trio

from parley.chain.api import (
    Call,
    InvalidArgumentError,
    InvalidFunctionError,
    InvalidPaymentUriError,
    PaymentUri,
    TokenFacts,
    build_payment_uri,
    checksummed,
    encode_call,
    encode_transfer,
    listed_tokens,
    parse_function,
    parse_payment_uri,
)
from parley.chat.events import Event, MoneyChanged
from parley.chat.payments.model import RequestedCall, SavedAddress
from parley.messenger.errors import InvalidAddressError
from parley.messenger.money.decoding import coin, known_assets, show_calls, token_asset
from parley.messenger.money.errors import (
    InvalidArgumentTypedError,
    InvalidFunctionTypedError,
    InvalidSavedLabelError,
    NoTokenError,
    TooManySavedError,
    UnreadablePaymentUriError,
)
from parley.messenger.money.model import AccountKind, Asset, Holding, MoneyAccount, ShownCall

DEMO_CHAIN = 31337
SEPOLIA = 11155111
TEST_DOLLAR = "0xF2E246BB76DF876Cef8b38ae84130F4F55De395b"
MOST_SAVED = 100
LABEL_CHARACTERS = 64


@dataclass
class MemoryPurse:
    """What a profile has. `fails_with` is raised by the next thing that is asked for, once.

    Attributes:
        answered: whether the node answered the last question for balances; None: it was not asked yet.
        facts: what tokens say of themselves, by network and address.
    """

    own: str
    tell: Callable[[Event], None]
    clock: Callable[[], int]
    bring: Callable[[str, bool, bool], bytes]
    account_of: Callable[[str], str]
    kind: AccountKind = AccountKind.OUTSIDE
    chains: tuple[int, ...] = (DEMO_CHAIN, SEPOLIA)
    facts: dict[tuple[int, str], TokenFacts] = field(default_factory=dict)
    added: list[tuple[int, str]] = field(default_factory=list)
    held: dict[tuple[str, int, str | None], int] = field(default_factory=dict)
    answered: bool | None = True
    more_accounts: list[MoneyAccount] = field(default_factory=list)
    saved: dict[str, SavedAddress] = field(default_factory=dict)
    fails_with: Exception | None = None

    def accounts(self) -> tuple[MoneyAccount, ...]:
        own = MoneyAccount(checksummed(self.own), "Main", self.kind, own=True)
        watched = [
            MoneyAccount(each.address, each.label, AccountKind.WATCHED, own=False)
            for each in self.saved.values()
            if each.watched
        ]
        return (own, *self.more_accounts, *watched)

    def networks(self) -> tuple[int, ...]:
        return self.chains

    async def holdings(self, address: str, chain_id: int) -> tuple[Holding, ...]:
        await trio.lowlevel.checkpoint()
        as_of = self.clock() if self.answered is not None else None
        return tuple(
            Holding(each, self.held.get((address.lower(), chain_id, each.token), 0), as_of, self.answered)
            if as_of is not None
            else Holding(each, None, None, None)
            for each in self._tokens(chain_id)
        )

    async def tokens(self, chain_id: int) -> tuple[Asset, ...]:
        await trio.lowlevel.checkpoint()
        return self._tokens(chain_id)

    async def find_token(self, chain_id: int, address: str) -> Asset:
        await trio.lowlevel.checkpoint()
        self._fail()
        found = self.facts.get((chain_id, checked_address(address)))
        if found is None:
            raise NoTokenError("there is no contract")
        return token_asset(chain_id, found)

    async def add_token(self, chain_id: int, address: str) -> Asset:
        found = await self.find_token(chain_id, address)
        if (chain_id, checked_address(address)) not in self.added:
            self.added.append((chain_id, checked_address(address)))
        return found

    async def remove_token(self, chain_id: int, address: str) -> None:
        await trio.lowlevel.checkpoint()
        self.added = [each for each in self.added if each != (chain_id, checked_address(address))]

    async def saved_addresses(self) -> tuple[SavedAddress, ...]:
        await trio.lowlevel.checkpoint()
        return tuple(self.saved.values())

    async def save_address(self, address: str, label: str, watched: bool) -> None:
        await trio.lowlevel.checkpoint()
        self._fail()
        if not 0 < len(label) <= LABEL_CHARACTERS:
            raise InvalidSavedLabelError(LABEL_CHARACTERS)
        if len(self.saved) >= MOST_SAVED:
            raise TooManySavedError(MOST_SAVED)
        key = checked_address(address)
        self.saved[key] = SavedAddress(key, label, watched, self.clock())

    async def forget_address(self, address: str) -> None:
        await trio.lowlevel.checkpoint()
        self.saved.pop(checked_address(address), None)

    async def compose_call(
        self, chain_id: int, to: str, function: str, arguments: tuple[str, ...], value: int
    ) -> RequestedCall:
        await trio.lowlevel.checkpoint()
        assert chain_id in self.chains
        try:
            call = encode_call(checked_address(to), parse_function(function), arguments, value)
        except InvalidFunctionError:
            raise InvalidFunctionTypedError from None
        except InvalidArgumentError as error:
            raise InvalidArgumentTypedError(error.index, error.kind) from None
        return RequestedCall(call.to, call.value, call.data)

    def payment_uri(self, chain_id: int, token: str | None, recipient: str, amount: int | None) -> str:
        return build_payment_uri(PaymentUri(recipient, chain_id, token, amount))

    def read_payment_uri(self, text: str) -> PaymentUri:
        try:
            return parse_payment_uri(text)
        except InvalidPaymentUriError:
            raise UnreadablePaymentUriError from None

    def hold(self, chain_id: int, token: str | None, amount: int, address: str | None = None) -> None:
        """Have so much of an asset."""
        self.held[(address or self.own).lower(), chain_id, token] = amount
        self.tell(MoneyChanged())

    def _tokens(self, chain_id: int) -> tuple[Asset, ...]:
        listed = [token_asset(chain_id, each) for each in listed_tokens(chain_id)]
        added = [token_asset(chain_id, self.facts[each]) for each in self.added if each[0] == chain_id]
        return (coin(chain_id), *listed, *added)

    def _shown_calls(self, chain_id: int, calls: Sequence[RequestedCall]) -> tuple[ShownCall, ...]:
        known = [each for (chain, _), each in self.facts.items() if chain == chain_id]
        return show_calls(calls, known_assets(chain_id, known))

    def _fail(self) -> None:
        if self.fails_with is not None:
            error, self.fails_with = self.fails_with, None
            raise error


def checked_address(address: str) -> str:
    """An address as wallets write it. Raises InvalidAddressError."""
    try:
        return checksummed(address)
    except ValueError:
        raise InvalidAddressError from None


def transfer(token: str | None, to: str, amount: int) -> RequestedCall:
    """A call that pays."""
    call: Call = encode_transfer(token, to, amount)
    return RequestedCall(call.to, call.value, call.data)
