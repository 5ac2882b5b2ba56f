"""Asking somebody for a payment or a call, and ending what was asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from parley.chain.api import encode_transfer
from parley.chat.commit import Commit
from parley.chat.direct.model import LoadedConversation
from parley.chat.direct.ports import DirectStore
from parley.chat.errors import InvalidChainIdError, UnknownConversationError, UnknownRequestError
from parley.chat.invites.ports import InviteStore
from parley.chat.payments.ask import ask, cancel, decline
from parley.chat.payments.bounds import (
    MAX_CALL_DATA_BYTES,
    MAX_CALLS,
    MAX_OPEN_MS,
    MAX_TEXT_CHARACTERS,
    MAX_WEI,
    REQUEST_ID_BYTES,
)
from parley.chat.payments.model import RequestedCall, RequestRow, TransactionRequest
from parley.chat.payments.ports import PaymentStore
from parley.chat.payments.signing import request_typed_data
from parley.chat.preferences.model import MAX_CHAIN_ID
from parley.messenger.ethereum import address_on
from parley.messenger.money.amounts import MAX_AMOUNT
from parley.messenger.money.errors import (
    InvalidAmountError,
    InvalidCallsError,
    InvalidExpiryError,
    InvalidNoteError,
    NotOnNetworkError,
    OutsidePayerError,
)
from parley.messenger.money.model import Wish
from parley.messenger.money.recipients import spelled
from parley.messenger.own import Own
from parley.messenger.vault import InsideWallet
from parley.messenger.writer import Writer

LEAST_OPEN_S = 60
MOST_OPEN_S = MAX_OPEN_MS // 1_000


Step = Callable[[RequestRow, LoadedConversation], Awaitable[Commit]]


class RequestStore(DirectStore, InviteStore, PaymentStore, Protocol):
    """What asking reads."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A request that was not said yet; `said` is the message of the same form, if it was."""

    wish: Wish
    request: TransactionRequest
    said: bytes | None = None


class Requester:
    """Asks for one opened profile.

    Args:
        wallet: the wallet inside, if the account's key is in it.
        clock: milliseconds since the epoch, UTC.
        entropy: n random bytes.
    """

    def __init__(
        self,
        store: RequestStore,
        writer: Writer,
        own: Own,
        wallet: InsideWallet | None,
        clock: Callable[[], int],
        entropy: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._writer = writer
        self._own = own
        self._wallet = wallet
        self._clock = clock
        self._entropy = entropy

    async def draft(self, wish: Wish) -> Draft:
        """Make a request of a wish; nobody is told of it yet.

        Raises:
            UnknownConversationError: with nobody who could be asked.
            InvalidChainIdError, InvalidAmountError, InvalidCallsError, InvalidNoteError, InvalidExpiryError,
            InvalidAddressError, WrongChecksumError: not within bounds.
            NotOnNetworkError: they cannot pay there, or the own account cannot be paid there.
        """
        loaded = await self._conversation(wish.conversation_id, wish.form_token)
        own, other = self._own.device.account, loaded.contact.account
        if not 1 <= wish.chain_id <= MAX_CHAIN_ID:
            raise InvalidChainIdError(MAX_CHAIN_ID)
        if address_on(other, wish.chain_id) is None:
            raise NotOnNetworkError(other, wish.chain_id)
        if not LEAST_OPEN_S <= wish.expires_in_s <= MOST_OPEN_S:
            raise InvalidExpiryError(LEAST_OPEN_S, MOST_OPEN_S)
        now_ms = self._clock()
        request = TransactionRequest(
            request_id=self._entropy(REQUEST_ID_BYTES),
            channel_id=loaded.row.channel_id,
            requester=own,
            payer=other,
            chain_id=wish.chain_id,
            calls=_transfer(wish, own) if wish.calls is None else checked_calls(wish.calls),
            created_at_ms=now_ms,
            expires_at_ms=now_ms + wish.expires_in_s * 1_000,
            note=_checked_text(wish.note),
        )
        return Draft(wish, request, loaded.sent_before)

    async def sign(self, draft: Draft) -> bytes:
        """Have the wallet inside sign a request.

        Raises:
            OutsidePayerError: the account's key is in a wallet outside.
            WalletLockedError: nothing was signed.
        """
        if self._wallet is None:
            raise OutsidePayerError
        request = draft.request
        return await self._wallet.sign_typed_data(
            request.requester, request_typed_data(request), chain_id=request.chain_id
        )

    async def say(self, draft: Draft, wallet_signature: bytes = b"") -> bytes:
        """Ask. Returns once it is committed.

        Args:
            wallet_signature: of the own account, found to be so; empty for none.

        Returns:
            The message's id, 32 bytes; the same again for the same form.

        Raises:
            UnknownConversationError, ContentTooLongError, NoLiveDeviceError, StorageError: nobody was asked.
        """

        async def job() -> bytes:
            loaded = await self._conversation(draft.wish.conversation_id, draft.wish.form_token)
            if loaded.sent_before is not None:
                return loaded.sent_before
            taken = None
            if loaded.contact_secret is None:
                # They have not answered yet: the token of their invite says that they asked for it.
                taken = await self._store.taken_invite(loaded.contact.account)
            message_id, commit = ask(
                loaded,
                self._own.device,
                draft.request,
                wallet_signature,
                draft.wish.form_token,
                self._clock(),
                taken,
            )
            await self._writer.apply(commit)
            return message_id

        return await self._writer.do(job)

    async def decline(self, request_id: bytes, reason: str) -> None:
        """Say that a request will not be paid.

        Raises:
            UnknownRequestError: there is none of this id that others made.
            InvalidNoteError, AlreadyPayingError, RequestClosedError: it stays as it is.
            UnknownConversationError, NoLiveDeviceError, StorageError: nobody was told.
        """
        said = _checked_text(reason)

        async def step(row: RequestRow, loaded: LoadedConversation) -> Commit:
            payments = await self._store.payments_of_request(request_id)
            return decline(loaded, self._own.device, row, payments, said, self._clock())

        await self._end(request_id, own=False, step=step)

    async def cancel(self, request_id: bytes) -> None:
        """Take back what was asked for.

        Raises:
            UnknownRequestError: there is none of this id that was made here.
            RequestClosedError: it is being paid, or ended.
            UnknownConversationError, NoLiveDeviceError, StorageError: nobody was told.
        """

        async def step(row: RequestRow, loaded: LoadedConversation) -> Commit:
            return cancel(loaded, self._own.device, row, self._clock())

        await self._end(request_id, own=True, step=step)

    async def _end(self, request_id: bytes, *, own: bool, step: Step) -> None:
        async def job() -> None:
            row = await self._store.transaction_request(request_id)
            if row is None or row.own is not own:
                raise UnknownRequestError
            await self._writer.apply(await step(row, await self._conversation(row.conversation_id)))

        await self._writer.do(job)

    async def _conversation(self, conversation_id: str, form_token: str | None = None) -> LoadedConversation:
        loaded = await self._store.load_conversation(conversation_id, form_token)
        if loaded is None or not loaded.is_with_contact:
            raise UnknownConversationError(conversation_id)
        return loaded


def checked_calls(calls: Sequence[RequestedCall]) -> tuple[RequestedCall, ...]:
    """Calls that a request can hold. Raises InvalidCallsError, InvalidAddressError, WrongChecksumError."""
    fits = all(0 <= each.value <= MAX_WEI and len(each.data) <= MAX_CALL_DATA_BYTES for each in calls)
    if not 1 <= len(calls) <= MAX_CALLS or not fits:
        raise InvalidCallsError(MAX_CALLS)
    return tuple(
        RequestedCall(None if each.to is None else spelled(each.to), each.value, each.data) for each in calls
    )


def _transfer(wish: Wish, own: str) -> tuple[RequestedCall, ...]:
    """The call that pays what is wished to the own account."""
    recipient = address_on(own, wish.chain_id)
    if recipient is None:
        raise NotOnNetworkError(own, wish.chain_id)
    if not 0 < wish.amount <= MAX_AMOUNT:
        raise InvalidAmountError
    token = None if wish.token is None else spelled(wish.token)
    call = encode_transfer(token, recipient, wish.amount)
    return (RequestedCall(call.to, call.value, call.data),)


def _checked_text(text: str) -> str:
    """What a person wrote, with the blanks around it cut. Raises InvalidNoteError."""
    cut = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    try:
        cut.encode()
    except UnicodeEncodeError:
        raise InvalidNoteError(MAX_TEXT_CHARACTERS) from None
    if len(cut) > MAX_TEXT_CHARACTERS:
        raise InvalidNoteError(MAX_TEXT_CHARACTERS)
    return cut
