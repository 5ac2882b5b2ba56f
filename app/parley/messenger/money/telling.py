"""Tells the other side of a conversation which transaction an own payment is, once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from parley.chat.direct.ports import DirectStore
from parley.chat.errors import ChatError, StorageError
from parley.chat.payments.model import PaymentRow
from parley.chat.payments.pay import tell_payment
from parley.chat.payments.ports import PaymentStore
from parley.messenger.own import Own
from parley.messenger.writer import Writer

_log = logging.getLogger(__name__)


class TellingStore(DirectStore, PaymentStore, Protocol):
    """What telling reads."""


class Teller:
    """Tells for one opened profile.

    Args:
        clock: milliseconds since the epoch, UTC.
    """

    def __init__(self, store: TellingStore, writer: Writer, own: Own, clock: Callable[[], int]) -> None:
        self._store = store
        self._writer = writer
        self._own = own
        self._clock = clock

    async def tell(self, row: PaymentRow) -> None:
        """Tell of a payment; nobody where its conversation is gone or blocked, or where they were told already."""

        async def job() -> None:
            payment = await self._store.payment(row.payment_id)
            if payment is None or payment.message_id is not None or payment.conversation_id is None:
                return
            loaded = await self._store.load_conversation(payment.conversation_id)
            if loaded is None or not loaded.is_with_contact:
                return
            await self._writer.apply(tell_payment(loaded, self._own.device, payment, self._clock()))

        try:
            await self._writer.do(job)
        except StorageError:
            raise
        except ChatError as error:
            # Somebody without a device now may have one later: it is tried again while the payment is watched.
            _log.info("a payment could not be told: %s", type(error).__name__)
