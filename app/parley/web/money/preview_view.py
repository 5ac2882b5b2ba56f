"""The page before a signature, put together from what was prepared."""

from __future__ import annotations

from parley.messenger.money.model import AccountKind, CallKind, Effect, FeeOption, Preview
from parley.web import display
from parley.web.contexts import Sidebar
from parley.web.language import gettext as _
from parley.web.money.calls import amount_view, call_view, coin_amount
from parley.web.money.cards import asked_view
from parley.web.money.contexts import EffectLine, FeeChoice, Outside, PreviewPage
from parley.web.money.parties import Parties, network_view
from parley.web.money.warnings import warning_views

DEFAULT_FEE = "normal"
WHOLE = "eth_simulateV1"
"""The only simulation that shows all that moves."""


def preview_page(
    preview: Preview,
    who: Parties,
    sidebar: Sidebar,
    live_url: str,
    *,
    title: str,
    locked: bool,
    by_wallet: bool | None = False,
    problem: str | None = None,
) -> PreviewPage:
    """All that is known before it is signed, in words.

    Args:
        locked: whether the wallet inside has to be unlocked before it signs.
        by_wallet: of the request, as on its `Card`.
    """
    inside = preview.account.kind is AccountKind.INSIDE
    # The wallet inside makes no batches, and signs no fee that nobody could say.
    confirms = inside and len(preview.calls) == 1 and bool(preview.fees)
    return PreviewPage(
        title=title,
        sidebar=sidebar,
        live_url=live_url,
        url=_url(preview),
        network=network_view(preview.chain_id),
        payer=who(preview.account.address),
        calls=tuple(call_view(each, preview.chain_id, who) for each in preview.calls),
        asked=None if preview.request is None else asked_view(preview.request, by_wallet, who),
        effects=tuple(_effect(each, who) for each in preview.effects),
        simulated_text=_simulated(preview),
        whole=preview.simulated == WHOLE,
        as_of=None if preview.as_of_ms is None else display.moment(preview.as_of_ms),
        fails=None if preview.fails is None else display.plain(preview.fails, 300),
        warnings=warning_views(preview.warnings, who),
        fees=tuple(_fee(each, preview.chain_id) for each in preview.fees),
        typed=preview.typed,
        name=None if preview.name is None else display.name_of_account(preview.name),
        expires=display.moment(preview.expires_at_ms),
        replaces_text=_replaces(preview),
        back_url=_back(preview),
        confirm_url=f"{_url(preview)}/confirm" if confirms else None,
        confirm_text=_("Pay") if _moves(preview) else _("Sign and send"),
        passphrase=confirms and locked,
        outside=_outside(preview),
        problem=problem,
    )


def _url(preview: Preview) -> str:
    return f"/money/previews/{preview.preview_id}"


def _moves(preview: Preview) -> bool:
    return all(each.kind in (CallKind.COIN, CallKind.TOKEN_TRANSFER) for each in preview.calls)


def _outside(preview: Preview) -> Outside | None:
    """How a wallet of this browser pays it. Only the wallet inside can take the place of what that one signed."""
    if preview.account.kind is AccountKind.WATCHED or preview.replaces is not None:
        return None
    return Outside(
        page_url=_url(preview),
        request_url=f"{_url(preview)}/outside",
        payments_url="/money/payments",
        address=preview.account.address,
        chain=hex(preview.chain_id),
        calls=len(preview.calls),
    )


def _effect(effect: Effect, who: Parties) -> EffectLine:
    return EffectLine(
        leaves=effect.amount < 0,
        amount=amount_view(abs(effect.amount), effect.asset),
        piece="" if effect.token_id is None else f"#{effect.token_id}",
        other=who(effect.other),
    )


def _simulated(preview: Preview) -> str:
    if preview.simulated is None:
        return _("No Ethereum node could try it out.")
    if preview.simulated == WHOLE:
        return _("Tried out by the Ethereum node")
    return _("The Ethereum node tried whether it would fail, and cannot show what moves")


def _fee(option: FeeOption, chain_id: int) -> FeeChoice:
    names = {"slow": _("Slow"), "normal": _("Normal"), "fast": _("Fast")}
    return FeeChoice(
        value=option.name,
        name=names.get(option.name, option.name),
        most=coin_amount(option.most, chain_id),
        chosen=option.name == DEFAULT_FEE,
    )


def _replaces(preview: Preview) -> str | None:
    if preview.replaces is None:
        return None
    return _("It takes the place of a payment that still waits, if it gets into a block before that.")


def _back(preview: Preview) -> str:
    if preview.conversation_id is not None:
        return f"/conversations/{preview.conversation_id}#latest"
    return "/money" if preview.replaces is None else f"/money/payments/{preview.replaces}"
