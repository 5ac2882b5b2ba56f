"""Signing in by a launch link and out by a button, and the gate that every page but these is behind.

`Gate` stands between `Guard` and `BodyLimit`: what passes `Guard` came from our own page or from the person at the
browser; the cookie then says that this browser was let in.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from parley.web.contexts import ContinuePage
from parley.web.dependencies import EntranceDependency, RendererDependency, StreamsDependency
from parley.web.entrance import Entrance
from parley.web.errors import (
    LaunchLinkError,
    NotSignedInError,
    PrefetchError,
    SignInLockedError,
    TooManyAttemptsError,
    explain,
)
from parley.web.idle import Activity
from parley.web.language import gettext as _
from parley.web.sessions import Session

router = APIRouter()

_SESSION = "parley.session"

SIGN_IN_PATHS = frozenset({"/sign-in", "/sign-in/request"})
"""Open without a session while the profile is unlocked: a wallet proves there whose browser it is."""


@router.get("/launch/{token}")
async def launch(
    request: Request, token: str, entrance: EntranceDependency, renderer: RendererDependency
) -> Response:
    """GET: sign in by a launch link, once. 303 to the first page, or 401."""
    # A browser that guesses where the person goes next must not use the link up.
    # Guarded by tests/web/test_signin.py::test_looking_ahead_does_not_use_a_link_up.
    if "prefetch" in request.headers.get("sec-purpose", request.headers.get("purpose", "")):
        raise PrefetchError
    try:
        cookie = await entrance.launch(token)
    except (LaunchLinkError, TooManyAttemptsError) as error:
        # Whoever is in already (a restored tab, a link clicked twice) just goes on.
        if session_of(request) is not None:
            return RedirectResponse("/", 303)
        if isinstance(error, TooManyAttemptsError):
            return too_many(error)
        raise
    if request.headers.get("sec-fetch-site") == "cross-site":
        # Clicked on another page (a terminal in a browser is one): the cookie is kept, but a Strict cookie is not
        # sent along the redirect of a foreign page. A click on a page of ours is our own. Another port of this
        # machine, from where the demo leads here, is no foreign page to cookies.
        page = ContinuePage(_("Signed in"))
        return _with_cookie(renderer.respond(request, "signin/continue.html", page), cookie)
    return _with_cookie(RedirectResponse("/", 303), cookie)


@router.post("/sign-out")
async def sign_out(request: Request, entrance: EntranceDependency, streams: StreamsDependency) -> Response:
    """POST: end this browser's session and its streams. 303 to the first page, which then tells how to get in."""
    session = session_of(request)
    if session is None:
        raise NotSignedInError
    cookie = await entrance.end(session)
    streams.end(session)
    return _with_cookie(RedirectResponse("/", 303), cookie)


def session_of(request: Request) -> Session | None:
    """The session that `Gate` found."""
    found: Session | None = request.scope.get(_SESSION)
    return found


class Gate:
    """Answers 401 to whoever has no session; open are files of ours, launch links and, while unlocked, signing in.

    Guarded by tests/web/test_signin.py::test_without_a_session_nothing_answers and
    tests/web/test_wallet_signin.py::test_while_locked_no_wallet_signs_in.
    """

    def __init__(self, app: ASGIApp, *, entrance: Entrance, activity: Activity) -> None:
        self.app = app
        self.entrance = entrance
        self.activity = activity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/static/"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        scope[_SESSION] = self.entrance.signed_in(headers)
        if scope[_SESSION] is not None and not scope["path"].endswith("/live"):
            self.activity.note()
        request = Request(scope)
        signs_in = scope["path"] in SIGN_IN_PATHS
        is_open = scope["path"].startswith("/launch/") or (signs_in and _is_unlocked(request))
        if scope[_SESSION] is not None or is_open:
            await self.app(scope, receive, send)
            return
        error = SignInLockedError() if signs_in else NotSignedInError()
        await self._refusal(request, headers, error)(scope, receive, send)

    def _refusal(self, request: Request, headers: Headers, told: Exception) -> Response:
        try:
            wrong = self.entrance.refuse(headers)
        except TooManyAttemptsError as error:
            return too_many(error)
        response: Response = request.app.state.renderer.error(request, told)
        return response if wrong is None else _with_cookie(response, wrong)


def _is_unlocked(request: Request) -> bool:
    return request.app.state.keeper.messenger is not None


def too_many(error: TooManyAttemptsError) -> Response:
    """429 as plain text, because a page is work."""
    explanation = explain(error)
    return PlainTextResponse(explanation.text + "\n", explanation.status, {"Retry-After": "60"})


def _with_cookie(response: Response, cookie: str) -> Response:
    response.headers.append("Set-Cookie", cookie)
    return response
