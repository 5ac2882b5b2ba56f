"""The own profile as it is stored."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """The one row that makes a database a profile.

    Attributes:
        account: the account's text (e2ee/README.md#account).
        account_key: 32-byte secret of the account in an early profile, until it moves into the vault; else None.
        record: the own contact record, as it is given to others; at most 64 KiB.
        head: 32-byte hash of the own identity log's entries; carried in every message.
        network_key: 32-byte secret of the libp2p identity, unrelated to the account.
        created_at_ms: when the profile was made.
    """

    account: str
    account_key: bytes | None = field(repr=False)
    record: bytes = field(repr=False)
    head: bytes
    network_key: bytes = field(repr=False)
    created_at_ms: int


@dataclass(frozen=True, slots=True)
class OwnDevice:
    """The own side of every step: loaded once when the profile opens.

    Attributes:
        account: the account's text (e2ee/README.md#account).
        inbox_id: 32 bytes.
        device_id: 32 bytes.
        state: the e2ee device state.
        record: the own contact record; introduces this device to others.
        head: 32-byte hash of the own identity log's entries.
        secret_id: id of the own newest delivery secret, 16 bytes.
        secret: that secret, 32 bytes.
        secret_issued_at_ms: when it was made.
    """

    account: str
    inbox_id: bytes
    device_id: bytes
    state: bytes = field(repr=False)
    record: bytes = field(repr=False)
    head: bytes
    secret_id: bytes
    secret: bytes = field(repr=False)
    secret_issued_at_ms: int
