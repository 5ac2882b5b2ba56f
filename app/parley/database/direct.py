"""Conversations, delivery secrets, and what a step loads; mirrors a part of chat/direct/ports.py."""

from __future__ import annotations

import apsw

from parley.chat.commit import StateKind
from parley.chat.delivery.model import DeliveryState
from parley.chat.direct.model import (
    ConversationRow,
    ConversationSummary,
    DeliverySecretRow,
    LoadedConversation,
    LoadedSession,
)
from parley.database.contacts import read_contact, read_contact_of_device
from parley.database.delivery import least_advanced
from parley.database.reading import UNREAD
from parley.database.states import read_state

_CONVERSATION = (
    "SELECT conversation_id, channel_id, account, created_at_ms, given_secret_id FROM conversations"
)


def store_conversation(connection: apsw.Connection, row: ConversationRow) -> None:
    """Make or replace the conversation of this id."""
    connection.execute(
        """
        INSERT INTO conversations (conversation_id, channel_id, account, created_at_ms, given_secret_id)
        VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (conversation_id) DO UPDATE SET
            channel_id = excluded.channel_id,
            account = excluded.account,
            created_at_ms = excluded.created_at_ms,
            given_secret_id = excluded.given_secret_id
        """,
        (row.conversation_id, row.channel_id, row.account, row.created_at_ms, row.given_secret_id),
    )


def forget_conversation(connection: apsw.Connection, conversation_id: str) -> None:
    """Remove a conversation with all that belongs to it and to nothing else."""
    row = connection.execute(f"{_CONVERSATION} WHERE conversation_id = ?", (conversation_id,)).fetchone()
    if row is None:
        return
    conversation = ConversationRow(*row)
    for table in ("deliveries", "outbox"):
        connection.execute(
            f"""
            DELETE FROM {table}
            WHERE message_id IN (SELECT message_id FROM messages WHERE conversation_id = ?)
            """,  # noqa: S608 - both names stand right above.
            (conversation_id,),
        )
    connection.execute("DELETE FROM messages WHERE conversation_id = ?", (conversation_id,))
    connection.execute("DELETE FROM conversations WHERE conversation_id = ?", (conversation_id,))
    connection.execute("DELETE FROM delivery_secrets WHERE account = ?", (conversation.account,))
    connection.execute(
        "DELETE FROM states WHERE kind = ? AND key = ?", (StateKind.CHANNEL.value, conversation.channel_id)
    )
    connection.execute(
        """
        DELETE FROM states WHERE kind = ? AND key IN (
            SELECT device_id FROM contact_devices WHERE account = ?
            EXCEPT SELECT device_id FROM contact_devices WHERE account <> ?
        )
        """,
        (StateKind.SESSION.value, conversation.account, conversation.account),
    )


def store_delivery_secret(connection: apsw.Connection, row: DeliverySecretRow) -> None:
    """Keep a delivery secret, or replace the one of the same account and id."""
    connection.execute(
        """
        INSERT INTO delivery_secrets (account, secret_id, secret, issued_at_ms) VALUES (?, ?, ?, ?)
        ON CONFLICT (account, secret_id) DO UPDATE SET
            secret = excluded.secret,
            issued_at_ms = excluded.issued_at_ms
        """,
        (row.account, row.secret_id, row.secret, row.issued_at_ms),
    )


def read_delivery_secrets(connection: apsw.Connection, account: str) -> tuple[DeliverySecretRow, ...]:
    """All secrets of an account, the newest first."""
    rows = connection.execute(
        """
        SELECT account, secret_id, secret, issued_at_ms FROM delivery_secrets
        WHERE account = ? ORDER BY issued_at_ms DESC, secret_id DESC
        """,
        (account,),
    )
    return tuple(DeliverySecretRow(*row) for row in rows)


def load_conversation(
    connection: apsw.Connection, conversation_id: str, form_token: str | None
) -> LoadedConversation | None:
    """A conversation with all that a step on it needs."""
    row = connection.execute(f"{_CONVERSATION} WHERE conversation_id = ?", (conversation_id,)).fetchone()
    return None if row is None else _load(connection, ConversationRow(*row), form_token)


def load_conversation_with(connection: apsw.Connection, device_id: bytes) -> LoadedConversation | None:
    """The conversation with the contact whose record names this device."""
    contact = read_contact_of_device(connection, device_id)
    return None if contact is None else load_conversation_of(connection, contact.account)


def load_conversation_of(connection: apsw.Connection, account: str) -> LoadedConversation | None:
    """The conversation with this account."""
    row = connection.execute(f"{_CONVERSATION} WHERE account = ?", (account,)).fetchone()
    return None if row is None else _load(connection, ConversationRow(*row), None)


def _load(
    connection: apsw.Connection, row: ConversationRow, form_token: str | None
) -> LoadedConversation | None:
    contact = read_contact(connection, row.account)
    if contact is None:
        # Foreign keys rule this out in a file that only this room has written.
        return None
    channel = read_state(connection, StateKind.CHANNEL, row.channel_id)
    sessions = []
    for device in contact.devices:
        session = read_state(connection, StateKind.SESSION, device.device_id)
        sessions.append(LoadedSession(device, session.version, session.state))
    secrets = read_delivery_secrets(connection, row.account)
    return LoadedConversation(
        row=row,
        contact=contact,
        channel_version=channel.version,
        channel=channel.state or b"",
        sessions=tuple(sessions),
        contact_secret=secrets[0] if secrets else None,
        sent_before=_sent_before(connection, form_token),
    )


def _sent_before(connection: apsw.Connection, form_token: str | None) -> bytes | None:
    if form_token is None:
        return None
    row = connection.execute("SELECT message_id FROM messages WHERE form_token = ?", (form_token,)).fetchone()
    return None if row is None else bytes(row[0])


def _least_advanced(states: str | None) -> DeliveryState | None:
    found = [] if states is None else [DeliveryState(each) for each in states.split(",")]
    return least_advanced((each, 0) for each in found)[0]


def read_conversations(connection: apsw.Connection) -> tuple[ConversationSummary, ...]:
    """All conversations: the one where something happened last first, a new one without messages included."""
    rows = connection.execute(
        f"""
        SELECT
            conversations.conversation_id, conversations.account, nickname, content, own, messages.at_ms,
            (
                SELECT group_concat(state) FROM deliveries WHERE deliveries.message_id = messages.message_id
            ),
            {UNREAD},
            coalesce(drafts.text, '')
        FROM conversations
        JOIN contacts USING (account)
        LEFT JOIN drafts ON drafts.conversation_id = conversations.conversation_id
        LEFT JOIN read_places ON read_places.conversation_id = conversations.conversation_id
        LEFT JOIN messages ON messages.message_id = (
            SELECT message_id FROM messages AS last
            WHERE last.conversation_id = conversations.conversation_id AND last.shown
            ORDER BY last.lamport DESC, last.message_id DESC LIMIT 1
        )
        WHERE standing = 'contact'
        ORDER BY coalesce(messages.at_ms, conversations.created_at_ms) DESC, conversations.conversation_id
        """  # noqa: S608 -- the text is a constant.
    )
    return tuple(
        ConversationSummary(
            conversation_id=conversation_id,
            account=account,
            nickname=nickname,
            last_content=content,
            last_own=bool(own),
            last_at_ms=at_ms,
            last_state=_least_advanced(states),
            unread=unread,
            draft=draft,
        )
        for conversation_id, account, nickname, content, own, at_ms, states, unread, draft in rows
    )
