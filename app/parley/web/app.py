"""Puts the pages together around one opened profile."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from parley.chat.errors import ChatError
from parley.resources import static_directory
from parley.web import contacts, conversations, signin
from parley.web.entrance import Entrance
from parley.web.errors import CatchAll, WebError
from parley.web.live import Streams
from parley.web.ports import Messenger
from parley.web.rendering import Renderer
from parley.web.security import BodyLimit, Guard, SecurityHeaders
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


def create_app(messenger: Messenger, *, port: int, entrance: Entrance | None = None) -> FastAPI:
    """Make the application that shows `messenger`.

    Args:
        messenger: an opened profile; it must outlive the application.
        port: the port that browsers use; requests for another host or port are refused.
        entrance: who gets in; by default nobody, since no launch link is valid.
    """
    app = FastAPI(
        docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, telemetry=NO_TELEMETRY
    )
    app.state.messenger = messenger
    app.state.renderer = Renderer()
    app.state.streams = Streams()
    app.state.entrance = entrance = entrance or Entrance(port)
    app.state.form_limit = FORM_LIMIT_BYTES

    app.include_router(signin.router)
    app.include_router(conversations.router)
    app.include_router(contacts.router)
    app.mount("/static", StaticFiles(directory=static_directory()))
    for kind in (ChatError, WebError, HTTPException):
        app.add_exception_handler(kind, _explained)

    # The last one added is the outermost. Order matters: refusals and errors carry the policy too, and nothing of
    # a request that `Guard` or `Gate` refuses is read.
    app.add_middleware(BodyLimit, limit=FORM_LIMIT_BYTES)
    app.add_middleware(Gate, entrance=entrance)
    app.add_middleware(Guard, port=port)
    app.add_middleware(CatchAll)
    app.add_middleware(SecurityHeaders)
    return app


async def _explained(request: Request, error: Exception) -> Response:
    renderer: Renderer = request.app.state.renderer
    return renderer.error(request, error)
