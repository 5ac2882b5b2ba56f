"""What the pages about money need. `parley.messenger.money` provides it; tests use a double in memory.

Amounts are integers in the smallest unit. Each call may raise what any use of a node or of storage raises, besides
what it names; a refusal has moved no money.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from parley.chat.payments.model import RequestedCall, RequestRow, SavedAddress
from parley.messenger.money.model import (
    Asset,
    Card,
    DraftedAsk,
    Holding,
    MoneyAccount,
    PaymentCard,
    Preview,
    ShownPayment,
    Wish,
)


class PaymentUri(Protocol):
    """What a QR code asks for (EIP-681); None where it leaves the choice to the payer."""

    @property
    def recipient(self) -> str: ...
    @property
    def chain_id(self) -> int | None: ...
    @property
    def token(self) -> str | None: ...
    @property
    def amount(self) -> int | None: ...


class Money(Protocol):
    """Money for one opened profile."""

    def accounts(self) -> tuple[MoneyAccount, ...]:
        """Whose money is shown: those that can pay first, then those that are watched only."""
        ...

    def networks(self) -> tuple[int, ...]:
        """The chain ids that have nodes, the chosen one first."""
        ...

    async def holdings(self, address: str, chain_id: int) -> tuple[Holding, ...]:
        """What an account holds, as last known, the coin first. Asking keeps a reader going that renews it."""
        ...

    async def tokens(self, chain_id: int) -> tuple[Asset, ...]:
        """What can be sent on a network: the coin, the listed tokens, then the added ones."""
        ...

    async def find_token(self, chain_id: int, address: str) -> Asset:
        """What a token says of itself. Raises InvalidAddressError, NoTokenError."""
        ...

    async def add_token(self, chain_id: int, address: str) -> Asset:
        """Show a token from now on. Raises what `find_token` does, and TooManySavedError."""
        ...

    async def remove_token(self, chain_id: int, address: str) -> None:
        """Show an added token no longer; harmless if it never was."""
        ...

    async def saved_addresses(self) -> tuple[SavedAddress, ...]:
        """The saved and the watched addresses."""
        ...

    async def save_address(self, address: str, label: str, watched: bool) -> None:
        """Keep an address. Raises InvalidAddressError, InvalidSavedLabelError, TooManySavedError."""
        ...

    async def forget_address(self, address: str) -> None:
        """Keep an address no longer; harmless if it never was."""
        ...

    async def payments(
        self,
        address: str | None = None,
        chain_id: int | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> tuple[ShownPayment, ...]:
        """Own payments, the newest first, `before` the payment of an id."""
        ...

    async def payment(self, payment_id: str) -> ShownPayment:
        """One own payment. Raises UnknownPaymentError."""
        ...

    async def preview_send(
        self,
        account: str,
        chain_id: int,
        token: str | None,
        to: str,
        amount: int | None,
        conversation_id: str | None = None,
    ) -> Preview:
        """Prepare a payment to an address or an ENS name; `amount` None: all that leaves the fee."""
        ...

    async def preview_calls(self, account: str, chain_id: int, calls: Sequence[RequestedCall]) -> Preview:
        """Prepare calls."""
        ...

    async def preview_request(self, request_id: bytes, account: str) -> Preview:
        """Prepare what a transaction request asks for.

        Raises:
            UnknownRequestError, RequestClosedError, AlreadyPayingError.
        """
        ...

    async def preview_speed_up(self, payment_id: str) -> Preview:
        """Prepare the same payment at a higher fee. Raises NotReplaceableError."""
        ...

    async def preview_cancel(self, payment_id: str) -> Preview:
        """Prepare an empty transaction that takes the payment's place. Raises NotReplaceableError."""
        ...

    async def preview(self, preview_id: str) -> Preview:
        """What was prepared. Raises UnknownPreviewError."""
        ...

    async def confirm(self, preview_id: str, fee: str, typed: str) -> str:
        """Sign by the wallet inside and hand in; the payment's id. Twice gives the same payment.

        Raises:
            MoneyError, WalletLockedError: nothing was signed.
        """
        ...

    async def outside_requests(
        self, preview_id: str, fee: str, typed: str, address: str, chain_id: int, batch: bool
    ) -> tuple[str, list[dict[str, Any]]]:
        """What a wallet outside is to be asked, once that it may be asked is stored: the payment's id and requests.

        Args:
            address, chain_id: as the wallet gives them at this moment.
            batch: whether the wallet makes one transaction of several calls (EIP-5792).

        Raises:
            WalletDiffersError, WalletChainDiffersError, SeveralCallsError, and what `confirm` raises.
        """
        ...

    async def handed(self, payment_id: str, text: str) -> None:
        """Note what a wallet outside answered: a transaction's hash, or the id of a batch."""
        ...

    async def abandon(self, payment_id: str) -> None:
        """Note that a wallet outside did not send it. Raises UnknownPaymentError."""
        ...

    async def ask(self, wish: Wish, *, by_wallet: bool = False) -> bytes:
        """Ask the other of a conversation; the message's id. A form token asks once.

        Args:
            by_wallet: whether the wallet inside signs the request, too. Raises WalletLockedError.
        """
        ...

    async def prepare_ask(self, wish: Wish) -> tuple[str, dict[str, Any]]:
        """The same, to be signed by a wallet outside first: an id for five minutes, and what is signed (EIP-712)."""
        ...

    async def drafted(self, draft_id: str) -> DraftedAsk:
        """What was prepared. Raises UnknownDraftError."""
        ...

    async def ask_signed(self, draft_id: str, signature: bytes) -> bytes:
        """Ask with the signature of a wallet outside; twice asks once. Raises UnknownDraftError, WrongSignerError."""
        ...

    async def decline(self, request_id: bytes, reason: str) -> None:
        """Say that it will not be paid. Raises UnknownRequestError, RequestClosedError."""
        ...

    async def cancel_request(self, request_id: bytes) -> None:
        """Take back what was asked for. Raises UnknownRequestError, RequestClosedError."""
        ...

    async def cards(self, conversation_id: str) -> tuple[Card | PaymentCard, ...]:
        """The transaction requests of a conversation, and the payments in it that nobody asked for."""
        ...

    async def by_wallet(self, row: RequestRow) -> bool | None:
        """Whether the requester's account signed a request besides their device. None: that could not be asked."""
        ...

    async def compose_call(
        self, chain_id: int, to: str, function: str, arguments: tuple[str, ...], value: int
    ) -> RequestedCall:
        """A call from what was typed. Raises InvalidFunctionTypedError, InvalidArgumentTypedError."""
        ...

    def payment_uri(self, chain_id: int, token: str | None, recipient: str, amount: int | None) -> str:
        """The text of a QR code that asks for a payment."""
        ...

    def read_payment_uri(self, text: str) -> PaymentUri:
        """Read such a text. Raises UnreadablePaymentUriError."""
        ...
