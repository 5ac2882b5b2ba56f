"""The data of the pages about money: one frozen dataclass a page, as in `contexts`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from parley.web import display, networks
from parley.web.contexts import Sidebar
from parley.web.door_contexts import WalletFlow
from parley.web.money.calls import AmountView, CallView
from parley.web.money.cards import AskedView
from parley.web.money.fields import Choice, Group
from parley.web.money.parties import NetworkView, Party
from parley.web.money.payment_view import PaymentLine, PaymentShown
from parley.web.money.warnings import WarningView
from parley.web.person import Person
from parley.web.qr import QrCode


@dataclass(frozen=True, slots=True)
class Tab:
    """One of several views of a page."""

    url: str
    text: str
    current: bool
    kind: str = ""


@dataclass(frozen=True, slots=True)
class HoldingLine:
    """How much of an asset an account holds; `amount` None while nobody knows. `as_of` is of the block."""

    name: str
    unit: str
    amount: AmountView | None
    as_of: display.Moment | None
    stale: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """The money of one account on one network.

    Attributes:
        network: None where no network has a node.
        told: what is to be said of the node that is asked; None if nothing is.
        send_url: None where the account is only watched.
    """

    accounts: tuple[Tab, ...]
    networks: tuple[Tab, ...]
    account: Party
    kind_text: str
    network: NetworkView | None
    holdings: tuple[HoldingLine, ...]
    told: str | None
    send_url: str | None
    receive_url: str
    recent: tuple[PaymentLine, ...]


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """The money of one account on one network."""

    title: str
    sidebar: Sidebar
    live_url: str
    main: Overview


@dataclass(frozen=True, slots=True)
class SendPage:
    """The form that pays somebody.

    Attributes:
        to: who is paid, where a conversation says it; else the field `to_text` is typed.
        saved: addresses to choose from while typing.
        wrong: the field that the problem is about, where that is known.
    """

    title: str
    sidebar: Sidebar
    live_url: str
    payers: tuple[Choice, ...]
    assets: tuple[Group, ...]
    to: Party | None
    saved: tuple[tuple[str, str], ...] = ()
    to_text: str = field(default="", repr=False)
    amount: str = ""
    conversation_id: str = ""
    back_url: str = "/money"
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class FeeChoice:
    """One fee to choose, with the most it can cost."""

    value: str
    name: str
    most: AmountView
    chosen: bool


@dataclass(frozen=True, slots=True)
class EffectLine:
    """What leaves or arrives by the simulation: `leaves`, the amount without sign, and the other side."""

    leaves: bool
    amount: AmountView
    piece: str
    other: Party


@dataclass(frozen=True, slots=True)
class Outside:
    """What static/pay.js needs to have a wallet of this browser pay.

    Attributes:
        page_url: the preview; it is loaded anew where what the page shows is no longer true.
        request_url: says what the wallet is asked.
        payments_url: with the payment's id behind it the page of the payment, which the wallet's answer goes to.
        address, chain: what the wallet must show, as it writes them.
        calls: how many calls it is.
    """

    page_url: str
    request_url: str
    payments_url: str
    address: str
    chain: str
    calls: int

    @property
    def networks(self) -> str:
        """Names of networks by chain id, as JSON for the script."""
        return json.dumps(networks.names_by_hex())


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """All that a person sees before they sign.

    Attributes:
        url: of the page itself.
        effects: empty where nobody could try it out.
        simulated_text: how effects were found out.
        whole: whether they are all there are.
        fails: why it would fail, or None.
        typed: the word that has to be typed, or None.
        name: the ENS name that was typed.
        confirm_url: where the wallet inside signs; None where it cannot.
        passphrase: whether that is asked for, because the wallet inside is locked.
        outside: how a wallet of this browser signs; None where it cannot.
    """

    title: str
    sidebar: Sidebar
    live_url: str
    url: str
    network: NetworkView
    payer: Party
    calls: tuple[CallView, ...]
    asked: AskedView | None
    effects: tuple[EffectLine, ...]
    simulated_text: str
    whole: bool
    as_of: display.Moment | None
    fails: str | None
    warnings: tuple[WarningView, ...]
    fees: tuple[FeeChoice, ...]
    typed: str | None
    name: str | None
    expires: display.Moment | None
    replaces_text: str | None
    back_url: str
    confirm_url: str | None
    confirm_text: str
    passphrase: bool
    outside: Outside | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """One payment."""

    title: str
    sidebar: Sidebar
    live_url: str
    main: PaymentShown


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Own payments, the newest first."""

    title: str
    sidebar: Sidebar
    live_url: str
    lines: tuple[PaymentLine, ...]
    earlier_url: str | None
    latest: bool


@dataclass(frozen=True, slots=True)
class AskPage:
    """The form that asks for a payment, or for a call of a contract.

    Attributes:
        person: who is asked.
        call: whether it is for a call.
        networks: to choose from, of a call; `assets` of a payment.
        can_sign: whether a wallet can sign the request, too.
        passphrase: whether it is the wallet inside, which would have to be unlocked.
        typed: the fields as they were typed, by name.
    """

    title: str
    sidebar: Sidebar
    live_url: str
    person: Person
    conversation_id: str
    call: bool
    assets: tuple[Group, ...]
    networks: tuple[Choice, ...]
    expiries: tuple[Choice, ...]
    form_token: str
    receiver: Party
    can_sign: bool
    passphrase: bool
    typed: dict[str, str] = field(default_factory=dict, repr=False)
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class SignAskPage:
    """A request that a wallet of the browser signs before the other is asked."""

    title: str
    sidebar: Sidebar
    live_url: str
    conversation_id: str
    network: NetworkView
    calls: tuple[CallView, ...]
    payer: Party
    note: str = field(repr=False)
    until: display.Moment | None
    flow: WalletFlow
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class CallPage:
    """The form that calls a contract; `typed` are its fields as they were typed, by name."""

    title: str
    sidebar: Sidebar
    live_url: str
    payers: tuple[Choice, ...]
    networks: tuple[Choice, ...]
    typed: dict[str, str] = field(default_factory=dict, repr=False)
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ReceivePage:
    """An own account as a QR code, with what is asked for in it."""

    title: str
    sidebar: Sidebar
    live_url: str
    accounts: tuple[Choice, ...]
    account: Party
    assets: tuple[Group, ...]
    network: NetworkView
    amount: AmountView | None
    unit: str
    typed: str
    qr: QrCode
    uri: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ScanPage:
    """The field that a code to pay is read into."""

    title: str
    sidebar: Sidebar
    live_url: str
    typed: str = field(default="", repr=False)
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class TokenLine:
    """One token: its symbol, name, address and digits after the point; `stranger` as beside amounts."""

    symbol: str
    name: str
    address: str
    decimals: int
    stranger: str | None


@dataclass(frozen=True, slots=True)
class TokensPage:
    """The tokens of a network, and the form that adds one; `found` is shown before it is added."""

    title: str
    sidebar: Sidebar
    live_url: str
    network: NetworkView | None
    networks: tuple[Tab, ...]
    listed: tuple[TokenLine, ...]
    added: tuple[TokenLine, ...]
    found: TokenLine | None = None
    typed: str = field(default="", repr=False)
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class SavedLine:
    """One saved address."""

    party: Party
    watched: bool


@dataclass(frozen=True, slots=True)
class AddressesPage:
    """Saved and watched addresses, and the form that adds one."""

    title: str
    sidebar: Sidebar
    live_url: str
    lines: tuple[SavedLine, ...]
    typed: dict[str, str] = field(default_factory=dict, repr=False)
    problem: str | None = None
