"""How far requests and payments are, in words; `tone` says how that looks: open, wait, good, bad or over."""

from __future__ import annotations

from dataclasses import dataclass

from parley.chat.payments.model import PaymentRow, PaymentState, RequestState
from parley.web import display
from parley.web.language import gettext as _
from parley.web.language import ngettext

DETAIL_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class StateView:
    """A state: one word or few, what it means, how it looks, and the icon beside it."""

    text: str
    hint: str
    tone: str

    @property
    def icon(self) -> str:
        """The name of the picture."""
        return {"open": "queued", "wait": "queued", "good": "check", "bad": "alert", "over": "close"}[
            self.tone
        ]


def request_state(state: RequestState, confirmations: int, evidence: str) -> StateView:
    """Where a transaction request is, or a payment that somebody told of, in words."""
    made = {
        RequestState.OPEN: lambda: StateView(_("Open"), "", "open"),
        RequestState.HANDED: lambda: StateView(
            _("With a wallet"),
            _("A wallet outside of Parley was asked and has not said what became of it."),
            "wait",
        ),
        RequestState.CLAIMED: lambda: StateView(
            _("Said to be paid"), _("A transaction is named; the network has not shown it yet."), "wait"
        ),
        RequestState.PENDING: lambda: StateView(
            _("Pending"), _("The transaction waits for a block."), "wait"
        ),
        RequestState.CONFIRMING: lambda: StateView(
            _confirmations(confirmations), _("It is in a block."), "wait"
        ),
        RequestState.SETTLED: lambda: StateView(_("Paid"), _evidence(evidence), "good"),
        RequestState.FAILED: lambda: StateView(
            _("Failed"), _("The transaction failed, or it is another one than was asked for."), "bad"
        ),
        RequestState.UNPROVABLE: lambda: StateView(
            _("Cannot be checked"),
            _(
                "The transaction is in a block, but this Ethereum node cannot show what it did. "
                "Look for the money before you count on it."
            ),
            "bad",
        ),
        RequestState.REPLACED: lambda: StateView(
            _("Replaced"), _("Another transaction took the place of the payment."), "bad"
        ),
        RequestState.DROPPED: lambda: StateView(
            _("Dropped"), _("The transaction was there and is gone from the network."), "bad"
        ),
        RequestState.DECLINED: lambda: StateView(_("Declined"), "", "over"),
        RequestState.CANCELLED: lambda: StateView(_("Cancelled"), "", "over"),
        RequestState.EXPIRED: lambda: StateView(_("Expired"), _("The time to pay it is over."), "over"),
    }
    return made[state]()


def payment_state(row: PaymentRow) -> StateView:
    """Where an own payment is, in words."""
    made = {
        PaymentState.SIGNED: lambda: StateView(
            _("Signed"), _("It is stored here and handed to the network until that takes it."), "wait"
        ),
        PaymentState.HANDED: lambda: StateView(
            _("With your wallet"), _("Your wallet was asked and has not said what became of it."), "wait"
        ),
        PaymentState.PENDING: lambda: StateView(_("Pending"), _("It waits for a block."), "wait"),
        PaymentState.CONFIRMING: lambda: StateView(
            _confirmations(row.confirmations), _("It is in a block; a few more make it final."), "wait"
        ),
        PaymentState.SETTLED: lambda: StateView(_("Done"), "", "good"),
        PaymentState.FAILED: lambda: StateView(
            _("Failed"), _("It is in a block and did nothing; the fee was spent all the same."), "bad"
        ),
        PaymentState.REPLACED: lambda: StateView(
            _("Replaced"), _("Another transaction took its place."), "over"
        ),
        PaymentState.DROPPED: lambda: StateView(
            _("Dropped"), _("The network does not know it any more."), "bad"
        ),
        PaymentState.ABANDONED: lambda: StateView(_("Not sent"), _("Your wallet did not send it."), "over"),
    }
    return made[row.state]()


def _confirmations(count: int) -> str:
    return ngettext("%(n)d confirmation", "%(n)d confirmations", count) % {"n": count}


def _evidence(evidence: str) -> str:
    shown = {
        "fields": _("Checked: the transaction is exactly what was asked for."),
        "trace": _("Checked by a trace of what the transaction did."),
        "logs": _("Checked by the token transfers that the transaction left."),
    }
    return shown.get(evidence, "")


def detail_text(detail: str) -> str:
    """Why something failed: in our words where it was found out here, else quoted from a node or a contract."""
    if not detail:
        return ""
    known = {
        "too-early": _("The transaction is older than the request."),
        "differs": _("The transaction does something else than was asked for."),
        "reverted": _("The transaction was undone when it ran."),
        "taken": _("The transaction pays something else already."),
    }
    return known.get(detail) or _("The reason given: “%(text)s”") % {
        "text": display.quoted(detail, DETAIL_CHARACTERS)
    }
