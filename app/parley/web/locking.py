"""The setting of locking: after how long without a request Parley locks itself."""

from __future__ import annotations

import re
from typing import cast

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import RedirectResponse, Response

from parley.chat.errors import ChatError, LockAfterError
from parley.chat.preferences.model import MAX_LOCK_AFTER_MINUTES
from parley.web.dependencies import FormDependency, MessengerDependency, RendererDependency
from parley.web.errors import explain
from parley.web.language import gettext as _
from parley.web.language import ngettext
from parley.web.ports import Keeper, Messenger
from parley.web.settings_contexts import LockingPage
from parley.web.snapshot import take_snapshot

router = APIRouter()

PAGE = "settings/locking.html"
_MINUTES = re.compile("[0-9]{1,6}")


@router.get("/settings/locking")
async def locking(
    request: Request, messenger: MessengerDependency, renderer: RendererDependency, done: str = ""
) -> Response:
    """GET: when Parley locks itself."""
    return renderer.respond(request, PAGE, await _page(messenger, done=_("Saved.") if done else None))


@router.post("/settings/locking")
async def set_locking(
    request: Request, form: FormDependency, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: field `minutes`. 303, or the page again: 422, 507."""
    typed = form.text("minutes").strip()
    try:
        if not _MINUTES.fullmatch(typed):
            raise LockAfterError(MAX_LOCK_AFTER_MINUTES)
        await messenger.set_lock_after(int(typed))
    except ChatError as error:
        explanation = explain(error)
        page = await _page(messenger, problem=explanation.text, typed=typed)
        return renderer.respond(request, PAGE, page, status=explanation.status)
    return RedirectResponse("/settings/locking?done=1", 303)


def seconds_until_lock(app: FastAPI) -> float:
    """How long the profile stays open without a request now; 0 for ever, also while there is nothing to lock."""
    messenger = cast(Keeper, app.state.keeper).messenger
    return 0.0 if messenger is None else 60.0 * messenger.locking().minutes


async def _page(
    messenger: Messenger, *, done: str | None = None, problem: str | None = None, typed: str | None = None
) -> LockingPage:
    now = messenger.locking()
    snapshot = await take_snapshot(messenger)
    return LockingPage(
        title=_("Locking"),
        sidebar=snapshot.sidebar,
        live_url=f"/live?shown={snapshot.version}",
        minutes=str(now.stored) if typed is None else typed,
        given=_given(now.minutes) if now.given else None,
        done=done,
        problem=problem,
    )


def _given(minutes: int) -> str:
    if not minutes:
        return _(
            "Parley was started with --lock-after 0, so it does not lock itself until it is started again."
        )
    return ngettext(
        "Parley was started with --lock-after, so it locks itself after %(n)d minute until it is started again.",
        "Parley was started with --lock-after, so it locks itself after %(n)d minutes until it is started again.",
        minutes,
    ) % {"n": minutes}
