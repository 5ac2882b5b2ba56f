"""Puts the pages together around one opened profile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import trio
from fastapi import FastAPI, Request
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from parley.chat.errors import ChatError
from parley.messenger.errors import (
    InvalidAddressError,
    NodesUnreachableError,
    NoNodeError,
    NoSuchWayError,
    ProfileClosedError,
    ProfileExistsError,
    WalletError,
    WrongChecksumError,
    WrongNodeChainError,
)
from parley.messenger.money.errors import MoneyError
from parley.resources import static_directory
from parley.web import (
    composing,
    connections,
    contact,
    contacts,
    conversations,
    imports,
    invites,
    locking,
    network,
    requests,
    settings,
    signin,
    unlocking,
    unlocking_settings,
    wallet,
    wallet_accounts,
    wallet_signin,
    welcome,
    words,
)
from parley.web.attempts import Attempts
from parley.web.entrance import Entrance
from parley.web.errors import CatchAll, LockedError, NoSetUpError, WebError
from parley.web.idle import Activity
from parley.web.live import Streams
from parley.web.money import (
    answering,
    asking,
    asking_signed,
    calling,
    keeping,
    overview,
    previews,
    receiving,
    sending,
)
from parley.web.ports import Keeper, Messenger, SetUp, Ways
from parley.web.rendering import Renderer, wants_block
from parley.web.security import BodyLimit, Guard, SecurityHeaders
from parley.web.server import origin_of
from parley.web.signin import Gate

FORM_LIMIT_BYTES = 1024 * 1024
"""A text of 64 KiB grows to at most 192 KiB in a form; a contact record is at most 64 KiB."""


# FastAPI can hand addresses, times and errors to OpenTelemetry, and the environment alone can turn that on. Here they
# tell who writes to whom and when. Guarded by tests/web/test_security.py::test_nothing_is_measured.
NO_TELEMETRY: TelemetryConfig = {
    "auto_configure": False,
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
}


NODE_ERRORS = (
    InvalidAddressError,
    NoNodeError,
    NodesUnreachableError,
    WrongChecksumError,
    WrongNodeChainError,
)
"""What reading Ethereum for a page can come to."""


class AlwaysOpen:
    """Keeps a profile that somebody else opened, and that cannot be locked from here."""

    def __init__(self, messenger: Messenger) -> None:
        self.messenger = messenger
        self.set_up = None

    async def has_profile(self) -> bool:
        """It does."""
        return True

    async def begin(self, passphrase: str, device_name: str) -> SetUp:  # noqa: ARG002
        """Never: there is one."""
        raise ProfileExistsError(Path())

    def abandon(self) -> None:
        """Nothing: there is none."""

    async def ways(self) -> Ways:
        """As the profile says."""
        return await self.messenger.ways()

    async def unlock(self, passphrase: str) -> None:
        """Nothing: it is open."""

    async def unlock_request(self) -> dict[str, Any]:
        """Never: it is open."""
        raise NoSuchWayError("wallet")

    async def unlock_by_signature(self, signature: bytes) -> None:
        """Nothing: it is open."""

    async def unlock_by_keyring(self) -> None:
        """Nothing: it is open."""

    async def lock(self) -> None:
        """Nothing: it stays open."""


def create_app(
    profile: Messenger | Keeper,
    *,
    port: int,
    entrance: Entrance | None = None,
    sentence_of: Callable[[BaseException], str | None] = lambda _error: None,
) -> FastAPI:
    """Make the application that shows a profile.

    Args:
        profile: an opened profile, which must outlive the application, or a keeper that opens and locks it.
        sentence_of: what a person is told if a profile cannot be opened; None for an error of our own.
        port: the port that browsers use; requests for another host or port are refused.
        entrance: who gets in; by default nobody, since no launch link is valid.
    """
    app = FastAPI(
        docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, telemetry=NO_TELEMETRY
    )
    app.state.keeper = profile if hasattr(profile, "has_profile") else AlwaysOpen(profile)
    app.state.origin = origin_of(port)
    app.state.sentence_of = sentence_of
    app.state.attempts = Attempts()
    app.state.unlocking = trio.Lock()
    app.state.activity = activity = Activity()
    app.state.renderer = Renderer()
    app.state.streams = Streams()
    app.state.entrance = entrance = entrance or Entrance(port)
    app.state.form_limit = FORM_LIMIT_BYTES

    app.include_router(signin.router)
    app.include_router(unlocking.router)
    for rooms in (welcome, words, imports, wallet_signin, unlocking_settings):
        app.include_router(rooms.router)
    app.include_router(conversations.router)
    app.include_router(composing.router)
    app.include_router(connections.router)
    for people in (contacts, contact, requests, invites):
        app.include_router(people.router)
    for pay in (asking, asking_signed, answering, sending, calling, previews, overview, receiving, keeping):
        app.include_router(pay.router)
    app.include_router(settings.router)
    app.include_router(network.router)
    app.include_router(locking.router)
    app.include_router(wallet.router)
    app.include_router(wallet_accounts.router)
    app.mount("/static", StaticFiles(directory=static_directory()))
    for kind in (ChatError, WalletError, WebError, HTTPException, MoneyError, *NODE_ERRORS):
        app.add_exception_handler(kind, _explained)
    app.add_exception_handler(NoSetUpError, _begin_anew)
    for closed in (LockedError, ProfileClosedError, trio.ClosedResourceError):
        app.add_exception_handler(closed, _locked)

    # The last one added is the outermost. Order matters: refusals and errors carry the policy too, and nothing of
    # a request that `Guard` or `Gate` refuses is read.
    app.add_middleware(BodyLimit, limit=FORM_LIMIT_BYTES)
    app.add_middleware(Gate, entrance=entrance, activity=activity)
    app.add_middleware(Guard, port=port)
    app.add_middleware(CatchAll)
    app.add_middleware(SecurityHeaders)
    return app


async def _locked(request: Request, error: Exception) -> Response:
    if request.method == "GET" and not wants_block(request):
        return RedirectResponse("/unlock", 303)
    return await _explained(request, error)


async def _begin_anew(_request: Request, _error: Exception) -> Response:
    return RedirectResponse("/welcome?anew=1", 303)


async def _explained(request: Request, error: Exception) -> Response:
    renderer: Renderer = request.app.state.renderer
    return renderer.error(request, error)
