"""Make invites, revoke them, and let in who brings one."""

from __future__ import annotations

from dataclasses import replace

from parley.chat.commit import Commit
from parley.chat.devices.model import OwnDevice
from parley.chat.errors import TooManyInvitesError
from parley.chat.invites.codec import encode_link
from parley.chat.invites.model import (
    DAY_MS,
    INVITE_DAYS,
    INVITE_USES,
    TOKEN_BYTES,
    EndedInvite,
    Invite,
    IssuedInvite,
)
from parley.chat.invites.token import hash_token

MAX_INVITES = 50
ENTROPY_BYTES = 16 + TOKEN_BYTES


def make_invite(
    own: OwnDevice,
    cluster_id: int,
    addresses: tuple[str, ...],
    issued: tuple[IssuedInvite, ...],
    now_ms: int,
    entropy: bytes,
) -> tuple[IssuedInvite, Commit]:
    """One step: a new invite, good for 30 days and 25 accounts; those that expired are removed.

    Args:
        addresses: where the issuer can be reached, those that reach farthest first; at most 8 are taken.
        issued: all that were made before.
        entropy: `ENTROPY_BYTES` random bytes, the local id and the token.

    Raises:
        TooManyInvitesError: so many are good already.
    """
    expired = tuple(EndedInvite(each.token_hash) for each in issued if each.expires_at_ms <= now_ms)
    if len(issued) - len(expired) >= MAX_INVITES:
        raise TooManyInvitesError(MAX_INVITES)
    invite = Invite(
        cluster_id=cluster_id,
        account=own.account,
        device=own.device_id,
        head=own.head,
        addresses=addresses,
        token=entropy[16:ENTROPY_BYTES],
        expires_at_ms=now_ms + INVITE_DAYS * DAY_MS,
    )
    made = IssuedInvite(
        invite_id=entropy[:16].hex(),
        token_hash=hash_token(invite.token),
        link=encode_link(invite, own.state),
        issued_at_ms=now_ms,
        expires_at_ms=invite.expires_at_ms,
        uses_left=INVITE_USES,
    )
    return made, Commit("make_invite", rows=(*expired, made))


def revoke_invite(invite: IssuedInvite) -> Commit:
    """One step: an invite lets nobody in any more. Whoever came by it stays."""
    return Commit("revoke_invite", rows=(EndedInvite(invite.token_hash),))


def let_in(invite: IssuedInvite | None, now_ms: int) -> IssuedInvite | None:
    """Whether a stranger who brings this invite's token is let in without a request.

    Args:
        invite: the one that was issued with the token, if there is one.

    Returns:
        The invite with one use less, to be stored in the commit that makes the stranger a contact; None for no.
    """
    if invite is None or invite.uses_left <= 0 or invite.expires_at_ms <= now_ms:
        return None
    return replace(invite, uses_left=invite.uses_left - 1)
