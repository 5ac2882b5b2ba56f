"""Transaction requests, payments, and what is kept about money, as they are stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class RequestedCall:
    """One call of a transaction request: `to` EIP-55 (None creates a contract), `value` in wei."""

    to: str | None
    value: int
    data: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class TransactionRequest:
    """What somebody asks another to do on a chain, exactly as it is signed (README of chat/payments).

    Attributes:
        request_id: 32 random bytes, the requester's.
        channel_id: of the conversation, 32 bytes: a request cannot be moved to another one.
        requester, payer: accounts' texts.
        chain_id: EIP-155.
        calls: 1 to 16.
        created_at_ms, expires_at_ms: by the requester's clock.
        note: what the requester says it is for; shown as theirs, never as a fact. At most 280 characters.
    """

    request_id: bytes
    channel_id: bytes
    requester: str
    payer: str
    chain_id: int
    calls: tuple[RequestedCall, ...]
    created_at_ms: int
    expires_at_ms: int
    note: str = field(default="", repr=False)


class RequestState(StrEnum):
    """Where a transaction request is. SETTLED and FAILED can go back when the chain reorganises."""

    OPEN = "open"
    HANDED = "handed"  # given to a wallet outside, which has not said what became of it; payer's side only
    CLAIMED = "claimed"  # a transaction is named, and the chain was not asked yet or does not know it
    PENDING = "pending"
    CONFIRMING = "confirming"  # mined, with fewer confirmations than make it settled
    SETTLED = "settled"
    FAILED = "failed"  # mined and reverted, or it is another payment than was claimed
    UNPROVABLE = "unprovable"  # mined, and the node offers neither trace nor logs to show what it did
    REPLACED = "replaced"  # another transaction took its nonce
    DROPPED = "dropped"  # it was there and is gone
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A transaction request in a conversation; replaces the row of the same id.

    Attributes:
        message_id: the message that carries it, 32 bytes.
        own: whether the owner of this profile asked.
        wallet_signature: of the requester's account over EIP-712 data, besides their device's; empty for none. It is
            not checked before it is stored, since the account may be a contract.
        ended: DECLINED or CANCELLED where people ended it; `state` says so unless a transaction pays it all the same.
        reason: why it was declined, in the payer's words.
        transaction_hash: the transaction that is claimed or known to pay it, 32 bytes.
        evidence: `chain.Evidence` of the last verdict, as text.
        confirmations: as last seen.
        detail: why it failed, bounded; empty otherwise.
    """

    request: TransactionRequest
    conversation_id: str
    message_id: bytes
    own: bool
    state: RequestState
    changed_at_ms: int
    wallet_signature: bytes = field(default=b"", repr=False)
    ended: RequestState | None = None
    reason: str = field(default="", repr=False)
    transaction_hash: bytes | None = None
    evidence: str = ""
    confirmations: int = 0
    detail: str = ""


class PaymentState(StrEnum):
    """Where an own transaction is."""

    SIGNED = "signed"  # stored before it was handed in
    HANDED = "handed"  # given to a wallet outside
    PENDING = "pending"
    CONFIRMING = "confirming"
    SETTLED = "settled"
    FAILED = "failed"
    REPLACED = "replaced"
    DROPPED = "dropped"
    ABANDONED = "abandoned"  # handed to a wallet outside, and the person says that it was not sent


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One own transaction; replaces the row of the same payment id.

    Attributes:
        payment_id: 16 random bytes as hex.
        sender: EIP-55.
        calls: what the person was shown and confirmed.
        conversation_id, request_id: where it belongs in a chat, if it does.
        nonce: None while a wallet outside has not named a transaction.
        raw: the signed transaction of the wallet inside, for handing it in again; None from outside.
        transaction_hash: 32 bytes; None while it is handed to a wallet outside.
        replaces: the payment whose nonce this one takes (speed-up or cancel).
        message_id: the message that told the other side of its transaction; None before.
    """

    payment_id: str
    chain_id: int
    sender: str
    calls: tuple[RequestedCall, ...]
    state: PaymentState
    created_at_ms: int
    changed_at_ms: int
    conversation_id: str | None = None
    request_id: bytes | None = None
    nonce: int | None = None
    raw: bytes | None = field(default=None, repr=False)
    transaction_hash: bytes | None = None
    replaces: str | None = None
    max_fee_per_gas: int = 0
    max_priority_fee_per_gas: int = 0
    block_number: int | None = None
    block_hash: bytes | None = None
    block_time_ms: int | None = None
    confirmations: int = 0
    fee: int | None = None
    detail: str = ""
    message_id: bytes | None = None


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A transaction that somebody else says they made; replaces the row of the same message id.

    It pays an own request, or is a payment that nobody asked for. What it did is for the chain to say.

    Attributes:
        message_id: the message that named it, 32 bytes.
        request_id: the request it is said to pay, or None.
        transaction_hash: 32 bytes.
        sender: EIP-55, who is said to have paid: of a request its payer.
        calls: what it is said to do: of a request exactly the request's.
        state: CLAIMED, PENDING, CONFIRMING, SETTLED, FAILED, UNPROVABLE, REPLACED or DROPPED.
        claimed_at_ms: when the message arrived.
        positions: where in its transaction the calls were found, counted for its sender; no two claims of one sender
            have one position of one transaction.
        evidence: `chain.Evidence` of the last verdict, as text.
        nonce: the transaction's, once a node has shown it.
        detail: why it failed, bounded; empty otherwise.
    """

    message_id: bytes
    conversation_id: str
    request_id: bytes | None
    chain_id: int
    transaction_hash: bytes
    sender: str
    calls: tuple[RequestedCall, ...]
    state: RequestState
    claimed_at_ms: int
    changed_at_ms: int
    positions: tuple[int, ...] = ()
    evidence: str = ""
    confirmations: int = 0
    nonce: int | None = None
    block_time_ms: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class KnownToken:
    """A token that a person added by its address; replaces the row of the same (chain, address)."""

    chain_id: int
    address: str
    name: str
    symbol: str
    decimals: int
    added_at_ms: int


@dataclass(frozen=True, slots=True)
class ForgottenToken:
    """Removes an added token and what was held of it."""

    chain_id: int
    address: str


@dataclass(frozen=True, slots=True)
class SavedAddress:
    """An address somebody saved (`watched` False) or watches the money of; replaces the row of the same address."""

    address: str
    label: str
    watched: bool
    saved_at_ms: int


@dataclass(frozen=True, slots=True)
class ForgottenAddress:
    """Removes a saved address."""

    address: str


@dataclass(frozen=True, slots=True)
class HoldingRow:
    """The last known amount of a token (None: the coin) of an account; replaces the row of the same three."""

    chain_id: int
    account: str
    token: str | None
    amount: int
    block_number: int
    block_time_ms: int
