"""A turn: the states of one conversation while one step works on them.

The step asks the turn to say, acknowledge or take in something; each call moves the channel and the sessions
forward in memory and notes the rows. `commit` gathers all of it. Dropping a turn changes nothing.
"""

from __future__ import annotations

from dataclasses import replace

from parley.chat.commit import Commit, Row, StateChange, StateKind
from parley.chat.content import Content, encode_content
from parley.chat.delivery.model import DeliveryRow, DeliveryState, OutboxEntry, Outgoing
from parley.chat.devices.model import OwnDevice
from parley.chat.direct.model import LoadedConversation, LoadedSession, MessageRow
from parley.chat.direct.topics import envelope_topic
from parley.chat.errors import ContentTooLongError, NoLiveDeviceError
from parley.chat.events import Event
from parley.e2ee import api as e2ee
from parley.sync import api as sync


class Turn:
    """One step's working copy of a conversation."""

    def __init__(self, loaded: LoadedConversation, own: OwnDevice, now_ms: int) -> None:
        self.loaded = loaded
        self.own = own
        self.now_ms = now_ms
        self.rows: list[Row] = []
        self.outgoing: list[Outgoing] = []
        self.events: list[Event] = []
        self._channel = sync.ChannelState(loaded.channel)
        self._sessions = {each.device.device_id: each for each in loaded.sessions}
        self._changed: set[bytes] = set()

    @property
    def conversation_id(self) -> str:
        """The local id of the conversation."""
        return self.loaded.row.conversation_id

    def say(self, content: Content, *, shown: bool, form_token: str | None = None) -> bytes:
        """Order one content, encrypt it for every device of the contact and put it in the outbox.

        Returns:
            The message id, 32 bytes.

        Raises:
            ContentTooLongError: over 64 KiB, or over 16 KiB before the contact has answered once.
            NoLiveDeviceError: the contact's record names no device.
        """
        if not self._sessions:
            raise NoLiveDeviceError
        encoded = encode_content(content)
        self._channel, message = sync.compose(self._channel, encoded, self.now_ms)
        self.rows.append(
            MessageRow(
                message_id=message.message_id,
                conversation_id=self.conversation_id,
                sender_account=self.own.account,
                sender_device=self.own.device_id,
                own=True,
                lamport=message.lamport,
                causes=sync.mentioned(message.encoded)[1:],
                content=encoded,
                shown=shown,
                at_ms=self.now_ms,
                form_token=form_token,
            )
        )
        for device_id in self._sessions:
            envelope = self._encrypt(device_id, message.encoded)
            self.rows.append(
                DeliveryRow(message.message_id, device_id, DeliveryState.QUEUED, 0, self.now_ms),
            )
            self.rows.append(
                OutboxEntry(message.message_id, device_id, envelope, 0, 0, self.now_ms),
            )
        return message.message_id

    def acknowledge(self) -> None:
        """Send what acknowledgements are owed, if any, as empty messages that leave once."""
        while True:
            self._channel, encoded = sync.acknowledge(self._channel, self.now_ms)
            if encoded is None:
                return
            self._send_once(encoded)

    def owe(self, message_id: bytes) -> None:
        """Owe the acknowledgement of a message again."""
        self._channel = sync.owe(self._channel, message_id)

    def take_in(
        self, device_id: bytes, session: e2ee.SessionState, plaintext: bytes, known: frozenset[bytes]
    ) -> tuple[sync.SyncEvent, ...]:
        """Adopt a session that decrypted `plaintext`, and give the plaintext to the channel.

        Raises:
            sync.SyncError: the channel refuses it; the session is adopted all the same.
        """
        self._adopt(device_id, session)
        self._channel, events = sync.receive(
            self._channel, device_id, plaintext, now_ms=self.now_ms, known=known
        )
        return events

    def commit(self, step: str) -> Commit:
        """All that this turn changed, as one commit."""
        states = [
            StateChange(StateKind.SESSION, each, self._sessions[each].version, self._session_bytes(each))
            for each in sorted(self._changed)
        ]
        if self._channel != self.loaded.channel:
            states.append(
                StateChange(
                    StateKind.CHANNEL,
                    self.loaded.row.channel_id,
                    self.loaded.channel_version,
                    self._channel,
                )
            )
        return Commit(step, tuple(states), tuple(self.rows), tuple(self.outgoing), tuple(self.events))

    def _send_once(self, encoded: bytes) -> None:
        known = self.loaded.contact_secret
        secret = None if known is None else known.secret
        for device_id in self._sessions:
            envelope = self._encrypt(device_id, encoded)
            topic = envelope_topic(envelope, self.loaded.contact.inbox_id, secret, self.now_ms)
            self.outgoing.append(Outgoing(topic, envelope))

    def _encrypt(self, device_id: bytes, plaintext: bytes) -> bytes:
        loaded = self._sessions[device_id]
        try:
            session, envelope = e2ee.encrypt(
                e2ee.DeviceState(self.own.state),
                None if loaded.session is None else e2ee.SessionState(loaded.session),
                e2ee.Bundle(loaded.device.bundle),
                plaintext,
                head=self.own.head,
                introduction=self.own.record,
                now_ms=self.now_ms,
            )
        except e2ee.PlainTextTooLongError as error:
            raise ContentTooLongError(error.size, error.limit) from error
        self._adopt(device_id, session)
        return envelope

    def _adopt(self, device_id: bytes, session: bytes) -> None:
        self._sessions[device_id] = replace(self._sessions[device_id], session=session)
        self._changed.add(device_id)

    def _session_bytes(self, device_id: bytes) -> bytes:
        loaded: LoadedSession = self._sessions[device_id]
        assert loaded.session is not None  # noqa: S101 - only adopted sessions are marked as changed.
        return loaded.session
