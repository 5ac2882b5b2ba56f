"""Keeps every other page, port and name away from this server. Plain ASGI, around everything that answers.

The adversary is a page open in the same browser (a hostile site, another local port, a name that was rebound to
127.0.0.1). It can make the browser send requests here; it must not read an answer or cause a change.
Sources: Fetch Metadata (W3C); Fetch, "append a request Origin header"; notes in README.md#security.

What passes `Guard` came from our own page or from the person; `signin.Gate` then asks whether this browser is let in.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from parley.web.errors import BodyTooLargeError
from parley.web.language import gettext as _

SAFE_METHODS = frozenset({"GET", "HEAD"})

# Guarded by tests/web/test_security.py::test_every_answer_carries_the_policy and tests/browser (no violation).
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "manifest-src 'self'",
        "worker-src 'self'",
    ]
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Not "no-referrer": under it browsers send "Origin: null" with our own forms, which `Guard` refuses.
    "Referrer-Policy": "same-origin",
}


class SecurityHeaders:
    """Puts the policy on every answer, refusals and files included.

    Guarded by tests/web/test_security.py::test_every_answer_carries_the_policy.

    Args:
        policy: for pages with another content security policy than ours.
    """

    def __init__(self, app: ASGIApp, *, policy: str = CONTENT_SECURITY_POLICY) -> None:
        self.app = app
        self.headers = HEADERS | {"Content-Security-Policy": policy}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self.headers)
                # Pages hold private text: neither the disk cache nor the back button may keep it. Files of ours
                # are public and only checked again.
                # Guarded by tests/web/test_security.py::test_pages_are_not_kept_by_the_browser.
                is_file = scope["path"].startswith("/static/")
                headers["Cache-Control"] = "no-cache" if is_file else "no-store"
            await send(message)

        await self.app(scope, receive, send_with_headers)


class Guard:
    """Refuses what did not come from our own page or from the person at the browser."""

    def __init__(self, app: ASGIApp, *, port: int) -> None:
        self.app = app
        # Port 80 is the default of http and left out of both headers by browsers.
        self.host = "localhost" if port == 80 else f"localhost:{port}"
        self.origin = f"http://{self.host}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            # There are no WebSockets here, and a WebSocket is not bound by the same-origin policy.
            await send({"type": "websocket.close", "code": 1008})
            return
        refusal = self.refusal(scope["method"], Headers(scope=scope))
        if refusal is None:
            await self.app(scope, receive, send)
            return
        status, sentence = refusal
        await PlainTextResponse(sentence + "\n", status)(scope, receive, send)

    def refusal(self, method: str, headers: Headers) -> tuple[int, str] | None:
        """Status and sentence of a refusal, or None if the request may pass."""
        # A rebound name arrives with its own name as Host. Exactly one Host, exactly ours: two would let a proxy
        # and us read different ones. Guarded by tests/web/test_security.py::test_host_must_be_ours.
        if headers.getlist("host") != [self.host]:
            return 421, _("This is Parley. Open %(origin)s/ instead.") % {"origin": self.origin}

        # Guarded by tests/web/test_security.py::test_foreign_origin_is_refused. "null" is foreign: a sandboxed
        # frame sends it.
        origins = headers.getlist("origin")
        if any(origin != self.origin for origin in origins):
            return 403, _("This request came from another page.")

        # Another local port is same-site. Guarded by tests/web/test_security.py::test_fetch_site.
        sites = headers.getlist("sec-fetch-site")
        if not set(sites) <= {"same-origin", "none"} and not self._is_link(method, headers, sites):
            return 403, _("This request came from another page.")

        # A browser tells at least one of the two with every form. Guarded by
        # tests/web/test_security.py::test_a_change_must_show_where_it_comes_from.
        if method not in SAFE_METHODS and self.origin not in origins and sites != ["same-origin"]:
            return 403, _("This request did not show that it came from Parley.")
        return None

    def _is_link(self, method: str, headers: Headers, sites: list[str]) -> bool:
        """Whether somebody followed a link on another page: a GET of a whole tab, which that page cannot read."""
        return (
            method == "GET"
            and sites in (["cross-site"], ["same-site"])
            and headers.getlist("sec-fetch-mode") == ["navigate"]
            and headers.getlist("sec-fetch-dest") == ["document"]
        )


class BodyLimit:
    """Stops reading a body at the limit, whatever its Content-Length says.

    Guarded by tests/web/test_limits.py::test_a_body_is_cut_off_while_it_streams.
    """

    def __init__(self, app: ASGIApp, *, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        received = 0

        async def limited_receive() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > self.limit:
                    raise BodyTooLargeError(self.limit)
            return message

        await self.app(scope, limited_receive, send)
