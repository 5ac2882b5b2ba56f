"""Paying somebody: the form, and a code that was scanned in place of it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parley.chat.errors import ChatError
from parley.messenger.errors import InvalidAddressError, MessengerError
from parley.messenger.money.amounts import format_amount
from parley.messenger.money.errors import UnreadablePaymentUriError
from parley.web.beside import beside
from parley.web.dependencies import Form, FormDependency, MessengerDependency, RendererDependency
from parley.web.display import address as address_of
from parley.web.errors import MalformedFormError
from parley.web.language import gettext as _
from parley.web.money.contexts import ScanPage, SendPage
from parley.web.money.fields import (
    account_choices,
    asset_groups,
    asset_value,
    chain_of,
    chosen_asset,
    explain_typed,
    numbered,
    payers,
    typed_address,
    typed_amount,
)
from parley.web.money.parties import read_parties
from parley.web.ports import Messenger

router = APIRouter()

PAGE = "money/send.html"
SCAN = "money/scan.html"
MAX_RECIPIENT = 255
MAX_CODE = 512
_FIELDS = ("account", "asset", "to", "amount")


@router.get("/money/send")
async def send_form(
    request: Request,
    messenger: MessengerDependency,
    renderer: RendererDependency,
    to: str = "",
    of: str | None = None,
) -> Response:
    """GET: the form that pays somebody; with `to` the other of that conversation, with `of` from that account."""
    money = messenger.money
    typed = {"account": numbered(money, of)[1].address} if of is not None else {}
    return renderer.respond(request, PAGE, await _page(messenger, to, typed))


@router.post("/money/send")
async def send(
    request: Request, form: FormDependency, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: fields `account`, `asset`, `to` or `conversation`, `amount` or `most`: prepares the payment.

    303 to the page that shows it before anything is signed, or the form again with what is wrong.
    """
    money = messenger.money
    conversation_id = form.text("conversation") if form.has("conversation") else ""
    try:
        asset = await chosen_asset(money, form)
        recipient, only = await _recipient(messenger, form, conversation_id)
        if only is not None and only != asset.chain_id:
            raise MalformedFormError
        preview = await money.preview_send(
            form.text("account"),
            asset.chain_id,
            asset.token,
            recipient,
            None if form.has("most") else typed_amount(form, asset),
            conversation_id or None,
        )
    except (ChatError, MessengerError, MalformedFormError) as error:
        explanation = explain_typed(error)
        typed = {name: form.text(name)[:MAX_RECIPIENT] for name in _FIELDS if form.has(name)}
        page = await _page(messenger, conversation_id, typed, explanation.text)
        return renderer.respond(request, PAGE, page, status=explanation.status)
    return RedirectResponse(f"/money/previews/{preview.preview_id}", 303)


@router.get("/money/scan")
async def scan_form(
    request: Request, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """GET: the field that a code to pay is scanned or pasted into."""
    return renderer.respond(request, SCAN, ScanPage(_("Scan to pay"), *await beside(messenger)))


@router.post("/money/scan")
async def scan(
    request: Request, form: FormDependency, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: field `code` (at most 512 characters): the form that pays, filled in. 422: what is wrong."""
    code = form.text("code").strip()
    try:
        typed = await _read_code(messenger, code[: MAX_CODE + 1])
    except MessengerError as error:
        explanation = explain_typed(error)
        sidebar, live_url = await beside(messenger)
        again = ScanPage(_("Scan to pay"), sidebar, live_url, code[:MAX_CODE], explanation.text)
        return renderer.respond(request, SCAN, again, status=explanation.status)
    return renderer.respond(request, PAGE, await _page(messenger, "", typed))


async def _read_code(messenger: Messenger, code: str) -> dict[str, str]:
    money = messenger.money
    try:
        return {"to": typed_address(code)}
    except InvalidAddressError:
        found = money.read_payment_uri(code)
    typed = {"to": found.recipient}
    for chain_id in money.networks() if found.chain_id is None else (found.chain_id,):
        offered = await money.tokens(chain_id) if chain_id in money.networks() else ()
        for asset in offered:
            if (asset.token or "").lower() == (found.token or "").lower():
                amount = format_amount(found.amount, asset.decimals) if found.amount else ""
                return {**typed, "asset": asset_value(asset), "amount": amount}
    # Another network or token than can be paid here: filling in something else would be another payment.
    # Guarded by tests/web/money/test_send.py::test_a_code_for_what_cannot_be_paid_here_fills_in_nothing.
    raise UnreadablePaymentUriError


async def _recipient(messenger: Messenger, form: Form, conversation_id: str) -> tuple[str, int | None]:
    """Who is paid, and the one chain they are on, if they are. A conversation says it, whatever the form says."""
    if conversation_id:
        account = (await messenger.conversation(conversation_id)).account
        return address_of(account), chain_of(account)
    typed = form.text("to").strip()
    if not typed or len(typed) > MAX_RECIPIENT:
        raise InvalidAddressError
    return typed, None


async def _page(
    messenger: Messenger, conversation_id: str, typed: dict[str, str], problem: str | None = None
) -> SendPage:
    money = messenger.money
    who = await read_parties(messenger)
    account = (await messenger.conversation(conversation_id)).account if conversation_id else None
    sidebar, live_url = await beside(messenger)
    return SendPage(
        title=_("Send"),
        sidebar=sidebar,
        live_url=live_url,
        payers=account_choices(payers(money), who, typed.get("account", "")),
        assets=await asset_groups(
            money, typed.get("asset", ""), chain_of(account) if account is not None else None
        ),
        to=None if account is None else who(account),
        saved=tuple((each.address, each.label) for each in await money.saved_addresses()),
        to_text=typed.get("to", ""),
        amount=typed.get("amount", ""),
        conversation_id=conversation_id,
        back_url=f"/conversations/{conversation_id}#latest" if conversation_id else "/money",
        problem=problem,
    )
