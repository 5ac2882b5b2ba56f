"""Direct conversations as they are stored, loaded for a step, and shown."""

from __future__ import annotations

from dataclasses import dataclass, field

from parley.chat.contacts.model import ContactDevice, ContactRow, Standing
from parley.chat.delivery.model import DeliveryState


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A direct conversation; replaces the row of the same id.

    Attributes:
        conversation_id: 32 hex characters, random and local: it stands in addresses of pages, which end up in
            the browser's history, and must name nobody.
        channel_id: 32 bytes, the same for both accounts.
        account: the other account, EIP-55 text.
        created_at_ms: when it was made here.
        given_secret_id: the own delivery secret that was last put into it, 16 bytes, or None.
    """

    conversation_id: str
    channel_id: bytes
    account: str
    created_at_ms: int
    given_secret_id: bytes | None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One SDS message of a conversation, own or received. A second row of the same id is refused as a whole commit.

    Attributes:
        message_id: 32 bytes, unique in the profile.
        sender_account: EIP-55 text.
        sender_device: 32 bytes.
        lamport: SDS lamport time in milliseconds; the final order is (lamport, message_id).
        causes: ids of the messages this one follows.
        content: encoded content.
        shown: whether a person sees it; state updates are kept but not shown.
        at_ms: when it was sent by an own device, or arrived here.
        form_token: the token of the form that sent it, unique, so that a form sent twice makes one message.
    """

    message_id: bytes
    conversation_id: str
    sender_account: str
    sender_device: bytes
    own: bool
    lamport: int
    causes: tuple[bytes, ...]
    content: bytes = field(repr=False)
    shown: bool
    at_ms: int
    form_token: str | None = None


@dataclass(frozen=True, slots=True)
class SeenRow:
    """An envelope that was decrypted and committed; replaces the row of the same hash.

    Attributes:
        envelope_hash: SHA-256 of the envelope, 32 bytes.
        device_id: the sender's device.
        message_id: the SDS message in it, or None for an acknowledgement alone (which is never acknowledged).
        acknowledged_at_ms: when its acknowledgement was last owed; limits how often a repeat is answered.
    """

    envelope_hash: bytes
    device_id: bytes
    message_id: bytes | None
    seen_at_ms: int
    acknowledged_at_ms: int


@dataclass(frozen=True, slots=True)
class DeliverySecretRow:
    """A delivery secret: the own one (account is the own account), or the newest received from a contact.

    Attributes:
        account: whose messages are delivered under it, EIP-55 text.
        secret_id: 16 bytes.
        secret: 32 bytes.
        issued_at_ms: the newest issued one of an account replaces older ones for sending.
    """

    account: str
    secret_id: bytes
    secret: bytes = field(repr=False)
    issued_at_ms: int


@dataclass(frozen=True, slots=True)
class LoadedSession:
    """One device of the contact with the session to it, if there is one."""

    device: ContactDevice
    version: int
    session: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class LoadedConversation:
    """A conversation with all that a step on it needs, read in one go.

    Attributes:
        sessions: one for each live device of the contact.
        contact_secret: the newest delivery secret received from the contact, if any.
        sent_before: the own message that the same form made earlier, if any.
    """

    row: ConversationRow
    contact: ContactRow
    channel_version: int
    channel: bytes = field(repr=False)
    sessions: tuple[LoadedSession, ...]
    contact_secret: DeliverySecretRow | None
    sent_before: bytes | None = None

    @property
    def is_with_contact(self) -> bool:
        """Whether the other one is a contact, who may be answered; not so a stranger or somebody blocked."""
        return self.contact.standing is Standing.CONTACT

    def session(self, device_id: bytes) -> LoadedSession | None:
        """The session with one device of the contact, or None if the record does not name it."""
        return next((each for each in self.sessions if each.device.device_id == device_id), None)


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """One line of the list of conversations.

    Attributes:
        last_state: the delivery of the last message; None for a received one.
        unread: how many received messages nobody has seen yet, at most `reading.model.MAX_UNREAD`.
        draft: what is written and not sent; empty if nothing is.
    """

    conversation_id: str
    account: str
    nickname: str
    last_content: bytes | None = field(repr=False)
    last_own: bool
    last_at_ms: int | None
    last_state: DeliveryState | None = None
    unread: int = 0
    draft: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """One message as a page shows it.

    Attributes:
        state: the least advanced delivery over the recipient's devices; None for a received message.
        relays: how many peers the last publish was handed to.
    """

    message_id: bytes
    own: bool
    content: bytes = field(repr=False)
    lamport: int
    at_ms: int
    state: DeliveryState | None
    relays: int
