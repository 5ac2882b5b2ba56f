"""Errors of the product. Each carries facts; the sentence a person reads is made where it is shown."""

from __future__ import annotations


class ChatError(Exception):
    """Root of what a step refuses."""


class ContentTooLongError(ChatError):
    """The content does not fit one message."""

    def __init__(self, length: int, limit: int) -> None:
        super().__init__(f"content of {length} bytes, at most {limit}")
        self.length = length
        self.limit = limit


class EmptyTextError(ChatError):
    """A text with nothing to read in it."""


class MalformedContentError(ChatError):
    """Bytes that are not a content."""


class MalformedPaymentContentError(ChatError):
    """A content about money that is not whole, not signed by who sent it, or out of bounds."""


class UnknownConversationError(ChatError):
    """No conversation has this id."""

    def __init__(self, conversation_id: str) -> None:
        super().__init__("unknown conversation")
        self.conversation_id = conversation_id


class UnknownMessageError(ChatError):
    """The conversation shows no such message."""


class OwnRecordError(ChatError):
    """The account or contact record is one's own: nobody is their own contact."""


class InvalidAccountError(ChatError):
    """The text names no account."""


class UnknownContactError(ChatError):
    """Nobody is known by this account or conversation."""


class BlockedContactError(ChatError):
    """The account is blocked, and has to be unblocked before it can be a contact."""

    def __init__(self, account: str) -> None:
        super().__init__("blocked")
        self.account = account


class TooManyPendingError(ChatError):
    """More contacts are asked for than are waited for at once."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} pending contacts")
        self.limit = limit


class WrongSafetyNumberError(ChatError):
    """The contact sees another safety number than this side."""


class NotAnInviteError(ChatError):
    """The text is no invite link."""


class NewerInviteError(NotAnInviteError):
    """A newer Parley made the invite."""


class AlteredInviteError(NotAnInviteError):
    """The invite is not what its device signed: something in it was changed, or got lost."""


class ForeignInviteError(ChatError):
    """The invite is good in another network (`theirs`) than this one (`ours`)."""

    def __init__(self, ours: int, theirs: int) -> None:
        super().__init__(f"an invite of network {theirs}, not {ours}")
        self.ours = ours
        self.theirs = theirs


class ExpiredInviteError(ChatError):
    """The invite was good until `expired_at_ms`."""

    def __init__(self, expired_at_ms: int) -> None:
        super().__init__("expired")
        self.expired_at_ms = expired_at_ms


class UnknownInviteError(ChatError):
    """No invite that is good has this id."""


class TooManyInvitesError(ChatError):
    """More invites than are good at once."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} invites")
        self.limit = limit


class NoLiveDeviceError(ChatError):
    """The contact record names no device that a message could be encrypted to."""


class NotAContactError(ChatError):
    """The sender is not among the contacts; nothing was kept, and their device will send again."""


class RefusedMessageError(ChatError):
    """The message cannot be accepted now; nothing was kept, and a resend may be accepted later."""


class RequestFullError(RefusedMessageError):
    """As much as is kept of a stranger is kept; once they are accepted, what they resend arrives."""


class InvalidContactRecordError(ChatError):
    """The bytes are not a contact record that can be trusted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InvalidChainIdError(ChatError):
    """No network can have this number: chain ids are 1 to `limit`."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a chain id is 1 to {limit}")
        self.limit = limit


class InvalidNodeAddressError(ChatError):
    """The address in this place (from 1) is none of an Ethereum node. It is not repeated: it may hold a key."""

    def __init__(self, place: int) -> None:
        super().__init__(f"address {place} is none of a node")
        self.place = place


class TooManyNodesError(ChatError):
    """More nodes for one network than are kept."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} nodes")
        self.limit = limit


class TooManyNetworksError(ChatError):
    """More networks with nodes than are kept."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"nodes for more than {limit} networks")
        self.limit = limit


class LockAfterError(ChatError):
    """Parley cannot lock itself after so long: 0 to `limit` minutes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"0 to {limit} minutes")
        self.limit = limit


class MalformedPreferencesError(ChatError):
    """Bytes that are not preferences this version can read."""


class StorageError(ChatError):
    """Root of what a store raises; nothing of the commit was stored."""


class StaleStateError(StorageError):
    """A state has moved on since the step read it."""

    def __init__(self, kind: str, read_version: int, stored_version: int) -> None:
        super().__init__(f"{kind} was read at version {read_version}, stored is {stored_version}")
        self.kind = kind
        self.read_version = read_version
        self.stored_version = stored_version


class DiskFullError(StorageError):
    """There is no room on the disk of the data folder."""


class StorageCorruptError(StorageError):
    """The database file is damaged."""


class AlreadyPayingError(ChatError):
    """The transaction request has a payment (`payment_id`) that was made, or that may still be."""

    def __init__(self, payment_id: str) -> None:
        super().__init__("already paying")
        self.payment_id = payment_id


class UnknownRequestError(ChatError):
    """There is no transaction request of this id."""


class RequestClosedError(ChatError):
    """A transaction request can be neither paid nor declined nor taken back in the state that it is in."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state
