"""The outermost layer: hides who writes to whom (README.md#envelope).

Outside is one byte, format in the high nibble and kind in the low one. Inside the seal stand the sender's
device id, the hash of the sender's set of entries, and the ratchet's bytes. First contact is sealed with a
post-quantum hybrid (HPKE) and padded again; later envelopes with a SealedBox, whose sizes the ratchet's padding
already evens out.
"""

import enum
import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from nacl.bindings import crypto_box_seal, crypto_box_seal_open, crypto_box_SEALBYTES
from nacl.exceptions import CryptoError

from parley.e2ee import state_pb2
from parley.e2ee.bundle import OpenedBundle
from parley.e2ee.device import read_device
from parley.e2ee.errors import NotForUsError, PlainTextTooLongError
from parley.e2ee.padding import LARGEST_BUCKET, pad, unpad
from parley.e2ee.types import DeviceId, DeviceState, Envelope

FORMAT: Final = 1
HEAD_BYTES: Final = 32
MAX_INTRODUCTION: Final = 64 * 1024
HPKE_OVERHEAD: Final = 1136
MAX_ENVELOPE: Final = 1 + HPKE_OVERHEAD + LARGEST_BUCKET + 4096
_HPKE_INFO: Final = b"parley/first-contact/v1"
_SUITE: Final = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)


class Kind(enum.IntEnum):
    """The low nibble of the first byte. 5 is kept for group; 3 and 4 are public (public.py)."""

    FIRST_CONTACT = 1
    DIRECT = 2
    RECORD = 3
    RECORD_REQUEST = 4


SEALED: Final = frozenset({Kind.FIRST_CONTACT, Kind.DIRECT})


@dataclass(frozen=True)
class Opened:
    """An envelope without its seal. The sender is only claimed until `decrypt` succeeds."""

    kind: Kind
    sender: DeviceId
    head: bytes  # 32 bytes
    introduction: bytes | None  # a contact record, in first contact only
    sealed: bytes  # the ratchet's part

    def __repr__(self) -> str:
        """Redacted: who writes to whom is what the seal hides. Guarded by tests/e2ee/test_redaction.py."""
        return f"<Opened {self.kind.name}: {len(self.sealed)} bytes>"


def envelope_kind(envelope: bytes) -> Kind:
    """Read the kind from the first byte.

    Raises:
        NotForUsError: empty, or of an unknown format or kind.
    """
    if not envelope or envelope[0] >> 4 != FORMAT:
        raise NotForUsError
    try:
        return Kind(envelope[0] & 0x0F)
    except ValueError:
        raise NotForUsError from None


def envelope_hash(envelope: bytes) -> bytes:
    """Return the SHA-256 (32 bytes) an envelope is known as seen by."""
    return hashlib.sha256(envelope).digest()


def seal(
    kind: Kind, peer: OpenedBundle, sender: bytes, head: bytes, introduction: bytes, sealed: bytes
) -> Envelope:
    """Seal for one device.

    Args:
        introduction: used in first contact only, at most 64 KiB.

    Raises:
        PlainTextTooLongError: introduction and content together do not fit the largest bucket.
        ValueError: the kind is a public one.
    """
    if kind not in SEALED:
        raise ValueError("nothing is sealed in this kind")
    first = bytes([FORMAT << 4 | kind])
    if kind is Kind.DIRECT:
        return Envelope(first + crypto_box_seal(sender + head + sealed, peer.box))
    if len(introduction) > MAX_INTRODUCTION:
        raise PlainTextTooLongError(len(introduction), MAX_INTRODUCTION)
    inner = pad(sender + head + len(introduction).to_bytes(4, "big") + introduction + sealed)
    public = hpke.MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(peer.seal_mlkem),
        X25519PublicKey.from_public_bytes(peer.seal_x25519),
    )
    return Envelope(first + _SUITE.encrypt(inner, public, info=_info(first, peer.device_id)))


def open_envelope(state: DeviceState, envelope: Envelope) -> Opened:
    """Remove the seal with this device's keys. About 70 us for a DIRECT envelope that is not ours.

    Raises:
        NotForUsError: for whatever reason; all reasons look the same.
        UnreadableStateError: the own state is damaged.
    """
    kind = envelope_kind(envelope)
    device = read_device(state)
    if kind not in SEALED or len(envelope) > MAX_ENVELOPE:
        raise NotForUsError
    try:
        return (
            _open_direct(device, envelope) if kind is Kind.DIRECT else _open_first_contact(device, envelope)
        )
    except (ValueError, CryptoError, InvalidTag):
        raise NotForUsError from None


def _open_direct(device: state_pb2.DeviceState, envelope: bytes) -> Opened:
    ciphertext = bytes(envelope[1:])
    if len(ciphertext) < crypto_box_SEALBYTES:
        raise ValueError
    inner = crypto_box_seal_open(ciphertext, device.box_public, device.box_private)
    return _split(Kind.DIRECT, inner, None, 32 + HEAD_BYTES)


def _open_first_contact(device: state_pb2.DeviceState, envelope: bytes) -> Opened:
    private = hpke.MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(device.seal_mlkem_seed),
        X25519PrivateKey.from_private_bytes(device.seal_x25519_private),
    )
    padded = _SUITE.decrypt(envelope[1:], private, info=_info(envelope[:1], device.device_public))
    inner = unpad(padded)
    start = 32 + HEAD_BYTES + 4
    end = start + int.from_bytes(inner[start - 4 : start], "big")
    if not start <= end <= min(len(inner), start + MAX_INTRODUCTION):
        raise ValueError
    return _split(Kind.FIRST_CONTACT, inner, inner[start:end], end)


def _split(kind: Kind, inner: bytes, introduction: bytes | None, end: int) -> Opened:
    if len(inner) < end:
        raise ValueError
    return Opened(kind, DeviceId(inner[:32]), inner[32 : 32 + HEAD_BYTES], introduction, inner[end:])


def _info(first: bytes, recipient: bytes) -> bytes:
    """Bind format, kind and recipient, because the library's HPKE takes no associated data."""
    return _HPKE_INFO + first + recipient
