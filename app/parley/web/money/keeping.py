"""What a person has Parley remember about money: tokens by address, and addresses, watched or saved."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parley.chat.errors import ChatError
from parley.messenger.errors import MessengerError
from parley.messenger.money.model import Asset
from parley.web import display
from parley.web.beside import beside
from parley.web.dependencies import Form, FormDependency, MessengerDependency, RendererDependency
from parley.web.errors import MalformedFormError
from parley.web.language import gettext as _
from parley.web.money.calls import TOKEN_NAME_CHARACTERS, amount_view, unit_of
from parley.web.money.contexts import AddressesPage, SavedLine, Tab, TokenLine, TokensPage
from parley.web.money.fields import chosen_network, explain_typed, on_network, typed_address
from parley.web.money.parties import network_view, read_parties
from parley.web.ports import Messenger

router = APIRouter()

TOKENS = "money/tokens.html"
ADDRESSES = "money/addresses.html"
MAX_TYPED = 100


@router.get("/money/tokens")
async def tokens(
    request: Request, messenger: MessengerDependency, renderer: RendererDependency, on: str | None = None
) -> Response:
    """GET: the tokens of a network (`on`, its chain id), and the form that adds one."""
    chain_id = on_network(messenger.money, on)
    return renderer.respond(request, TOKENS, await _tokens_page(messenger, chain_id))


@router.post("/money/tokens/find")
async def find_token(
    request: Request, form: FormDependency, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: fields `network`, `address`: the page with what the token says of itself; adds nothing. 422, 503."""
    money = messenger.money
    chain_id = chosen_network(money, form)
    typed = form.text("address")[:MAX_TYPED]
    try:
        found = await money.find_token(chain_id, typed_address(typed))
    except (ChatError, MessengerError) as error:
        return await _tokens_again(request, messenger, renderer, chain_id, typed, error)
    page = await _tokens_page(messenger, chain_id, typed, found)
    return renderer.respond(request, TOKENS, page)


@router.post("/money/tokens")
async def add_token(
    request: Request, form: FormDependency, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: fields `network`, `address`: it is shown from now on, 303. 409, 422, 503: the page."""
    money = messenger.money
    chain_id = chosen_network(money, form)
    typed = form.text("address")[:MAX_TYPED]
    try:
        await money.add_token(chain_id, typed_address(typed))
    except (ChatError, MessengerError) as error:
        return await _tokens_again(request, messenger, renderer, chain_id, typed, error)
    return RedirectResponse(f"/money/tokens?on={chain_id}", 303)


@router.post("/money/tokens/remove")
async def remove_token(form: FormDependency, messenger: MessengerDependency) -> Response:
    """POST: fields `network`, `address`: an added one is shown no longer, 303."""
    money = messenger.money
    chain_id = chosen_network(money, form)
    await money.remove_token(chain_id, typed_address(form.text("address")))
    return RedirectResponse(f"/money/tokens?on={chain_id}", 303)


@router.get("/money/addresses")
async def addresses(
    request: Request, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """GET: saved and watched addresses, and the form that adds one."""
    return renderer.respond(request, ADDRESSES, await _addresses_page(messenger))


@router.post("/money/addresses")
async def save_address(
    request: Request, form: FormDependency, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: fields `address`, `label`, `watched`: it is kept, 303. 409, 422: the page with the reason."""
    typed = {name: form.text(name)[:MAX_TYPED] for name in ("address", "label")}
    watched = form.has("watched")
    try:
        await messenger.money.save_address(typed_address(typed["address"]), typed["label"].strip(), watched)
    except (ChatError, MessengerError, MalformedFormError) as error:
        explanation = explain_typed(error)
        page = await _addresses_page(
            messenger, {**typed, "watched": "yes" if watched else ""}, explanation.text
        )
        return renderer.respond(request, ADDRESSES, page, status=explanation.status)
    return RedirectResponse("/money/addresses", 303)


@router.post("/money/addresses/forget")
async def forget_address(form: FormDependency, messenger: MessengerDependency) -> Response:
    """POST: field `address`: it is kept no longer, 303."""
    await messenger.money.forget_address(_address(form))
    return RedirectResponse("/money/addresses", 303)


def _address(form: Form) -> str:
    return typed_address(form.text("address"))


async def _tokens_again(
    request: Request,
    messenger: Messenger,
    renderer: RendererDependency,
    chain_id: int,
    typed: str,
    error: Exception,
) -> Response:
    explanation = explain_typed(error)
    page = await _tokens_page(messenger, chain_id, typed, problem=explanation.text)
    return renderer.respond(request, TOKENS, page, status=explanation.status)


async def _tokens_page(
    messenger: Messenger,
    chain_id: int | None,
    typed: str = "",
    found: Asset | None = None,
    problem: str | None = None,
) -> TokensPage:
    money = messenger.money
    assets = await money.tokens(chain_id) if chain_id is not None else ()
    views = [network_view(each) for each in money.networks()]
    sidebar, live_url = await beside(messenger)
    return TokensPage(
        title=_("Tokens"),
        sidebar=sidebar,
        live_url=live_url,
        network=None if chain_id is None else network_view(chain_id),
        networks=tuple(
            Tab(f"/money/tokens?on={each.chain_id}", each.name, each.chain_id == chain_id, each.kind)
            for each in views
        ),
        listed=tuple(_token_line(each) for each in assets if each.token is not None and each.listed),
        added=tuple(_token_line(each) for each in assets if each.token is not None and not each.listed),
        found=None if found is None else _token_line(found),
        typed=typed,
        problem=problem,
    )


def _token_line(asset: Asset) -> TokenLine:
    return TokenLine(
        symbol=unit_of(asset),
        name=display.plain(asset.name, TOKEN_NAME_CHARACTERS),
        address=asset.token or "",
        decimals=asset.decimals,
        stranger=amount_view(0, asset).stranger,
    )


async def _addresses_page(
    messenger: Messenger, typed: dict[str, str] | None = None, problem: str | None = None
) -> AddressesPage:
    who = await read_parties(messenger)
    saved = await messenger.money.saved_addresses()
    return AddressesPage(
        _("Saved addresses"),
        *await beside(messenger),
        lines=tuple(SavedLine(who(each.address), each.watched) for each in saved),
        typed=typed or {},
        problem=problem,
    )
