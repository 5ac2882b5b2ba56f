"""Invites as they are read from a link, and as they are stored by both sides."""

from __future__ import annotations

from dataclasses import dataclass, field

DAY_MS = 24 * 60 * 60 * 1000
INVITE_DAYS = 30
INVITE_USES = 25
MAX_ADDRESSES = 8
MAX_LINK_CHARACTERS = 2048
TOKEN_BYTES = 16


@dataclass(frozen=True, slots=True)
class Invite:
    """What a link says. Its device signed it; that the device is the account's, only the contact record says.

    Attributes:
        cluster_id: the network it is good in.
        account: who invites, an account's text whose spelling (EIP-55) is not checked here.
        device: 32 bytes, the device that signed it.
        head: 32 bytes, hash of the entries of the account's contact record when the invite was made.
        addresses: multiaddrs of relays and of the issuer, those that reach farthest first.
        token: 16 bytes that let the first message skip Requests.
        expires_at_ms: by the issuer's clock.
    """

    cluster_id: int
    account: str
    device: bytes
    head: bytes
    addresses: tuple[str, ...]
    token: bytes = field(repr=False)
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class IssuedInvite:
    """An invite that was made here; replaces the row of the same token hash.

    The link is kept whole, in the encrypted database, so that it can be shown again.

    Attributes:
        invite_id: 32 hex characters, random and local: it stands in addresses of pages.
        token_hash: 32 bytes, by which a first message finds it.
        uses_left: how many more accounts it lets in.
    """

    invite_id: str
    token_hash: bytes
    link: str = field(repr=False)
    issued_at_ms: int
    expires_at_ms: int
    uses_left: int


@dataclass(frozen=True, slots=True)
class EndedInvite:
    """An invite that was revoked, or that expired: its row is removed, and its token lets nobody in."""

    token_hash: bytes


@dataclass(frozen=True, slots=True)
class TakenInvite:
    """An invite of somebody else that was used here; replaces the one of the same account.

    Attributes:
        account: who invited.
        link: as it was given, for its token and addresses.
    """

    account: str
    link: str = field(repr=False)
    expires_at_ms: int
    taken_at_ms: int


@dataclass(frozen=True, slots=True)
class DroppedInvite:
    """An invite of this account is of no more use; its row is removed."""

    account: str
