"""The list of settings. Each entry is a page of its own, with its own module."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from parley.web.dependencies import MessengerDependency, RendererDependency
from parley.web.language import gettext as _
from parley.web.settings_contexts import SettingsEntry, SettingsPage
from parley.web.snapshot import take_snapshot

router = APIRouter()

PAGE = "settings/index.html"


def entries() -> tuple[SettingsEntry, ...]:
    """What can be set, in the order shown. Made anew each time, for the language of its sentences."""
    return (
        SettingsEntry(
            "/settings/network", _("Ethereum network"), _("Which network is read, and by which node")
        ),
        SettingsEntry(
            "/settings/unlocking", _("Unlocking"), _("Your passphrase, and other ways of unlocking")
        ),
        SettingsEntry("/settings/locking", _("Locking"), _("When Parley locks itself")),
        SettingsEntry(
            "/settings/wallet", _("Wallet"), _("Your accounts, your recovery words, and keys from elsewhere")
        ),
    )


@router.get("/settings")
async def settings(
    request: Request, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """GET: the list of settings, as a page."""
    snapshot = await take_snapshot(messenger)
    page = SettingsPage(_("Settings"), snapshot.sidebar, f"/live?shown={snapshot.version}", entries())
    return renderer.respond(request, PAGE, page)
