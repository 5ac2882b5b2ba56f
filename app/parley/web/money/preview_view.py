"""The page before a signature, put together from what was prepared."""

from __future__ import annotations

from parley.messenger.money.model import AccountKind, Effect, FeeOption, Preview
from parley.web import display
from parley.web.contexts import Sidebar
from parley.web.language import gettext as _
from parley.web.money.calls import amount_view, call_view, coin_amount
from parley.web.money.contexts import Asked, EffectLine, FeeChoice, Outside, PreviewPage
from parley.web.money.parties import Parties, network_view
from parley.web.money.warnings import warning_views

DEFAULT_FEE = "normal"
WHOLE = "eth_simulateV1"
"""The only simulation that shows all that moves."""

NOTE_CHARACTERS = 280


def preview_page(
    preview: Preview,
    who: Parties,
    sidebar: Sidebar,
    live_url: str,
    *,
    title: str,
    locked: bool,
    problem: str | None = None,
) -> PreviewPage:
    """All that is known before it is signed, in words."""
    inside = preview.account.kind is AccountKind.INSIDE
    base = f"/money/previews/{preview.preview_id}"
    return PreviewPage(
        title=title,
        sidebar=sidebar,
        live_url=live_url,
        network=network_view(preview.chain_id),
        payer=who(preview.account.address),
        calls=tuple(call_view(each, preview.chain_id, who) for each in preview.calls),
        asked=_asked(preview, who),
        effects=tuple(_effect(each, who) for each in preview.effects),
        simulated_text=_simulated(preview),
        whole=preview.simulated == WHOLE,
        as_of=None if preview.as_of_ms is None else display.moment(preview.as_of_ms),
        fails=None if preview.fails is None else display.one_line(preview.fails, 300),
        warnings=warning_views(preview.warnings, who),
        fees=tuple(_fee(each, preview.chain_id) for each in preview.fees),
        typed=preview.typed,
        name=None if preview.name is None else display.name_of_account(preview.name),
        expires=display.moment(preview.expires_at_ms),
        replaces_text=_replaces(preview),
        back_url=_back(preview),
        confirm_url=f"{base}/confirm" if inside else None,
        passphrase=inside and locked,
        outside=None
        if inside
        else Outside(
            base,
            f"{base}/outside",
            "/money/payments",
            preview.account.address,
            hex(preview.chain_id),
            len(preview.calls),
        ),
        problem=problem,
    )


def _asked(preview: Preview, who: Parties) -> Asked | None:
    row = preview.request
    if row is None:
        return None
    return Asked(
        requester=who(row.request.requester),
        signed_text=_("Signed by their wallet") if row.by_wallet else _("Signed by their device"),
        by_wallet=row.by_wallet,
        note=display.one_line(row.request.note, NOTE_CHARACTERS),
        until=display.moment(row.request.expires_at_ms),
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
