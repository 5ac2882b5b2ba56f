"""The demo's own page: how each part is doing, and the ways in. HTML that looks at itself again.

What keeps other pages out (host, origin, headers) is put around it by whoever serves it; who gets in is asked of a
`Door`, since one of the ways in leads to a Parley of one's own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from parley.resources import static_directory
from parley_demo.errors import NotReadyError
from parley_demo.parts import PEOPLE, Part, Parts, State

SOON_S: Final = 2
LATER_S: Final = 10
"""After so many seconds the page looks at itself again: while something starts, and once all is well."""

_STATES: Final = {
    State.WAITING: "Waiting",
    State.STARTING: "Starting",
    State.RUNNING: "Running",
    State.FAILED: "Stopped",
}

_WHO: Final = {
    "Alice": "Talks to Bob and Carol.",
    "Bob": "Talks to Alice and Carol.",
    "Carol": "Answers by herself.",
}


class Door(Protocol):
    """Who gets in."""

    def lets_in(self, headers: Headers) -> bool:
        """Whether this browser was let in."""
        ...

    async def open(self, token: str) -> str | None:
        """Use a launch link up, for the `Set-Cookie` header that lets the browser in; None if it is not valid."""
        ...


class Demo(Protocol):
    """What the page shows and leads to."""

    parts: Parts

    async def enter(self, name: str) -> str:
        """A fresh launch link of somebody's page. Raises NotReadyError."""
        ...

    async def enter_as_yourself(self) -> str:
        """A fresh launch link of a Parley of one's own. Raises NotReadyError."""
        ...


@dataclass(frozen=True, slots=True)
class PartView:
    """One line of what runs; `state` is a word of `State`."""

    name: str
    state: str
    state_text: str
    detail: str
    advice: str


@dataclass(frozen=True, slots=True)
class PersonView:
    """Somebody to enter as; `action` is where the form posts to, empty while they do not answer."""

    name: str
    text: str
    action: str


@dataclass(frozen=True, slots=True)
class ProgressPage:
    """The page."""

    title: str
    refresh_s: int
    lead: str
    parts: tuple[PartView, ...]
    people: tuple[PersonView, ...]
    yourself: str


@dataclass(frozen=True, slots=True)
class ShutPage:
    """For a browser that was not let in."""

    title: str
    command: str


def progress_page(parts: Parts) -> ProgressPage:
    """What the page shows now."""
    settled = parts.ready and all(each.runs for each in parts)
    if settled:
        lead = "Everything runs. Enter as one of them, or start as yourself."
    elif any(each.state is State.FAILED for each in parts):
        lead = "Something stopped. It is started again by itself."
    else:
        lead = "The demo is starting. This takes half a minute at most."
    running = sum(each.runs for each in parts)
    return ProgressPage(
        title="Demo" if settled else f"Demo: {running} of {len(tuple(parts))}",
        refresh_s=LATER_S if settled else SOON_S,
        lead=lead,
        parts=tuple(_part_view(each) for each in parts),
        people=tuple(
            PersonView(name, _WHO[name], f"/enter/{name.lower()}" if parts.runs(name) else "")
            for name in PEOPLE
        ),
        yourself="/yourself" if parts.ready else "",
    )


def create_page(
    demo: Demo,
    door: Door,
    folder: Path,
    render: Callable[[str, object], str],
    guards: Sequence[Middleware],
) -> Starlette:
    """Make the application.

    Args:
        folder: the demo's folder, which a command is told for a new link.
        render: makes HTML of the template of a name and what it shows.
        guards: what stands around everything, the outermost first.
    """

    def shut() -> Response:
        # Whoever is refused learns where the folder is, which any program of this person can see as well.
        return HTMLResponse(
            render("demo/shut.html", ShutPage("Demo", f"parley open --data {folder}")), status_code=401
        )

    async def launch(request: Request) -> Response:
        """GET: let a browser in, once. A page that leads on, or 401."""
        # A browser that guesses where the person goes next must not use the link up.
        if "prefetch" in request.headers.get("sec-purpose", request.headers.get("purpose", "")):
            return Response(status_code=503)
        cookie = await door.open(request.path_params["token"])
        if cookie is None:
            return RedirectResponse("/", 303) if door.lets_in(request.headers) else shut()
        # Not a redirect: a Strict cookie is not sent along one that began on another page.
        answer = HTMLResponse(render("demo/open.html", ShutPage("Demo", "")))
        answer.headers.append("Set-Cookie", cookie)
        return answer

    def inside(
        handler: Callable[[Request], Awaitable[Response]],
    ) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            # Guarded by tests/parley_demo/test_page.py::test_without_a_link_nothing_answers.
            return await handler(request) if door.lets_in(request.headers) else shut()

        return guarded

    async def show(_request: Request) -> Response:
        """GET: how everything is doing."""
        return HTMLResponse(render("demo/progress.html", progress_page(demo.parts)))

    async def enter(request: Request) -> Response:
        """POST: 303 to a fresh launch link of somebody's page, made now; back to the page while there is none."""
        names = {each.lower(): each for each in PEOPLE}
        return await _lead_to(lambda: demo.enter(names.get(request.path_params["name"], "")))

    async def yourself(_request: Request) -> Response:
        """POST: start a Parley of one's own, and 303 to its launch link."""
        return await _lead_to(demo.enter_as_yourself)

    return Starlette(
        routes=[
            Route("/", inside(show), methods=["GET"]),
            Route("/launch/{token}", launch, methods=["GET"]),
            Route("/enter/{name}", inside(enter), methods=["POST"]),
            Route("/yourself", inside(yourself), methods=["POST"]),
            Mount("/static", StaticFiles(directory=static_directory())),
        ],
        middleware=guards,
    )


async def _lead_to(link: Callable[[], Awaitable[str]]) -> Response:
    try:
        return RedirectResponse(await link(), 303)
    except NotReadyError:
        return RedirectResponse("/", 303)


def _part_view(part: Part) -> PartView:
    state = part.state
    text = "Starting again" if state is State.STARTING and part.failures else _STATES[state]
    return PartView(part.name, state.value, text, part.detail, part.advice)
