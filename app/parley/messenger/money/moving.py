"""What a person does with their money: look at a payment before it is made, make it, and see where it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from parley.chat.contacts.model import ContactRow
from parley.chat.direct.ports import DirectStore
from parley.chat.errors import (
    AlreadyPayingError,
    RequestClosedError,
    UnknownConversationError,
    UnknownRequestError,
)
from parley.chat.payments.model import RequestedCall
from parley.chat.payments.ports import PaymentStore
from parley.chat.payments.states import LIVE_PAYMENTS, is_payable, state_at
from parley.e2ee import api as e2ee
from parley.messenger.ethereum import address_on
from parley.messenger.money.composing import Composer, Conversation, Wanted
from parley.messenger.money.errors import UnknownPayerError, UnknownPaymentError
from parley.messenger.money.model import AccountKind, MoneyAccount, Preview
from parley.messenger.money.paying import Payer
from parley.messenger.money.ports import Accounts
from parley.messenger.money.previews import Plan, Previews
from parley.messenger.money.replacing import Replacer
from parley.messenger.money.requesting import checked_calls


class MoneyStore(DirectStore, PaymentStore, Protocol):
    """What money reads."""


class MovesMoney:
    """The part of `Money` that pays. Whatever it refuses has moved no money."""

    _store: MoneyStore
    _accounts: Accounts
    _own_account: str
    _clock: Callable[[], int]
    _composer: Composer
    _replacer: Replacer
    _previews: Previews
    _payer: Payer

    async def preview_send(
        self,
        account: str,
        chain_id: int,
        token: str | None,
        to: str,
        amount: int | None,
        conversation_id: str | None = None,
    ) -> Preview:
        """Prepare a payment to an address or an ENS name; `amount` None: all that leaves the fee.

        Args:
            conversation_id: the other is told of it there, if it is their own address that is paid.

        Raises:
            UnknownPayerError, UnknownConversationError, and what `Composer.send` raises.
        """
        payer = self._find_payer(account, chain_id)
        conversation = None
        if conversation_id is not None:
            address = address_on((await self._contact(conversation_id)).account, chain_id)
            # What another account of the own ones pays says nothing to them, and would tell whose it is.
            if address is not None and payer.own:
                conversation = Conversation(conversation_id, address)
        return await self._composer.send(payer, chain_id, token, to, amount, conversation)

    async def preview_calls(self, account: str, chain_id: int, calls: Sequence[RequestedCall]) -> Preview:
        """Prepare calls; nobody is told of them.

        Raises:
            UnknownPayerError, InvalidCallsError, InvalidAddressError, WrongChecksumError, and what
            `Composer.compose` raises.
        """
        plan = Plan(checked_calls(calls))
        return await self._composer.compose(Wanted(chain_id, self._find_payer(account, chain_id), plan))

    async def preview_request(self, request_id: bytes, account: str) -> Preview:
        """Prepare what a transaction request asks for; whether it may be paid is looked at again when it is.

        Raises:
            UnknownRequestError: there is none of this id that others made.
            UnknownConversationError: who made it is a stranger, or blocked.
            UnknownPayerError: it does not ask this account.
            AlreadyPayingError, RequestClosedError: it is paid, or is not to be paid any more.
            What `Composer.compose` raises.
        """
        row = await self._store.transaction_request(request_id)
        if row is None or row.own:
            raise UnknownRequestError
        await self._contact(row.conversation_id)
        request = row.request
        payer = self._find_payer(account, request.chain_id)
        # Only what the addressed account pays settles it at the other side.
        # Guarded by tests/messenger/money/test_money.py::test_only_the_addressed_account_pays_a_request.
        if payer.address != e2ee.split_account(request.payer)[0]:
            raise UnknownPayerError(account)
        for each in await self._store.payments_of_request(request_id):
            if each.state in LIVE_PAYMENTS:
                raise AlreadyPayingError(each.payment_id)
        now_ms = self._clock()
        if not is_payable(row, now_ms):
            raise RequestClosedError(state_at(row, now_ms))
        return await self._composer.compose(
            Wanted(
                request.chain_id,
                payer,
                Plan(request.calls),
                conversation_id=row.conversation_id,
                request=row,
            )
        )

    async def preview_speed_up(self, payment_id: str) -> Preview:
        """Prepare the same payment at a higher fee. Raises UnknownPaymentError, NotReplaceableError."""
        return await self._replacer.speed_up(payment_id, await self._who_paid(payment_id))

    async def preview_cancel(self, payment_id: str) -> Preview:
        """Prepare an empty transaction in the payment's place. Raises UnknownPaymentError, NotReplaceableError."""
        return await self._replacer.cancel(payment_id, await self._who_paid(payment_id))

    async def preview(self, preview_id: str) -> Preview:
        """What was prepared. Raises UnknownPreviewError."""
        return self._previews.find(preview_id).preview

    async def confirm(self, preview_id: str, fee: str, typed: str) -> str:
        """Sign by the wallet inside, store, and hand in; the payment's id. See `Payer.confirm`."""
        return await self._payer.confirm(preview_id, fee, typed)

    async def outside_requests(
        self, preview_id: str, fee: str, typed: str, address: str, chain_id: int, batch: bool
    ) -> tuple[str, list[dict[str, Any]]]:
        """What a wallet outside is to be asked, once it is stored that it may be. See `Payer.outside_requests`."""
        return await self._payer.outside_requests(preview_id, fee, typed, address, chain_id, batch)

    async def handed(self, payment_id: str, text: str) -> None:
        """Note what a wallet outside answered. See `Payer.handed`."""
        await self._payer.handed(payment_id, text)

    async def abandon(self, payment_id: str) -> None:
        """Note that a wallet outside did not send it. See `Payer.abandon`."""
        await self._payer.abandon(payment_id)

    async def _contact(self, conversation_id: str) -> ContactRow:
        """The contact of a conversation. Raises UnknownConversationError: there is none."""
        loaded = await self._store.load_conversation(conversation_id)
        if loaded is None or not loaded.is_with_contact:
            raise UnknownConversationError(conversation_id)
        return loaded.contact

    def _find_payer(self, address: str, chain_id: int) -> MoneyAccount:
        """The account that can pay on a chain. Raises UnknownPayerError."""
        for each in self._accounts():
            is_there = not each.own or address_on(self._own_account, chain_id) is not None
            if each.address.lower() == address.lower() and each.kind is not AccountKind.WATCHED and is_there:
                return each
        raise UnknownPayerError(address)

    async def _who_paid(self, payment_id: str) -> MoneyAccount:
        row = await self._store.payment(payment_id)
        if row is None:
            raise UnknownPaymentError
        return self._find_payer(row.sender, row.chain_id)
