"""Invites as links, and what comes from anywhere in place of one."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.chat.errors import AlteredInviteError, NewerInviteError, NotAnInviteError
from parley.chat.invites import codec, invite_pb2
from parley.chat.invites.codec import PURPOSE, decode_link, encode_link, is_link
from parley.chat.invites.model import MAX_ADDRESSES, MAX_LINK_CHARACTERS, Invite
from parley.e2ee import api as e2ee

NOW_MS = 1_800_000_000_000
DEVICE = e2ee.create_device(NOW_MS)
ACCOUNT = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
PEER = "/p2p/12D3KooWKoXyApaJHCTvHFbvmBuTkXJxVyeznjdzs5DsCQgZGB5Z"
INVITE = Invite(
    cluster_id=7337,
    account=ACCOUNT,
    device=e2ee.device_id(DEVICE),
    head=hashlib.sha256(b"head").digest(),
    addresses=(f"/ip4/203.0.113.7/tcp/4001{PEER}", f"/ip6/2001:db8::7/tcp/4001{PEER}"),
    token=bytes(range(16)),
    expires_at_ms=NOW_MS,
)
LINK = encode_link(INVITE, DEVICE)


def signed(**changes: object) -> str:
    """A link whose device signed something that no Parley makes."""
    fields: dict[str, object] = {
        "version": 1,
        "cluster_id": 7337,
        "account": ACCOUNT,
        "device": INVITE.device,
        "head": INVITE.head,
        "addresses": INVITE.addresses,
        "token": INVITE.token,
        "expires_at_ms": NOW_MS,
    }
    message = invite_pb2.Invite(**{**fields, **changes})  # type: ignore[arg-type]
    encoded = message.SerializeToString()
    signature = e2ee.sign_statement(DEVICE, PURPOSE, encoded)
    whole = invite_pb2.SignedInvite(invite=encoded, signature=signature).SerializeToString()
    return "parley:" + base64.urlsafe_b64encode(whole).decode().rstrip("=")


def test_a_link_says_all_of_an_invite() -> None:
    """In letters that survive any messenger, and short enough for a code that a telephone reads."""
    assert decode_link(LINK) == INVITE
    assert decode_link(signed()) == INVITE
    assert is_link(LINK)
    assert len(LINK) < 700
    assert set(LINK.removeprefix("parley:")) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )


def test_an_invite_of_a_smart_account_fits_too() -> None:
    """Its text names a chain."""
    invite = replace(INVITE, account=f"eip155:{2**63}:{ACCOUNT}")

    assert decode_link(encode_link(invite, DEVICE)) == invite


def test_white_space_and_the_case_of_the_scheme_do_not_matter() -> None:
    """A letter breaks lines, and a telephone begins a sentence with a capital."""
    folded = "\n  ".join(LINK[start : start + 60] for start in range(0, len(LINK), 60))

    assert decode_link(f"  {folded}\r\n".replace("parley:", "Parley:")) == INVITE


def test_addresses_that_do_not_fit_are_left_out() -> None:
    """From the end: those that reach farthest come first."""
    addresses = tuple(f"/dns4/{number}{'a' * 200}.example/tcp/4001{PEER}"[:256] for number in range(12))
    link = encode_link(replace(INVITE, addresses=addresses), DEVICE)
    kept = decode_link(link).addresses

    assert len(link) <= MAX_LINK_CHARACTERS
    assert 1 <= len(kept) < MAX_ADDRESSES
    assert kept == addresses[: len(kept)]


def test_at_most_eight_addresses_stand_in_a_link() -> None:
    """However many there are."""
    addresses = tuple(f"/ip4/10.0.0.{number}/tcp/1" for number in range(20))

    assert decode_link(encode_link(replace(INVITE, addresses=addresses), DEVICE)).addresses == addresses[:8]


def test_every_altered_letter_is_noticed() -> None:
    """Wherever it stands, the link is refused."""
    for place in range(len("parley:"), len(LINK)):
        letter = "B" if LINK[place] == "A" else "A"
        with pytest.raises(NotAnInviteError):
            decode_link(LINK[:place] + letter + LINK[place + 1 :])


def test_what_another_device_signed_is_altered() -> None:
    """Whoever exchanges the account or an address has to sign again, and is then not the device that is named."""
    with pytest.raises(AlteredInviteError):
        decode_link(encode_link(INVITE, e2ee.create_device(NOW_MS)))


@pytest.mark.parametrize("length", [0, 1, 20, 300])
def test_a_link_that_was_cut_off_is_none(length: int) -> None:
    """As a telephone does when a text is long."""
    with pytest.raises(NotAnInviteError):
        decode_link(LINK[: len("parley:") + length])


@pytest.mark.parametrize(
    "changes",
    [
        {"account": "vitalik.eth"},
        {"account": ACCOUNT + "\n"},
        {"account": f"eip155:01:{ACCOUNT}"},
        {"account": "0x" + "\u0661" * 40},
        {"account": ""},
        {"head": b""},
        {"token": bytes(15)},
        {"token": bytes(17)},
        {"addresses": ["/ip4/1.2.3.4/tcp/1"] * 9},
        {"addresses": ["no address"]},
        {"addresses": ["/ip4/1.2.3.4/tcp/1\n"]},
        {"addresses": ["/" + "a" * 256]},
        {"addresses": ["/\u202egpj"]},
        {"expires_at_ms": 0},
        {"expires_at_ms": 2**64 - 1},
        {"version": 0},
    ],
)
def test_what_no_parley_makes_is_refused_though_it_is_signed(changes: dict[str, object]) -> None:
    """Sizes, spelling and number of everything."""
    with pytest.raises(NotAnInviteError):
        decode_link(signed(**changes))


def test_an_invite_of_a_newer_parley_is_told_apart() -> None:
    """So that a person is told to get a newer one."""
    with pytest.raises(NewerInviteError):
        decode_link(signed(version=2))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "parley:",
        "parley:====",
        "parley:é",
        "parley:AAAA",
        "https://example.org/" + LINK,
        LINK + "=",
        LINK + "\u202e",
        LINK + "\u200b",
        LINK.replace("parley:", "parley://"),
        "parley:" + "A" * 64 * 1024,
        " " * 64 * 1024 + LINK,
        "parley:Z\u0351\u036b" + "\u0343" * 500,
        "parley:\x00\x1b[31m",
    ],
)
def test_what_is_no_link_is_refused(text: str) -> None:
    """Also 64 KiB of it."""
    with pytest.raises(NotAnInviteError):
        decode_link(text)


@given(st.text() | st.binary(max_size=600).map(lambda raw: codec.PREFIX + codec._text(raw)))
def test_anything_is_refused_in_one_way(text: str) -> None:
    """Never by an error of a library."""
    with pytest.raises(NotAnInviteError):
        decode_link(text)
