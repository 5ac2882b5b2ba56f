"""The page of a conversation put together: from what is read of it, and the form that writes in it."""

from __future__ import annotations

import secrets

from parley.web.contexts import Composer, ConversationPage
from parley.web.display import isolated
from parley.web.snapshot import Snapshot, View


def new_composer(conversation_id: str, text: str = "", problem: str | None = None) -> Composer:
    """A composer that sends one message more, with a text in it."""
    url = f"/conversations/{conversation_id}"
    return Composer(f"{url}/messages", f"{url}/draft", secrets.token_urlsafe(18), text, problem)


def conversation_page(snapshot: Snapshot, view: View, composer: Composer) -> ConversationPage:
    """The page of a conversation with its newest messages."""
    assert snapshot.log is not None  # noqa: S101  (narrows the type; a snapshot of a conversation has its log)
    log = snapshot.log
    return ConversationPage(
        title=isolated(log.person.name),
        sidebar=snapshot.sidebar,
        log=log,
        composer=composer,
        latest_url=None,
        live_url=view.live_url(f"/conversations/{log.conversation_id}", snapshot.version),
        details=snapshot.details,
    )
