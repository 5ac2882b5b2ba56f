"""Previews of what takes the place of a waiting transaction: the same at a higher fee, or nothing at all."""

from __future__ import annotations

from functools import partial

from parley.chain.api import FeeChoices, Fees
from parley.chat.payments.model import PaymentRow, RequestedCall
from parley.chat.payments.states import WAITING_PAYMENTS
from parley.messenger.money.composing import Composer, Wanted
from parley.messenger.money.errors import NotReplaceableError, UnknownPaymentError
from parley.messenger.money.fees import replacing_options
from parley.messenger.money.model import AccountKind, FeeOption, MoneyAccount, Preview
from parley.messenger.money.ports import Payments
from parley.messenger.money.previews import Plan


class Replacer:
    """Composes replacements for one opened profile."""

    def __init__(self, composer: Composer, payments: Payments) -> None:
        self._composer = composer
        self._payments = payments

    async def speed_up(self, payment_id: str, account: MoneyAccount) -> Preview:
        """The same payment at a higher fee, with the same nonce, so that only one of them can be mined.

        Args:
            account: who made the payment.

        Raises:
            UnknownPaymentError, NotReplaceableError.
            What `Composer.compose` raises.
        """
        row = await self._waiting(payment_id, account)
        request = None if row.request_id is None else await self._payments.request(row.request_id)
        plan = Plan(row.calls, nonce=row.nonce)
        return await self._composer.compose(
            Wanted(
                row.chain_id,
                account,
                plan,
                conversation_id=row.conversation_id,
                request=request,
                replaces=row.payment_id,
                options=_options(row),
            )
        )

    async def cancel(self, payment_id: str, account: MoneyAccount) -> Preview:
        """A payment of nothing to oneself that takes the nonce. Raises what `speed_up` raises."""
        row = await self._waiting(payment_id, account)
        plan = Plan((RequestedCall(account.address, 0),), nonce=row.nonce)
        return await self._composer.compose(
            Wanted(row.chain_id, account, plan, replaces=row.payment_id, options=_options(row))
        )

    async def _waiting(self, payment_id: str, account: MoneyAccount) -> PaymentRow:
        row = await self._payments.payment(payment_id)
        if row is None or row.sender != account.address:
            raise UnknownPaymentError
        if row.state not in WAITING_PAYMENTS or row.raw is None or account.kind is not AccountKind.INSIDE:
            raise NotReplaceableError
        return row


def _options(row: PaymentRow) -> partial[tuple[FeeOption, ...]]:
    waiting = Fees(row.max_fee_per_gas, row.max_priority_fee_per_gas)
    return partial(_replacing, waiting)


def _replacing(waiting: Fees, choices: FeeChoices, gas: int) -> tuple[FeeOption, ...]:
    return replacing_options(choices, waiting, gas)
