"""What a person is warned of before they sign, in sentences. The facts come from calls and the chain alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from parley.messenger.money.amounts import format_amount
from parley.messenger.money.model import Asset, Warned, WarningKind
from parley.web import display, networks
from parley.web.language import gettext as _
from parley.web.money.calls import unit_of
from parley.web.money.parties import Parties, Party

REASON_CHARACTERS = 300

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WarningView:
    """One warning: what is wrong, what that means, and whom it is about. `grave` ones are confirmed by typing."""

    kind: str
    title: str
    text: str
    parties: tuple[tuple[str, Party], ...] = ()
    grave: bool = False


def warning_views(warnings: Iterable[Warned], who: Parties) -> tuple[WarningView, ...]:
    """The warnings in words, those that are confirmed by typing first."""
    views = [_view(each, who) for each in warnings]
    return tuple(sorted(views, key=lambda each: not each.grave))


_APPROVALS = {
    WarningKind.UNLIMITED_APPROVAL,
    WarningKind.APPROVAL,
    WarningKind.APPROVAL_FOR_ALL,
    WarningKind.PERMIT,
}


def _view(warned: Warned, who: Parties) -> WarningView:
    title, text = _SENTENCES[warned.kind](warned.facts)
    labels = {
        "address": _("Who may spend") if warned.kind in _APPROVALS else _("Address"),
        "known": _("The one you know"),
        "token": _("Token contract"),
        "to": _("Contract"),
    }
    parties = tuple(
        (label, who(warned.facts[name]))
        for name, label in labels.items()
        if isinstance(warned.facts.get(name), str)
    )
    return WarningView(warned.kind.value, title, text, parties, warned.typed)


def _unusual(facts: Facts) -> tuple[str, str]:
    usual, asset = facts.get("usual"), facts.get("asset")
    text = _("Look at every digit before you go on.")
    if isinstance(usual, int) and isinstance(asset, Asset):
        most = f"{format_amount(usual, asset.decimals)} {display.quoted(unit_of(asset))}"
        text = _("You usually pay up to %(most)s. Look at every digit before you go on.") % {"most": most}
    return _("Far more than usual"), text


def _unlisted(facts: Facts) -> tuple[str, str]:
    imitates = facts.get("imitates")
    if imitates:
        return (
            _("Not the %(symbol)s that you may think") % {"symbol": imitates},
            _(
                "This is another token, whose name looks like that of a known one. Anybody can make such a token."
            ),
        )
    return (
        _("A token that is in no list"),
        _("Anybody can make a token and call it what they like. Compare the address of its contract."),
    )


def _wrong_chain(facts: Facts) -> tuple[str, str]:
    chain_id = facts.get("chain_id")
    text = _("Money on one network is not there on another.")
    if isinstance(chain_id, int):
        text = _("This is on %(network)s. Money on one network is not there on another.") % {
            "network": networks.name(chain_id)
        }
    return _("Not the network you use"), text


def _would_fail(facts: Facts) -> tuple[str, str]:
    reason = display.quoted(str(facts.get("reason") or ""), REASON_CHARACTERS)
    if reason:
        text = _(
            "The Ethereum node tried it: “%(reason)s”. If you send it, the fee is spent and nothing else happens."
        )
        return _("It would fail"), text % {"reason": reason}
    return _("It would fail"), _("The Ethereum node tried it. If you send it, only the fee is spent.")


def _disagrees(facts: Facts) -> tuple[str, str]:
    said = display.quoted(str(facts.get("said") or ""), REASON_CHARACTERS)
    text = _("It says “%(said)s”, and the call does not. What counts is the call shown here.") % {
        "said": said
    }
    return _("The note says something else"), text


def _unlimited(facts: Facts) -> tuple[str, str]:
    return (
        _("Somebody could take all of this token"),
        _(
            "The approval has no limit and holds until you take it back: for what you have now and what comes later."
        )
        + _hidden(facts),
    )


def _approval(facts: Facts) -> tuple[str, str]:
    return (
        _("Somebody may spend your token"),
        _("Up to the amount shown, at any time, until you take it back.") + _hidden(facts),
    )


def _hidden(facts: Facts) -> str:
    if not facts.get("hidden"):
        return ""
    return " " + _("The call does not say so; the Ethereum node saw it when it tried it out.")


def _unknown_function(_facts: Facts) -> tuple[str, str]:
    return (
        _("Nobody here knows what this call does"),
        _(
            "Its function is not one that Parley knows. Go on only if you know this contract and trust who asks."
        ),
    )


_SENTENCES: dict[WarningKind, Callable[[Facts], tuple[str, str]]] = {
    WarningKind.LOOK_ALIKE: lambda _facts: (
        _("This address only looks like one you know"),
        _("Its first and last characters are the same, and it is another. Swindlers make such addresses."),
    ),
    WarningKind.WRONG_CHAIN: _wrong_chain,
    WarningKind.FIRST_PAYMENT: lambda _facts: (
        _("You have never paid this address"),
        _("Compare all of it with what its owner gave you by another way."),
    ),
    WarningKind.NO_CODE: lambda _facts: (
        _("There is no contract at this address"),
        _("The call would do nothing but move what is sent along."),
    ),
    WarningKind.UNLIMITED_APPROVAL: _unlimited,
    WarningKind.APPROVAL: _approval,
    WarningKind.APPROVAL_FOR_ALL: lambda _facts: (
        _("Somebody could take every piece of this collection"),
        _("Those you have now and those that come later."),
    ),
    WarningKind.PERMIT: lambda _facts: (
        _("This gives somebody the right to spend"),
        _("A permit works as an approval does, until its time is over."),
    ),
    WarningKind.UNKNOWN_FUNCTION: _unknown_function,
    WarningKind.UNUSUAL_VALUE: _unusual,
    WarningKind.TEXT_DISAGREES: _disagrees,
    WarningKind.WOULD_FAIL: _would_fail,
    WarningKind.NOT_SIMULATED: lambda _facts: (
        _("What it would do could not be tried out"),
        _(
            "The Ethereum node cannot show what leaves and what arrives. You see only what the call itself says."
        ),
    ),
    WarningKind.TO_TOKEN: lambda _facts: (
        _("This is the token’s own contract"),
        _("Money sent to it is lost: nobody can take it out again."),
    ),
    WarningKind.UNLISTED_TOKEN: _unlisted,
    WarningKind.CREATES_CONTRACT: lambda _facts: (
        _("This creates a contract"),
        _("Its code runs at once, and nobody here can say what it does."),
    ),
}
