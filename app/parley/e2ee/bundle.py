"""A device's public keys, signed by the device (README.md#bundle).

The bundle is what a sender needs to start a session. It is public, travels in contact records, and is renewed
with every prekey rotation without asking the wallet: the endorsement binds only the long-term keys in it.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import xeddsa
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from parley.e2ee import lengthprefix
from parley.e2ee.device import read_device, sign
from parley.e2ee.errors import InvalidBundleError
from parley.e2ee.types import Bundle, DeviceId, DeviceState

VERSION: Final = b"\x01"
SIGNATURE_CONTEXT: Final = b"parley/bundle/v1"
LONG_TERM_CONTEXT: Final = b"parley/long-term-keys/v1"
MAX_ACCOUNT_BYTES: Final = 128
MAX_BUNDLE_BYTES: Final = 3072
MLKEM_PUBLIC_BYTES: Final = 1184
_SIZES: Final = (32, 32, 32, 64, MLKEM_PUBLIC_BYTES, MLKEM_PUBLIC_BYTES, 32, 32)


@dataclass(frozen=True)
class OpenedBundle:
    """The fields of a bundle whose signature and keys were checked. Sizes in bytes; times in ms, UTC."""

    account: str
    device_id: DeviceId
    identity: bytes  # x3dh identity, Ed25519, 32
    signed_prekey: bytes  # X25519, 32
    signed_prekey_signature: bytes  # by the identity, 64
    mlkem: bytes  # ML-KEM-768, 1184
    seal_mlkem: bytes  # HPKE hybrid key, ML-KEM-768 half, 1184
    seal_x25519: bytes  # HPKE hybrid key, X25519 half, 32
    box: bytes  # SealedBox key, X25519, 32
    issued_at_ms: int
    expires_at_ms: int

    @property
    def bundle_hash(self) -> bytes:
        """Return SHA-256 over the long-term keys only, so that rotating prekeys needs no wallet prompt."""
        return hash_long_term_keys(self.device_id, self.identity, self.seal_mlkem, self.seal_x25519, self.box)


def hash_long_term_keys(
    device_key: bytes, identity: bytes, seal_mlkem: bytes, seal_x25519: bytes, box: bytes
) -> bytes:
    """Return the 32-byte hash a wallet endorses (README.md#bundle)."""
    return hashlib.sha256(
        LONG_TERM_CONTEXT + lengthprefix.join([device_key, identity, seal_mlkem, seal_x25519, box])
    ).digest()


def make_bundle(state: DeviceState, account: str, issued_at_ms: int, expires_at_ms: int) -> Bundle:
    """Make the signed bundle of a device's current public keys.

    Args:
        account: the account's text as endorsed, at most 128 bytes.
        issued_at_ms: the newest bundle of a device wins by this.
        expires_at_ms: after it the bundle is used with a warning only.

    Returns:
        About 2.7 KB.

    Raises:
        UnreadableStateError: the state is damaged or of an unknown version.
        ValueError: the account is empty, too long or not ASCII.
    """
    device = read_device(state)
    encoded_account = account.encode("ascii")
    if not 0 < len(encoded_account) <= MAX_ACCOUNT_BYTES:
        raise ValueError("an account is 1 to 128 bytes")
    body = lengthprefix.join(
        [
            VERSION,
            encoded_account,
            device.device_public,
            xeddsa.seed_to_ed25519_pub(device.identity_seed),
            device.current.x25519_public,
            device.current.signature,
            _mlkem_public(device.current.mlkem_seed),
            _mlkem_public(device.seal_mlkem_seed),
            X25519PrivateKey.from_private_bytes(device.seal_x25519_private).public_key().public_bytes_raw(),
            device.box_public,
            issued_at_ms.to_bytes(8, "big"),
            expires_at_ms.to_bytes(8, "big"),
        ]
    )
    return Bundle(lengthprefix.join([body, sign(device, SIGNATURE_CONTEXT, body)]))


@lru_cache(maxsize=256)
def read_bundle(bundle: Bundle) -> OpenedBundle:
    """Decode a bundle, check its signature and that every key in it can be used.

    A pure function of public bytes, so its results are remembered: a bundle is verified once per process.
    Guarded by tests/e2ee/test_bundle.py ::test_every_changed_byte_is_noticed.

    Raises:
        InvalidBundleError: malformed, not signed by the device key inside, or a key no agreement can be made with.
    """
    if len(bundle) > MAX_BUNDLE_BYTES:
        raise InvalidBundleError("The bundle is too long.")
    try:
        body, signature = lengthprefix.split_exactly(bundle, 2)
        version, account, *keys, issued_at, expires_at = lengthprefix.split_exactly(body, 12)
        if version != VERSION or not 0 < len(account) <= MAX_ACCOUNT_BYTES:
            raise InvalidBundleError("The bundle has an unknown version or a bad account.")
        if tuple(map(len, keys)) != _SIZES:
            raise InvalidBundleError("The bundle holds a key of a wrong size.")
        opened = OpenedBundle(
            account.decode("ascii"),
            DeviceId(keys[0]),
            keys[1],
            keys[2],
            keys[3],
            keys[4],
            keys[5],
            keys[6],
            keys[7],
            issued_at_ms=lengthprefix.whole_number(issued_at),
            expires_at_ms=lengthprefix.whole_number(expires_at),
        )
    except ValueError as error:
        raise InvalidBundleError("The bundle is malformed.") from error
    try:
        VerifyKey(opened.device_id).verify(SIGNATURE_CONTEXT + body, signature)
        _check_usable(opened)
    except (BadSignatureError, ValueError, xeddsa.XEdDSAException) as error:
        raise InvalidBundleError(
            "The bundle is not signed by its device, or holds an unusable key."
        ) from error
    return opened


def _check_usable(opened: OpenedBundle) -> None:
    """Refuse small-order and malformed keys here, so that sending to a verified bundle cannot fail."""
    if not xeddsa.ed25519_verify(
        opened.signed_prekey_signature, opened.identity, b"\x02" + opened.signed_prekey
    ):
        raise ValueError("the signed prekey is not signed by the identity")
    probe = X25519PrivateKey.generate()
    identity = xeddsa.ed25519_pub_to_curve25519_pub(opened.identity)
    for public in (opened.signed_prekey, opened.seal_x25519, opened.box, identity):
        probe.exchange(X25519PublicKey.from_public_bytes(public))
    for public in (opened.mlkem, opened.seal_mlkem):
        MLKEM768PublicKey.from_public_bytes(public)


def _mlkem_public(seed: bytes) -> bytes:
    return MLKEM768PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()
