"""Puts the demo's page together with what guards every page of ours."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import trio
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware

from parley.web.entrance import Entrance
from parley.web.errors import LaunchLinkError, TooManyAttemptsError
from parley.web.folder import NotRunningError, PageFolder, launch_link
from parley.web.rendering import Renderer
from parley.web.security import CONTENT_SECURITY_POLICY, Guard, SecurityHeaders
from parley.web.server import origin_of
from parley_demo.errors import NotReadyError
from parley_demo.page import Demo, create_page

if TYPE_CHECKING:
    from parley_demo.folder import DemoFolder

# The forms lead to the people's pages, whose ports are chosen later, and browsers hold the answer to a form to the
# policy too.
DEMO_POLICY: Final = CONTENT_SECURITY_POLICY.replace(
    "form-action 'self'", "form-action 'self' http://localhost:*"
)


def create_demo_page(demo: Demo, entrance: Entrance, folder: Path, port: int) -> Starlette:
    """The demo's page, behind launch links and sessions of its own."""
    renderer = Renderer()
    guards = [Middleware(SecurityHeaders, policy=DEMO_POLICY), Middleware(Guard, port=port)]
    return create_page(
        demo, _Door(entrance), folder, lambda name, page: renderer.page(name, page=page), guards
    )


def new_link(origin: str, launch_key: bytes) -> str:
    """A launch link of the server at `origin`, made now."""
    return launch_link(origin, launch_key, time.time_ns() // 1_000_000)


async def new_link_of(folder: DemoFolder, name: str) -> str:
    """A launch link of the Parley that runs on somebody's data folder.

    Raises:
        NotReadyError: none does.
    """
    page = PageFolder(folder.of(name))
    try:
        key = await trio.to_thread.run_sync(page.running_key)
    except NotRunningError:
        raise NotReadyError from None
    return new_link(origin_of(page.kept_port()), key)


class _Door:
    """Lets browsers in by `Entrance`."""

    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance

    def lets_in(self, headers: Headers) -> bool:
        return self._entrance.signed_in(headers) is not None

    async def open(self, token: str) -> str | None:
        try:
            return await self._entrance.launch(token)
        except (LaunchLinkError, TooManyAttemptsError):
            return None
