"""What can go wrong in sync. A ValueError is a bug of the caller and is not listed here.

Attributes carry names of fields and numbers, never content or identifiers.
"""


class SyncError(Exception):
    """The root of every error of this room."""


class MalformedMessageError(SyncError):
    """The peer's bytes are no SDS message of this profile; `field` names what was wrong, or is "encoding"."""

    def __init__(self, field: str) -> None:
        super().__init__(f"malformed SDS message: {field}")
        self.field = field


class WrongChannelError(SyncError):
    """The peer's message belongs to another channel than the one it was received for."""


class WrongSenderError(SyncError):
    """The peer's message names another sender than the participant that was authenticated."""


class TooFarAheadError(SyncError):
    """The peer's lamport time is more than 24 h ahead: refused now, acceptable once time has caught up."""

    def __init__(self, lamport: int, now_ms: int) -> None:
        super().__init__(f"lamport time {lamport - now_ms} ms ahead")
        self.lamport = lamport
        self.now_ms = now_ms


class UnreadableChannelError(SyncError):
    """A stored channel state is damaged or of an unknown version: ours, so it propagates and stops."""

    def __init__(self, version: int | None) -> None:
        super().__init__(f"unreadable channel state, version {version}")
        self.version = version
