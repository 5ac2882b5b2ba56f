"""Making, revoking and using invites, and who is let in by them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parley.chat.content import TEXT, Content, text_content
from parley.chat.devices.model import OwnDevice
from parley.chat.errors import (
    ExpiredInviteError,
    ForeignInviteError,
    NotAnInviteError,
    OwnRecordError,
    TooManyInvitesError,
)
from parley.chat.invites.codec import decode_link
from parley.chat.invites.issue import ENTROPY_BYTES, MAX_INVITES, let_in, make_invite, revoke_invite
from parley.chat.invites.model import (
    DAY_MS,
    INVITE_USES,
    DroppedInvite,
    EndedInvite,
    IssuedInvite,
    TakenInvite,
)
from parley.chat.invites.take import MAX_TAKEN, read_invite, take_invite
from parley.chat.invites.token import PARAMETER, hash_token, token_of, with_token
from parley.e2ee import api as e2ee

NOW_MS = 1_800_000_000_000
ALICE, BOB = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
STATE = e2ee.create_device(NOW_MS)
OWN = OwnDevice(
    account=ALICE,
    inbox_id=e2ee.inbox_id(ALICE),
    device_id=e2ee.device_id(STATE),
    state=STATE,
    record=b"record",
    head=bytes(32),
    secret_id=bytes(16),
    secret=bytes(32),
    secret_issued_at_ms=NOW_MS,
)


def made(number: int = 1, issued: tuple[IssuedInvite, ...] = (), now_ms: int = NOW_MS) -> IssuedInvite:
    """An invite of Alice."""
    entropy = number.to_bytes(1, "big") * ENTROPY_BYTES
    return make_invite(OWN, 7337, ("/ip4/10.0.0.1/tcp/1",), issued, now_ms, entropy)[0]


def taken_of(invite: IssuedInvite, account: str = ALICE, at_ms: int = NOW_MS) -> TakenInvite:
    """The same at whoever used it."""
    return TakenInvite(account, invite.link, invite.expires_at_ms, at_ms)


def test_an_invite_is_good_for_thirty_days_and_twenty_five_accounts() -> None:
    """Its link says until when; its row is found by the token."""
    invite = made()
    link = decode_link(invite.link)

    assert link.expires_at_ms == invite.expires_at_ms == NOW_MS + 30 * DAY_MS
    assert invite.uses_left == INVITE_USES == 25
    assert invite.token_hash == hash_token(link.token)
    assert (link.account, link.device, link.head) == (ALICE, OWN.device_id, OWN.head)
    assert bytes(16) not in (link.token, bytes.fromhex(invite.invite_id))


def test_expired_invites_go_when_another_one_is_made() -> None:
    """So that their number is bounded; so many good ones are the limit."""
    old = made()
    _, commit = make_invite(OWN, 7337, (), (old,), old.expires_at_ms, bytes(ENTROPY_BYTES))
    many = tuple(made(number) for number in range(MAX_INVITES))

    assert EndedInvite(old.token_hash) in commit.rows
    with pytest.raises(TooManyInvitesError):
        made(99, many)
    made(99, many, old.expires_at_ms)


def test_a_revoked_invite_lets_nobody_in() -> None:
    """Its row is gone, and a token without a row is nothing."""
    assert revoke_invite(made()).rows == (EndedInvite(made().token_hash),)
    assert let_in(None, NOW_MS) is None


def test_each_use_is_counted_until_none_is_left() -> None:
    """The last one lets in, and no further one; nor does one that expired by our own clock."""
    invite = made()
    last = replace(invite, uses_left=1)

    assert let_in(invite, NOW_MS) == replace(invite, uses_left=24)
    assert let_in(last, NOW_MS) == replace(invite, uses_left=0)
    assert let_in(replace(invite, uses_left=0), NOW_MS) is None
    assert let_in(invite, invite.expires_at_ms) is None
    assert let_in(invite, invite.expires_at_ms - 1) is not None


def test_an_invite_is_of_use_to_others_in_its_network_and_time() -> None:
    """Each refusal is told apart."""
    invite = made()

    assert read_invite(invite.link, BOB, 7337, NOW_MS).account == ALICE
    with pytest.raises(ForeignInviteError) as foreign:
        read_invite(invite.link, BOB, 1, NOW_MS)
    with pytest.raises(OwnRecordError):
        read_invite(invite.link, ALICE, 7337, NOW_MS)
    with pytest.raises(ExpiredInviteError) as expired:
        read_invite(invite.link, BOB, 7337, invite.expires_at_ms)
    with pytest.raises(NotAnInviteError):
        read_invite(BOB, BOB, 7337, NOW_MS)
    assert (foreign.value.ours, foreign.value.theirs) == (1, 7337)
    assert expired.value.expired_at_ms == invite.expires_at_ms


def test_the_invites_that_are_kept_are_good_and_not_too_many() -> None:
    """Expired ones and the oldest go; an account's newer invite replaces its older one."""
    invite = made()
    others = tuple(
        taken_of(invite, f"0x{number:040x}", NOW_MS - number) for number in range(1, MAX_TAKEN + 1)
    )
    expired = TakenInvite(BOB, invite.link, NOW_MS, NOW_MS - 1)
    read = read_invite(invite.link, BOB, 7337, NOW_MS)
    commit = take_invite(read, invite.link, (taken_of(invite), expired, *others), NOW_MS)

    assert commit.rows == (DroppedInvite(BOB), DroppedInvite(others[-1].account), taken_of(invite))


def test_the_token_goes_with_what_is_said_first() -> None:
    """As a parameter beside the others, until the invite expires."""
    invite = made()
    content = with_token(text_content("hello"), taken_of(invite), NOW_MS)

    assert token_of(content) == decode_link(invite.link).token
    assert dict(content.parameters)["encoding"] == "UTF-8"
    assert token_of(text_content("hello")) is None
    assert with_token(text_content("hello"), None, NOW_MS) == text_content("hello")
    assert with_token(text_content("hello"), taken_of(invite), invite.expires_at_ms) == text_content("hello")
    assert with_token(text_content("hello"), TakenInvite(ALICE, "x", NOW_MS + 1, 0), NOW_MS) == text_content(
        "hello"
    )


@pytest.mark.parametrize("text", ["", "00" * 15, "00" * 17, "zz" * 16, "\u0660\u0660" * 16, " " + "0" * 31])
def test_what_is_no_token_is_none(text: str) -> None:
    """A stranger chooses it."""
    assert token_of(Content(TEXT, b"hello", ((PARAMETER, text),))) is None
