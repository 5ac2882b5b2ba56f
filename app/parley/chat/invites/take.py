"""Use an invite of somebody else."""

from __future__ import annotations

from parley.chat.commit import Commit
from parley.chat.errors import ExpiredInviteError, ForeignInviteError, OwnRecordError
from parley.chat.invites.codec import decode_link
from parley.chat.invites.model import DroppedInvite, Invite, TakenInvite

MAX_TAKEN = 64
"""So many are kept; the oldest one goes first."""


def read_invite(link: str, own_account: str, cluster_id: int, now_ms: int) -> Invite:
    """Read a link, and find out whether it is of use here and now.

    Raises:
        NotAnInviteError, NewerInviteError, AlteredInviteError: as `decode_link`.
        ForeignInviteError: of another network.
        OwnRecordError: one's own.
        ExpiredInviteError: too late.
    """
    invite = decode_link(link)
    if invite.cluster_id != cluster_id:
        raise ForeignInviteError(cluster_id, invite.cluster_id)
    if invite.account == own_account:
        raise OwnRecordError
    if invite.expires_at_ms <= now_ms:
        raise ExpiredInviteError(invite.expires_at_ms)
    return invite


def take_invite(invite: Invite, link: str, taken: tuple[TakenInvite, ...], now_ms: int) -> Commit:
    """One step: keep an invite for what is said first to its account. Expired ones, and the oldest of too many, go.

    Args:
        taken: all that were used before, the newest first.
    """
    others = [each for each in taken if each.account != invite.account]
    good = [each for each in others if each.expires_at_ms > now_ms][: MAX_TAKEN - 1]
    dropped = tuple(DroppedInvite(each.account) for each in others if each not in good)
    kept = TakenInvite(invite.account, "".join(link.split()), invite.expires_at_ms, now_ms)
    return Commit("take_invite", rows=(*dropped, kept))
