"""What pages are told of money. Made by `Money`; amounts are integers in the smallest unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from parley.chain.api import CallKind
from parley.chat.payments.model import (
    PaymentRow,
    RequestedCall,
    RequestRow,
    RequestState,
    TransactionRequest,
)

__all__ = [
    "AccountKind",
    "Asset",
    "CallKind",
    "Card",
    "DraftedAsk",
    "Effect",
    "FeeOption",
    "Holding",
    "MoneyAccount",
    "PaymentCard",
    "Preview",
    "ShownCall",
    "ShownPayment",
    "Warned",
    "WarningKind",
    "Wish",
]


class AccountKind(StrEnum):
    """Who signs for an account."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    WATCHED = "watched"


@dataclass(frozen=True, slots=True)
class MoneyAccount:
    """An account whose money is shown. `own` is the profile's account."""

    address: str
    label: str
    kind: AccountKind
    own: bool


@dataclass(frozen=True, slots=True)
class Asset:
    """The coin of a chain (`token` None) or a token. One that is not `listed` calls itself what it likes.

    Attributes:
        symbol: empty for a token that nobody asked yet; its amounts are then in the smallest unit (`decimals` 0).
        imitates: the symbol of a listed one that it may be taken for, or None.
    """

    chain_id: int
    token: str | None
    symbol: str
    name: str
    decimals: int
    listed: bool = True
    imitates: str | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """How much of an asset an account holds; `amount` None: not known yet. `answered` is of the last question."""

    asset: Asset
    amount: int | None
    as_of_ms: int | None
    answered: bool | None


class WarningKind(StrEnum):
    """What a person is warned of before they sign. `Warned.typed` asks for a typed confirmation."""

    LOOK_ALIKE = "look-alike"
    WRONG_CHAIN = "wrong-chain"
    FIRST_PAYMENT = "first-payment"
    NO_CODE = "no-code"
    UNLIMITED_APPROVAL = "unlimited-approval"
    APPROVAL = "approval"
    APPROVAL_FOR_ALL = "approval-for-all"
    PERMIT = "permit"
    UNKNOWN_FUNCTION = "unknown-function"
    UNUSUAL_VALUE = "unusual-value"
    TEXT_DISAGREES = "text-disagrees"
    WOULD_FAIL = "would-fail"
    NOT_SIMULATED = "not-simulated"
    TO_TOKEN = "to-token"  # noqa: S105  (money sent to a token's own contract is lost)
    UNLISTED_TOKEN = "unlisted-token"  # noqa: S105
    CREATES_CONTRACT = "creates-contract"


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning with the facts its sentence needs, by name: addresses, names, amounts as integers."""

    kind: WarningKind
    call_index: int | None
    facts: Mapping[str, Any] = field(default_factory=dict)
    typed: bool = False


@dataclass(frozen=True, slots=True)
class ShownCall:
    """A call, decoded from its bytes alone.

    Attributes:
        asset, amount, recipient: as far as its kind has them; of an approval `recipient` is who may spend, and
            `amount` None means without limit.
        unlimited: of an approval: without limit, or for all pieces of a collection.
        owner: whose it is, where that is not the caller.
        function: the signature of a known function, or the selector as "0x........" of an unknown one.
        arguments: name and value of each argument as text.
        value: wei sent along.
        inner: the calls in a multicall, which count as the caller's own.
    """

    kind: CallKind
    to: str | None
    value: int
    asset: Asset | None = None
    amount: int | None = None
    recipient: str | None = None
    function: str = ""
    arguments: tuple[tuple[str, str], ...] = ()
    data: bytes = field(default=b"", repr=False)
    unlimited: bool = False
    owner: str | None = None
    token_id: int | None = None
    inner: tuple[ShownCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """What leaves (`amount` negative) or arrives at the payer by the simulation."""

    asset: Asset
    amount: int
    other: str
    token_id: int | None = None


@dataclass(frozen=True, slots=True)
class FeeOption:
    """One fee to choose: `name` is slow, normal or fast; `most` is the most it can cost, in wei."""

    name: str
    max_fee_per_gas: int
    max_priority_fee_per_gas: int
    most: int


@dataclass(frozen=True, slots=True)
class Preview:
    """All that a person sees before they confirm a payment. It can be confirmed once, for five minutes.

    Attributes:
        preview_id: 32 hex digits, unguessable.
        account: who pays; its kind says how it is signed.
        request: the transaction request it pays, if any.
        simulated: how effects were found out ("eth_simulateV1", "eth_call"); None: the node could not be asked.
        fails: why it would fail, or None.
        typed: the word that must be typed to confirm, or None.
        replaces: the payment whose place it takes.
        name: the ENS name that was typed; it is asked again when it is confirmed.
        gas: the limit that is signed; it is paid for as far as it is used.
    """

    preview_id: str
    chain_id: int
    account: MoneyAccount
    calls: tuple[ShownCall, ...]
    effects: tuple[Effect, ...]
    simulated: str | None
    fails: str | None
    warnings: tuple[Warned, ...]
    fees: tuple[FeeOption, ...]
    gas: int
    typed: str | None
    as_of_ms: int | None
    expires_at_ms: int
    conversation_id: str | None = None
    request: RequestRow | None = None
    replaces: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A transaction request as a conversation shows it, from its calls alone.

    Attributes:
        row: as it is stored; it is shown in `state`, which is EXPIRED where its time is over and nobody pays it.
        warnings: those that can be known without asking anybody.
        mine: whether the owner of this profile is the addressed payer and may pay now.
        cancellable: whether its requester may take it back now, or its payer decline it.
        by_wallet: whether the requester's account signed it besides their device; None: that could not be asked.
        payment_id: the own payment that pays it, if any.
    """

    row: RequestRow
    state: RequestState
    calls: tuple[ShownCall, ...]
    warnings: tuple[Warned, ...]
    mine: bool
    cancellable: bool
    by_wallet: bool | None = False
    payment_id: str | None = None


@dataclass(frozen=True, slots=True)
class DraftedAsk:
    """A request that waits for the signature of a wallet outside before anybody is asked, with its calls decoded."""

    conversation_id: str
    request: TransactionRequest
    calls: tuple[ShownCall, ...]


@dataclass(frozen=True, slots=True)
class PaymentCard:
    """A payment without a request, as a conversation shows it where its message stands.

    Attributes:
        own: whether the owner of this profile made it.
        state: as of a request; before the chain knows a payment of somebody else it is CLAIMED: their word alone.
        sender: EIP-55.
        payment_id: of an own one.
        block_time_ms: when its block was made, of a mined one: somebody may name a payment of long ago.
    """

    message_id: bytes
    conversation_id: str
    own: bool
    chain_id: int
    sender: str
    calls: tuple[ShownCall, ...]
    state: RequestState
    transaction_hash: bytes | None
    evidence: str
    confirmations: int
    detail: str
    payment_id: str | None = None
    block_time_ms: int | None = None


@dataclass(frozen=True, slots=True)
class ShownPayment:
    """An own payment with its calls decoded."""

    row: PaymentRow
    calls: tuple[ShownCall, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody would like to ask for, as they typed it.

    Attributes:
        token: its address; None: the chain's own coin.
        amount: in the smallest unit, above 0; of no meaning where `calls` are given.
        calls: what is asked for in place of a payment.
        expires_in_s: 60 s to 366 days.
        form_token: the same token twice asks once.
    """

    conversation_id: str
    chain_id: int
    token: str | None
    amount: int
    note: str = field(repr=False)
    expires_in_s: int
    form_token: str
    calls: Sequence[RequestedCall] | None = None
