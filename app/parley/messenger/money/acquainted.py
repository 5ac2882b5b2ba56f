"""Whom a person deals with, and what they usually pay: what a warning is held against."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import trio

from parley.chain.api import CallKind, decode_call
from parley.chat.commit import Commit
from parley.chat.contacts.model import ContactRow, ForgottenContact, Standing
from parley.chat.payments.model import PaymentRow, PaymentState
from parley.messenger.ethereum import address_on
from parley.messenger.money.accounts import Accounts
from parley.messenger.money.addresses import Addresses
from parley.messenger.money.decoding import chain_calls, known_assets
from parley.messenger.money.ports import Acquainted
from parley.messenger.money.tokens import Tokens
from parley.messenger.system import Store

MOST_PAYMENTS = 500
"""So many of the newest say whom a person pays, and what is usual."""

_PAID = (PaymentState.CONFIRMING, PaymentState.SETTLED)
_PAYS = (CallKind.COIN, CallKind.TOKEN_TRANSFER)


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Paid:
    """One transfer of a payment that is in a block."""

    chain_id: int
    token: str | None
    recipient: str
    amount: int


class _Known(Generic[T]):
    """Something that was read, until it is forgotten."""

    def __init__(self, read: Callable[[], Awaitable[T]]) -> None:
        self._read = read
        self._now: T | None = None
        self._forgotten = 0

    def forget(self) -> None:
        """Read it anew when it is asked for again; what is being read now does not count."""
        self._now = None
        self._forgotten += 1

    async def get(self) -> T:
        """What is stored."""
        while (now := self._now) is None:
            before = self._forgotten
            read = await self._read()
            if before == self._forgotten:
                self._now = read
        return now


class StoredAcquaintances:
    """Implements `Acquaintances` by what one opened profile has stored.

    Args:
        name_of: the ENS name of an account, if the messenger knows it; asks nobody.
    """

    def __init__(
        self,
        store: Store,
        accounts: Accounts,
        addresses: Addresses,
        tokens: Tokens,
        name_of: Callable[[str], str | None],
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._addresses = addresses
        self._tokens = tokens
        self._name_of = name_of
        self._transfers = _Known(self._read_transfers)
        self._contacts = _Known(self._read_contacts)
        self._decoded: dict[str, tuple[_Paid, ...]] = {}

    def follow(self, commit: Commit) -> None:
        """Read payments and contacts anew after one of them changed: pages with cards ask every few seconds."""
        if any(isinstance(each, PaymentRow) for each in commit.rows):
            self._transfers.forget()
        if any(isinstance(each, ContactRow | ForgottenContact) for each in commit.rows):
            self._contacts.forget()

    async def acquainted(self, chain_id: int) -> Acquainted:
        """What is known on a chain now."""
        transfers = await self._transfers.get()
        tokens = await self._tokens.added(chain_id)
        amounts: dict[str | None, list[int]] = {}
        for each in transfers:
            if each.chain_id == chain_id:
                amounts.setdefault(each.token, []).append(each.amount)
        return Acquainted(
            names=await self._names(chain_id),
            paid=frozenset({each.recipient for each in await self._known_assets_only(transfers)}),
            amounts=amounts,
            tokens=tokens,
        )

    async def _names(self, chain_id: int) -> dict[str, str]:
        """Names for addresses: own accounts before contacts before saved addresses, as pages have them."""
        names = {each.address: each.label for each in self._addresses.saved()}
        for who, nickname in await self._contacts.get():
            # A contract account is somebody on its own chain alone.
            address = address_on(who, chain_id)
            if address is not None:
                names[address] = nickname or self._name_of(who) or names.get(address, "")
        for account in self._accounts.accounts():
            if self._accounts.on_chain(account.address, chain_id) is not None:
                names[account.address] = account.label or names.get(account.address, "")
        return names

    async def _known_assets_only(self, transfers: tuple[_Paid, ...]) -> list[_Paid]:
        """Those of coins and of tokens that are listed or were added.

        Anybody can make a token, and ask for some of it: that must not make a look-alike address one that was paid.
        Guarded by tests/messenger/money/test_acquainted.py::test_a_token_of_nobodys_choice_pays_nobody.
        """
        known = {
            chain_id: known_assets(chain_id, await self._tokens.added(chain_id))
            for chain_id in {each.chain_id for each in transfers}
        }
        # An asset that nobody knows has no symbol.
        return [each for each in transfers if each.token is None or known[each.chain_id](each.token).symbol]

    async def _read_transfers(self) -> tuple[_Paid, ...]:
        newest = await self._store.payments(None, None, MOST_PAYMENTS)
        rows = [each for each in newest if each.state in _PAID]
        new = [each for each in rows if each.payment_id not in self._decoded]
        # What a payment calls never changes. The first to be decoded loads libraries, which takes a second.
        decoded = self._decoded | await trio.to_thread.run_sync(_decoded, new)
        self._decoded = {each.payment_id: decoded[each.payment_id] for each in rows}
        return tuple(paid for each in self._decoded.values() for paid in each)

    async def _read_contacts(self) -> tuple[tuple[str, str], ...]:
        """Account and nickname of each contact.

        Whoever only wrote is nobody yet: else a stranger whose address looks like a contact's would take the warning
        away by writing. Guarded by tests/messenger/money/test_acquainted.py::test_a_stranger_who_writes_is_not_known.
        """
        contacts = await self._store.contacts()
        return tuple((each.account, each.nickname) for each in contacts if each.standing is Standing.CONTACT)


def _decoded(rows: Sequence[PaymentRow]) -> dict[str, tuple[_Paid, ...]]:
    return {each.payment_id: _paid_by(each) for each in rows}


def _paid_by(row: PaymentRow) -> tuple[_Paid, ...]:
    """The transfers of a payment that are transfers by their own bytes.

    What is inside a multicall is left out: it is for the called contract whether it does any of it.
    Guarded by tests/messenger/money/test_acquainted.py::test_what_a_contract_only_says_it_does_pays_nobody.
    """
    found = []
    for each in chain_calls(row.calls):
        call = decode_call(each)
        if call.kind in _PAYS and call.recipient is not None and call.amount:
            found.append(_Paid(row.chain_id, call.token, call.recipient, call.amount))
    return tuple(found)
