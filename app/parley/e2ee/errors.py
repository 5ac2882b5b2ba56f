"""What can go wrong in this room. Attributes carry facts and numbers, never secrets.

`NotForUsError` and `DecryptionError` carry nothing on purpose: whatever failed, a caller that answers, logs or
counts can not show more than that it failed.
"""


class E2eeError(Exception):
    """The root of every error this room raises on purpose."""


class NotForUsError(E2eeError):
    """The envelope could not be opened with this device's keys: foreign, damaged and forged look the same."""

    def __init__(self) -> None:
        super().__init__("The envelope can not be opened by this device.")


class DecryptionError(E2eeError):
    """The message inside an opened envelope could not be read: replayed, damaged and forged look the same."""

    def __init__(self) -> None:
        super().__init__("The message can not be decrypted.")


class PlainTextTooLongError(E2eeError):
    """The text to encrypt is longer than its kind of envelope may carry."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"{size} bytes are more than the {limit} that fit.")
        self.size = size
        self.limit = limit


class InvalidBundleError(E2eeError):
    """A bundle is malformed, not signed by its device, or holds keys no agreement can be made with."""


class InvalidEndorsementError(E2eeError):
    """An endorsement is malformed, or not signed by the account and the device it names."""


class InvalidContactRecordError(E2eeError):
    """A contact record is malformed, or something in it is not what its signatures say."""


class ContactRecordTooLargeError(InvalidContactRecordError):
    """A contact record holds more live devices, entries or bytes than allowed."""

    def __init__(self, what: str, count: int, limit: int) -> None:
        super().__init__(f"{count} {what} are more than the {limit} allowed.")
        self.what = what
        self.count = count
        self.limit = limit


class UnreadableStateError(E2eeError):
    """A stored state is damaged or of an unknown version: a broken invariant, not a peer's doing."""


class WrongPeerError(E2eeError):
    """A session was handed in with another device's bundle, or another own device: the caller's bug."""
