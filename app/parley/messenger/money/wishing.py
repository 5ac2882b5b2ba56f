"""What a person asks others for, and how conversations show what was asked and paid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import trio

from parley.chain.api import (
    InvalidArgumentError,
    InvalidFunctionError,
    InvalidPaymentUriError,
    PaymentUri,
    build_payment_uri,
    encode_call,
    parse_function,
    parse_payment_uri,
)
from parley.chat.payments.model import RequestedCall, RequestRow
from parley.chat.payments.signing import request_typed_data
from parley.messenger.errors import InvalidAddressError, WrongSignerError
from parley.messenger.money.amounts import MAX_AMOUNT
from parley.messenger.money.asking import Chains
from parley.messenger.money.cards import Cards
from parley.messenger.money.errors import (
    InvalidAmountError,
    InvalidArgumentTypedError,
    InvalidFunctionTypedError,
    UnknownDraftError,
    UnreadablePaymentUriError,
)
from parley.messenger.money.model import Card, DraftedAsk, PaymentCard, Wish
from parley.messenger.money.previews import ID_BYTES, LIFETIME_MS
from parley.messenger.money.recipients import spelled
from parley.messenger.money.requesting import Draft, Requester
from parley.messenger.signers import is_signed_by

MOST_DRAFTS = 16


@dataclass(frozen=True, slots=True)
class WaitingDraft:
    """A request that waits for the signature of a wallet outside until `expires_at_ms`."""

    draft: Draft
    expires_at_ms: int


class AsksForMoney:
    """The part of `Money` that is about what people ask of each other."""

    _chains: Chains
    _clock: Callable[[], int]
    _entropy: Callable[[int], bytes]
    _requester: Requester
    _cards: Cards
    _drafts: dict[str, WaitingDraft]

    async def ask(self, wish: Wish, *, by_wallet: bool = False) -> bytes:
        """Ask the other of a conversation for a payment to the own account, or for a call.

        Args:
            by_wallet: whether the wallet inside signs the request besides the device.

        Returns:
            The message's id, 32 bytes.

        Raises:
            What `Requester.draft`, `sign` and `say` raise; nobody was asked.
        """
        draft = await self._requester.draft(wish)
        if draft.said is not None:
            return draft.said
        signature = await self._requester.sign(draft) if by_wallet else b""
        return await self._requester.say(draft, signature)

    async def prepare_ask(self, wish: Wish) -> tuple[str, dict[str, Any]]:
        """What a wallet outside signs before the other is asked (EIP-712), under an id that is good for 5 minutes.

        Raises:
            What `Requester.draft` raises.
        """
        draft = await self._requester.draft(wish)
        draft_id = self._entropy(ID_BYTES).hex()
        self._drafts[draft_id] = WaitingDraft(draft, self._clock() + LIFETIME_MS)
        while len(self._drafts) > MOST_DRAFTS:
            del self._drafts[next(iter(self._drafts))]
        return draft_id, request_typed_data(draft.request)

    async def drafted(self, draft_id: str) -> DraftedAsk:
        """What waits for a wallet's signature. Raises UnknownDraftError."""
        draft = self._waiting(draft_id).draft
        request = draft.request
        calls = await self._cards.decoded(request.chain_id, request.calls)
        return DraftedAsk(draft.wish.conversation_id, request, calls)

    async def ask_signed(self, draft_id: str, signature: bytes) -> bytes:
        """Ask with the signature of the wallet outside; twice asks once.

        Raises:
            UnknownDraftError: there is none of this id, or its time is over.
            WrongSignerError: the own account did not sign it.
            NoNodeError, NodesUnreachableError, WrongNodeChainError: a contract account, which could not be asked.
            What `Requester.say` raises; nobody was asked.
        """
        waiting = self._waiting(draft_id)
        request = waiting.draft.request
        if not await is_signed_by(self._chains, request.requester, request_typed_data(request), signature):
            raise WrongSignerError
        return await self._requester.say(waiting.draft, signature)

    def _waiting(self, draft_id: str) -> WaitingDraft:
        waiting = self._drafts.get(draft_id)
        if waiting is None or not 0 < waiting.expires_at_ms - self._clock() <= LIFETIME_MS:
            raise UnknownDraftError
        return waiting

    async def decline(self, request_id: bytes, reason: str) -> None:
        """Say that a request will not be paid. See `Requester.decline`."""
        await self._requester.decline(request_id, reason)

    async def cancel_request(self, request_id: bytes) -> None:
        """Take back what was asked for. See `Requester.cancel`."""
        await self._requester.cancel(request_id)

    async def cards(self, conversation_id: str) -> tuple[Card | PaymentCard, ...]:
        """The requests of a conversation, and the payments in it that nobody asked for; the newest 200 of each."""
        return await self._cards.of(conversation_id)

    async def by_wallet(self, row: RequestRow) -> bool | None:
        """Whether the requester's account signed a request besides their device. None: that could not be asked."""
        return await self._cards.by_wallet(row)

    async def compose_call(
        self, chain_id: int, to: str, function: str, arguments: tuple[str, ...], value: int
    ) -> RequestedCall:
        """A call from what was typed.

        Raises:
            InvalidAddressError, WrongChecksumError, InvalidFunctionTypedError, InvalidArgumentTypedError,
            InvalidAmountError.
        """
        if not 0 <= value <= MAX_AMOUNT:
            raise InvalidAmountError
        # The first call loads libraries, which takes a second.
        compose = partial(_composed, spelled(to.strip(), chain_id), function, arguments, value)
        return await trio.to_thread.run_sync(compose)

    def payment_uri(self, chain_id: int, token: str | None, recipient: str, amount: int | None) -> str:
        """The text of a QR code that asks for a payment (EIP-681). Raises InvalidAddressError, InvalidAmountError."""
        if amount is not None and not 0 < amount <= MAX_AMOUNT:
            raise InvalidAmountError
        try:
            return build_payment_uri(PaymentUri(recipient, chain_id, token, amount))
        except ValueError:
            raise InvalidAddressError from None

    def read_payment_uri(self, text: str) -> PaymentUri:
        """Read such a text. Raises UnreadablePaymentUriError."""
        try:
            return parse_payment_uri(text)
        except InvalidPaymentUriError:
            raise UnreadablePaymentUriError from None


def _composed(to: str, function: str, arguments: tuple[str, ...], value: int) -> RequestedCall:
    try:
        call = encode_call(to, parse_function(function), arguments, value)
    except InvalidFunctionError:
        raise InvalidFunctionTypedError from None
    except InvalidArgumentError as error:
        raise InvalidArgumentTypedError(error.index, error.kind) from None
    return RequestedCall(call.to, call.value, call.data)
