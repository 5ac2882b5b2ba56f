"""A contact as it is stored."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ContactDevice:
    """One live device of a contact: where a message is encrypted to.

    Attributes:
        device_id: 32 bytes, the Ed25519 device key.
        bundle: the device's signed prekey bundle.
    """

    device_id: bytes
    bundle: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact with the devices its record names; replaces the row of the same account.

    Attributes:
        account: the account's text (e2ee/README.md#account).
        inbox_id: 32 bytes, the account's place in the network.
        nickname: what the owner of this profile calls them; may be empty.
        record: the contact record as it was verified.
        head: 32-byte hash of the entries of the record.
        devices: the live devices, in the record's order.
        added_at_ms: when the contact was first added.
    """

    account: str
    inbox_id: bytes
    nickname: str
    record: bytes = field(repr=False)
    head: bytes
    devices: tuple[ContactDevice, ...]
    added_at_ms: int


@dataclass(frozen=True, slots=True)
class ComparedNumber:
    """The safety number that was last compared with a contact; replaces the row of the same account.

    Attributes:
        number: 60 digits. Once another one is true, devices were added or ended on either side.
    """

    account: str
    number: str
    compared_at_ms: int
