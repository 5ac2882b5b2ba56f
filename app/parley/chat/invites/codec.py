"""Invites as links: "parley:" and base64url of a signed Protocol Buffers message, see invite.proto.

A link comes from anywhere. Nothing in it is used before its size, its shape and its signature were checked.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import replace

from google.protobuf.message import DecodeError

from parley.chat.errors import AlteredInviteError, NewerInviteError, NotAnInviteError
from parley.chat.invites import invite_pb2
from parley.chat.invites.model import MAX_ADDRESSES, MAX_LINK_CHARACTERS, TOKEN_BYTES, Invite
from parley.e2ee import api as e2ee

VERSION = 1
PREFIX = "parley:"
PURPOSE = b"parley/invite/v1"
_HASH_BYTES = 32
_MAX_ACCOUNT_CHARACTERS = 128
_MAX_ADDRESS_CHARACTERS = 256
_LATEST_MS = 1 << 53

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_ADDRESS = re.compile(rf"/[!-~]{{1,{_MAX_ADDRESS_CHARACTERS - 1}}}")
_ACCOUNT = re.compile(r"(eip155:[0-9]{1,20}:)?0x[0-9a-fA-F]{40}")


def is_link(text: str) -> bool:
    """Whether somebody most likely means an invite link by this text."""
    return text.lstrip()[: len(PREFIX)].lower() == PREFIX


def encode_link(invite: Invite, device: bytes) -> str:
    """Sign an invite and make its link.

    Addresses that do not fit into the link are left out, from the end.

    Args:
        device: the e2ee state of the device that the invite names.
    """
    message = invite_pb2.Invite(
        version=VERSION,
        cluster_id=invite.cluster_id,
        account=invite.account,
        device=invite.device,
        head=invite.head,
        addresses=invite.addresses[:MAX_ADDRESSES],
        token=invite.token,
        expires_at_ms=invite.expires_at_ms,
    )
    encoded = message.SerializeToString(deterministic=True)
    signature = e2ee.sign_statement(e2ee.DeviceState(device), PURPOSE, encoded)
    signed = invite_pb2.SignedInvite(invite=encoded, signature=signature)
    link = PREFIX + _text(signed.SerializeToString(deterministic=True))
    if len(link) > MAX_LINK_CHARACTERS:
        return encode_link(replace(invite, addresses=invite.addresses[:MAX_ADDRESSES][:-1]), device)
    return link


def decode_link(text: str) -> Invite:
    """Read a link and check its signature. White space in it, as line breaks of a letter, does not matter.

    Raises:
        NotAnInviteError: too long, or not a link that was ever made.
        NewerInviteError: a newer Parley made it.
        AlteredInviteError: it is not what its device signed.
    """
    # Twice the length is read at most, so that 64 KiB of blanks cost nothing.
    link = "".join(text[: 2 * MAX_LINK_CHARACTERS + 1].split())
    if len(text) > 2 * MAX_LINK_CHARACTERS or len(link) > MAX_LINK_CHARACTERS or not is_link(link):
        raise NotAnInviteError
    signed, message = invite_pb2.SignedInvite(), invite_pb2.Invite()
    try:
        signed.ParseFromString(_bytes(link[len(PREFIX) :]))
        message.ParseFromString(signed.invite)
    except (DecodeError, binascii.Error, ValueError) as error:
        raise NotAnInviteError from error
    if message.version != VERSION:
        raise NewerInviteError if message.version > VERSION else NotAnInviteError
    # Guarded by tests/chat/test_invite_codec.py::test_every_altered_letter_is_noticed.
    if not e2ee.statement_fits(message.device, PURPOSE, signed.invite, signed.signature):
        raise AlteredInviteError
    return _checked(message)


def _bytes(text: str) -> bytes:
    if not _BASE64URL.fullmatch(text):
        raise ValueError("not base64url")
    decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    # The last letter may carry bits that nothing is read from: one invite is one link.
    if _text(decoded) != text:
        raise ValueError("not base64url as it is written")
    return decoded


def _text(encoded: bytes) -> str:
    return base64.urlsafe_b64encode(encoded).decode().rstrip("=")


def _checked(message: invite_pb2.Invite) -> Invite:
    """The invite, if it is one that this version could have made."""
    if (
        len(message.account) > _MAX_ACCOUNT_CHARACTERS
        or not _ACCOUNT.fullmatch(message.account)
        or (len(message.device), len(message.head)) != (_HASH_BYTES, _HASH_BYTES)
        or len(message.token) != TOKEN_BYTES
        or len(message.addresses) > MAX_ADDRESSES
        or not all(_ADDRESS.fullmatch(each) for each in message.addresses)
        or not 0 < message.expires_at_ms <= _LATEST_MS
    ):
        raise NotAnInviteError
    try:
        e2ee.split_account(message.account)
    except ValueError as error:
        raise NotAnInviteError from error
    return Invite(
        cluster_id=message.cluster_id,
        account=message.account,
        device=message.device,
        head=message.head,
        addresses=tuple(message.addresses),
        token=message.token,
        expires_at_ms=message.expires_at_ms,
    )
