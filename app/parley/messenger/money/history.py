"""Own payments as a person is shown them, the newest first."""

from __future__ import annotations

from collections.abc import Sequence

from parley.chat.payments.model import PaymentRow
from parley.messenger.money.decoding import AssetOf, known_assets, show_calls
from parley.messenger.money.errors import UnknownPaymentError
from parley.messenger.money.model import ShownPayment
from parley.messenger.money.tokens import Tokens
from parley.messenger.system import Store

MOST_AT_ONCE = 200


class History:
    """The payments of one opened profile."""

    def __init__(self, store: Store, tokens: Tokens) -> None:
        self._store = store
        self._tokens = tokens

    async def payments(
        self,
        address: str | None = None,
        chain_id: int | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> tuple[ShownPayment, ...]:
        """At most `limit` payments, the newest first.

        Args:
            address: who paid, EIP-55; None for all own accounts.
            limit: at most 200 count.
            before: only those before the payment of this id.
        """
        rows = await self._store.payments(address, chain_id, min(limit, MOST_AT_ONCE), before)
        return await self._shown(rows)

    async def payment(self, payment_id: str) -> ShownPayment:
        """One payment.

        Raises:
            UnknownPaymentError: there is none of this id.
        """
        row = await self._store.payment(payment_id)
        if row is None:
            raise UnknownPaymentError
        (shown,) = await self._shown([row])
        return shown

    async def _shown(self, rows: Sequence[PaymentRow]) -> tuple[ShownPayment, ...]:
        assets: dict[int, AssetOf] = {}
        for chain_id in {each.chain_id for each in rows}:
            assets[chain_id] = known_assets(chain_id, await self._tokens.added(chain_id))
        return tuple(ShownPayment(each, show_calls(each.calls, assets[each.chain_id])) for each in rows)
