"""The post-quantum start of a session: X3DH with an ML-KEM-768 secret mixed in (README.md#a-session-starts).

`mix` is the only cryptographic composition of our own; tests/vectors/e2ee/pqxdh.json freezes its known answers.
Follows Signal's "The PQXDH Key Agreement Protocol" without one-time prekeys, over x3dh's own output.
"""

import hashlib
from dataclasses import dataclass
from typing import Final, NamedTuple

import x3dh
import xeddsa
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from parley.e2ee import lengthprefix, state_pb2
from parley.e2ee.bundle import OpenedBundle
from parley.e2ee.coroutines import drive
from parley.e2ee.device import find_prekey, restore_agreement

VERSION: Final = b"parley/pqxdh/v1"
MLKEM_CIPHERTEXT_BYTES: Final = 1088
_STRUCTURE: Final = (4, 32, 32, MLKEM_CIPHERTEXT_BYTES)
START_BYTES: Final = sum(_STRUCTURE)
"""1,156 bytes: the fixed size of an encoded Start."""


class Start(NamedTuple):
    """What the receiver needs to open a session; repeated on every message until the first reply."""

    generation: int  # 1 + the highest generation the starter knew, 32 bits
    ephemeral: bytes  # X25519, 32
    signed_prekey: bytes  # the receiver's, X25519, 32; names the ML-KEM key that rotated in with it
    mlkem_ciphertext: bytes  # 1088

    def encode(self) -> bytes:
        """Return the fields in order without lengths: 1,156 bytes."""
        return (
            self.generation.to_bytes(4, "big") + self.ephemeral + self.signed_prekey + self.mlkem_ciphertext
        )

    @classmethod
    def decode(cls, data: bytes) -> "Start":
        """Undo `encode`.

        Raises:
            ValueError: not 1,156 bytes.
        """
        if len(data) != START_BYTES:
            raise ValueError("not a session start")
        return cls(int.from_bytes(data[:4], "big"), data[4:36], data[36:68], data[68:])


@dataclass(frozen=True)
class SessionKey:
    """The 32-byte secret a ratchet starts from, and the transcript it is bound to."""

    secret: bytes
    transcript_hash: bytes  # SHA-256, 32

    def __repr__(self) -> str:
        """Redacted. Guarded by tests/e2ee/test_redaction.py ::test_session_key_never_shows_its_secret."""
        return "<SessionKey>"


class AgreementFailedError(Exception):
    """No session can be made from these keys. Never leaves the room: callers turn it into their one error."""


def transcript(identities: bytes, mlkem_public: bytes, start: Start) -> bytes:
    """Return what both sides must agree on, length-prefixed.

    Args:
        identities: x3dh's associated data: both identity keys, each behind a curve byte, the starter's first.
        mlkem_public: the receiver's ML-KEM-768 key, 1184 bytes.
    """
    return lengthprefix.join(
        [
            VERSION,
            identities,
            mlkem_public,
            start.mlkem_ciphertext,
            start.ephemeral,
            start.signed_prekey,
            start.generation.to_bytes(4, "big"),
        ]
    )


def mix(x3dh_secret: bytes, mlkem_secret: bytes, transcript_hash: bytes) -> bytes:
    """Derive the session's first secret (32 bytes) from both key agreements (32 bytes each).

    HKDF-SHA-256 with a salt of 32 zero bytes over 32 bytes of 0xFF and both secrets, bound to the transcript by info.
    Guarded by tests/e2ee/test_vectors.py ::test_mixing_step.
    """
    return HKDF(SHA256(), 32, salt=bytes(32), info=VERSION + transcript_hash).derive(
        b"\xff" * 32 + x3dh_secret + mlkem_secret
    )


def start_session(
    device: state_pb2.DeviceState, peer: OpenedBundle, generation: int
) -> tuple[SessionKey, Start]:
    """Agree on a session secret with a peer that is not there (the active side).

    Raises:
        AgreementFailedError: the peer's keys allow no agreement; a verified bundle never causes it.
    """
    bundle = x3dh.Bundle(peer.identity, peer.signed_prekey, peer.signed_prekey_signature, frozenset())
    try:
        x3dh_secret, identities, header = drive(
            restore_agreement(device).get_shared_secret_active(bundle, require_pre_key=False)
        )
        mlkem_secret, ciphertext = MLKEM768PublicKey.from_public_bytes(peer.mlkem).encapsulate()
    except (x3dh.KeyAgreementException, xeddsa.XEdDSAException, ValueError) as error:
        raise AgreementFailedError from error
    start = Start(generation, header.ephemeral_key, header.signed_pre_key, ciphertext)
    return _session_key(x3dh_secret, mlkem_secret, transcript(identities, peer.mlkem, start)), start


def accept_session(
    device: state_pb2.DeviceState, peer: OpenedBundle, start: Start
) -> tuple[SessionKey, state_pb2.Prekey]:
    """Agree on the same secret from a received start (the passive side).

    The starter's identity is taken from its endorsed bundle, never from the message.

    Returns:
        The key, and the own prekey pair whose X25519 half the ratchet begins with.

    Raises:
        AgreementFailedError: the prekey is gone, or the keys allow no agreement.
    """
    prekey = find_prekey(device, start.signed_prekey)
    if prekey is None:
        raise AgreementFailedError
    header = x3dh.Header(peer.identity, start.ephemeral, start.signed_prekey, None)
    try:
        x3dh_secret, identities, _ = drive(
            restore_agreement(device).get_shared_secret_passive(header, require_pre_key=False)
        )
        mlkem_private = MLKEM768PrivateKey.from_seed_bytes(prekey.mlkem_seed)
        mlkem_secret = mlkem_private.decapsulate(start.mlkem_ciphertext)
    except (x3dh.KeyAgreementException, xeddsa.XEdDSAException, ValueError) as error:
        raise AgreementFailedError from error
    mlkem_public = mlkem_private.public_key().public_bytes_raw()
    return _session_key(x3dh_secret, mlkem_secret, transcript(identities, mlkem_public, start)), prekey


def _session_key(x3dh_secret: bytes, mlkem_secret: bytes, agreed: bytes) -> SessionKey:
    transcript_hash = hashlib.sha256(agreed).digest()
    return SessionKey(mix(x3dh_secret, mlkem_secret, transcript_hash), transcript_hash)
