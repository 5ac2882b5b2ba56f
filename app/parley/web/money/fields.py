"""What the forms about money send, read strictly; and what they offer to choose from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from parley.chat.errors import UnknownRequestError
from parley.chat.payments.model import RequestedCall
from parley.messenger.errors import InvalidAddressError
from parley.messenger.money.amounts import MAX_AMOUNT_CHARACTERS, parse_amount
from parley.messenger.money.decoding import COIN_DECIMALS
from parley.messenger.money.errors import InvalidAmountError, UnknownPaymentError
from parley.messenger.money.model import AccountKind, Asset, MoneyAccount
from parley.web import display
from parley.web.dependencies import Form
from parley.web.errors import MalformedFormError, UnknownPageError, explain
from parley.web.explanation import Explanation
from parley.web.language import gettext as _
from parley.web.money.calls import unit_of
from parley.web.money.parties import NetworkView, Parties, network_view
from parley.web.money.ports import Money

COIN = "coin"
MAX_FUNCTION = 256
MAX_ARGUMENTS = 4096
EXPIRIES = (3600, 86_400, 7 * 86_400, 30 * 86_400)
"""Seconds that a request may be open for, as offered."""

_CHOICE = re.compile(r"([1-9][0-9]{0,15})-(coin|0x[0-9a-fA-F]{40})")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_ID = re.compile(r"[0-9a-f]{32}")
_REQUEST_ID = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a select."""

    value: str
    text: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Entries of a select under one heading: what there is on one network."""

    network: NetworkView
    choices: tuple[Choice, ...]

    @property
    def label(self) -> str:
        """The heading, in text alone, with what has to be said beside the name."""
        name = self.network.name
        return _("%(network)s (test)") % {"network": name} if self.network.kind == "test" else name


def asset_value(asset: Asset) -> str:
    """An asset as a select names it: with its network, so that one cannot be changed without the other."""
    return f"{asset.chain_id}-{asset.token or COIN}"


async def asset_groups(money: Money, chosen: str = "", only: int | None = None) -> tuple[Group, ...]:
    """What can be sent, by network; `only` one network where the account is of that alone."""
    groups = []
    for chain_id in money.networks():
        if only is not None and chain_id != only:
            continue
        choices = tuple(
            Choice(asset_value(each), _asset_text(each), asset_value(each) == chosen)
            for each in await money.tokens(chain_id)
        )
        groups.append(Group(network_view(chain_id), choices))
    return tuple(groups)


async def chosen_asset(money: Money, form: Form) -> Asset:
    """The asset of the field `asset`. Raises MalformedFormError for one that was not offered."""
    match = _CHOICE.fullmatch(form.text("asset"))
    if match is None or int(match[1]) not in money.networks():
        raise MalformedFormError
    token = None if match[2] == COIN else match[2].lower()
    for each in await money.tokens(int(match[1])):
        if (each.token.lower() if each.token else None) == token:
            return each
    raise MalformedFormError


def chosen_network(money: Money, form: Form) -> int:
    """The network of the field `network`. Raises MalformedFormError for one that was not offered."""
    found = next((each for each in money.networks() if str(each) == form.text("network")), None)
    if found is None:
        raise MalformedFormError
    return found


def typed_amount(form: Form, asset: Asset, name: str = "amount") -> int:
    """An amount that was typed. Raises InvalidAmountError, TooManyDigitsError."""
    text = form.text(name)
    if len(text) > MAX_AMOUNT_CHARACTERS:
        raise InvalidAmountError
    return parse_amount(text, asset.decimals)


async def typed_call(money: Money, form: Form) -> tuple[int, RequestedCall]:
    """The network and the call of the fields `network`, `to`, `function`, `arguments` (one a line), `value`.

    Raises:
        InvalidAddressError, InvalidFunctionTypedError, InvalidArgumentTypedError, InvalidAmountError,
        TooManyDigitsError, MalformedFormError.
    """
    chain_id = chosen_network(money, form)
    function, arguments = form.text("function"), form.text("arguments")
    if len(function) > MAX_FUNCTION or len(arguments) > MAX_ARGUMENTS:
        raise MalformedFormError
    lines = tuple(each.strip() for each in arguments.splitlines() if each.strip())
    value = 0
    if form.text("value").strip() not in {"", "0"}:
        value = parse_amount(form.text("value")[: MAX_AMOUNT_CHARACTERS + 1], COIN_DECIMALS)
    call = await money.compose_call(chain_id, typed_address(form.text("to")), function, lines, value)
    return chain_id, call


def explain_typed(error: Exception) -> Explanation:
    """What is told beside a form; an address in it was typed by the person and not given by a wallet."""
    if isinstance(error, InvalidAddressError):
        return Explanation(
            422, _("This is no address on this network."), _("An address has 0x and 40 digits.")
        )
    return explain(error)


def typed_address(text: str) -> str:
    """An address that was typed. Raises InvalidAddressError."""
    if not _ADDRESS.fullmatch(text.strip()):
        raise InvalidAddressError
    return text.strip()


def chosen_expiry(form: Form) -> int:
    """The seconds of the field `expires`. Raises MalformedFormError for what was not offered."""
    found = next((each for each in EXPIRIES if str(each) == form.text("expires")), None)
    if found is None:
        raise MalformedFormError
    return found


def expiry_choices(chosen: str = "") -> tuple[Choice, ...]:
    """How long a request can be open, in words."""
    words = (_("1 hour"), _("1 day"), _("1 week"), _("30 days"))
    chosen = chosen or str(EXPIRIES[2])
    return tuple(
        Choice(str(seconds), text, str(seconds) == chosen)
        for seconds, text in zip(EXPIRIES, words, strict=True)
    )


def network_choices(money: Money, chosen: str = "") -> tuple[Choice, ...]:
    """The networks to choose from."""
    return tuple(
        Choice(str(each), Group(network_view(each), ()).label, str(each) == chosen)
        for each in money.networks()
    )


def account_choices(accounts: Iterable[MoneyAccount], who: Parties, chosen: str = "") -> tuple[Choice, ...]:
    """Accounts to choose from, by their addresses."""
    return tuple(
        Choice(
            each.address,
            f"{who(each.address).person.name} ({display.short_account(each.address)})",
            each.address.lower() == chosen.lower(),
        )
        for each in accounts
    )


def payers(money: Money) -> tuple[MoneyAccount, ...]:
    """The accounts that can pay."""
    return tuple(each for each in money.accounts() if each.kind is not AccountKind.WATCHED)


def numbered(money: Money, of: str | None) -> tuple[int, MoneyAccount]:
    """An account by its place, from 1: addresses of pages stand in the browser's history and name nobody.

    Raises:
        UnknownPageError: there are not so many.
    """
    accounts = money.accounts()
    number = int(of) if of is not None and re.fullmatch(r"[1-9][0-9]{0,3}", of) else 1 if of is None else 0
    if not 1 <= number <= len(accounts):
        raise UnknownPageError
    return number, accounts[number - 1]


def on_network(money: Money, on: str | None) -> int | None:
    """The network of an address, by default the chosen one; None where no network has a node.

    Raises:
        UnknownPageError: it is none that is read.
    """
    offered = money.networks()
    if on is None:
        return offered[0] if offered else None
    found = next((each for each in offered if str(each) == on), None)
    if found is None:
        raise UnknownPageError
    return found


def own_id(text: str) -> str:
    """The id of a payment or a preview. Raises UnknownPaymentError."""
    if not _ID.fullmatch(text):
        raise UnknownPaymentError
    return text


def request_id(text: str) -> bytes:
    """The id of a transaction request. Raises UnknownRequestError."""
    if not _REQUEST_ID.fullmatch(text):
        raise UnknownRequestError
    return bytes.fromhex(text)


def chain_of(account: str) -> int | None:
    """The one chain that a smart account is on (CAIP-10: "eip155:1:0x…"); None for an account of a key.

    Money for it on another chain would be lost: nobody has to be at that address there.
    Guarded by tests/web/money/test_send.py::test_a_smart_account_gets_money_on_its_own_chain_only.
    """
    parts = account.split(":")
    return int(parts[1]) if len(parts) == 3 and parts[1].isdigit() else None


def _asset_text(asset: Asset) -> str:
    where = Group(network_view(asset.chain_id), ()).label
    text = _("%(symbol)s on %(network)s") % {"symbol": display.quoted(unit_of(asset)), "network": where}
    return text if asset.listed else _("%(asset)s, a token in no list") % {"asset": text}
