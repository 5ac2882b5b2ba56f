"""A device's own keys: made at random, kept in one versioned state, rotated by the caller's clock.

The long-term keys (device key, x3dh identity, sealing keys) are what a wallet endorses. The signed prekey and
the ML-KEM key rotate together every 30 days and the pair before stays usable for one more period
(README.md#device-keys).
"""

import secrets
from typing import Final

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from google.protobuf.message import DecodeError
from nacl.bindings import crypto_scalarmult_base, crypto_sign_seed_keypair
from nacl.signing import SigningKey

from parley.e2ee import agreement, state_pb2
from parley.e2ee.agreement import Agreement, SignedPrekey
from parley.e2ee.errors import UnreadableStateError
from parley.e2ee.types import DeviceId, DeviceState

STATE_VERSION: Final = 1
PREKEY_LIFETIME_MS: Final = 30 * 24 * 3600 * 1000
"""30 days: prekey rotation = envelope TTL = a relay's least retention (DESIGN.md section 5)."""

_PREKEY_SIZES = {"x25519_private": 32, "x25519_public": 32, "signature": 64, "mlkem_seed": 64}
_KEY_SIZES = {
    "device_seed": 32,
    "device_public": 32,
    "identity_seed": 32,
    "seal_mlkem_seed": 64,
    "seal_x25519_private": 32,
    "box_private": 32,
    "box_public": 32,
}


def create_device(now_ms: int) -> DeviceState:
    """Make a new device with random keys. Nothing is derived from a wallet (README.md#decisions).

    Args:
        now_ms: milliseconds since the epoch, UTC; counted as the first prekey's making.
    """
    identity_seed = secrets.token_bytes(32)
    device_public, _ = crypto_sign_seed_keypair(device_seed := secrets.token_bytes(32))
    box_private = secrets.token_bytes(32)
    return _encode(
        state_pb2.DeviceState(
            version=STATE_VERSION,
            device_seed=device_seed,
            device_public=device_public,
            identity_seed=identity_seed,
            seal_mlkem_seed=MLKEM768PrivateKey.generate().private_bytes_raw(),
            seal_x25519_private=secrets.token_bytes(32),
            box_private=box_private,
            box_public=crypto_scalarmult_base(box_private),
            current=_new_prekey(agreement.create(identity_seed)),
            rotated_ms=now_ms,
        )
    )


def device_id(state: DeviceState) -> DeviceId:
    """Return the device's name: the 32-byte Ed25519 public key.

    Raises:
        UnreadableStateError: the state is damaged or of an unknown version.
    """
    return DeviceId(read_device(state).device_public)


def prekeys_due(state: DeviceState, now_ms: int) -> bool:
    """Say whether the prekeys are 30 days old. Rotate only after catch-up: what waits stays readable."""
    return now_ms - read_device(state).rotated_ms >= PREKEY_LIFETIME_MS


def rotate_prekeys(state: DeviceState, now_ms: int) -> DeviceState:
    """Replace signed prekey and ML-KEM key together; the pair before is kept, the one before that is gone.

    Returns:
        The next state; store it before publishing a bundle made from it.

    Raises:
        UnreadableStateError: the state is damaged or of an unknown version.
    """
    device = read_device(state)
    x3dh_state = restore_agreement(device)
    x3dh_state.rotate_signed_pre_key()
    device.previous.CopyFrom(device.current)
    device.current.CopyFrom(_new_prekey(x3dh_state))
    device.rotated_ms = now_ms
    return _encode(device)


def read_device(state: bytes) -> state_pb2.DeviceState:
    """Decode a stored state and check every size.

    Raises:
        UnreadableStateError: the state is damaged or of an unknown version.
    """
    try:
        device = state_pb2.DeviceState.FromString(state)
    except DecodeError as error:
        raise UnreadableStateError("The device state is damaged.") from error
    if device.version != STATE_VERSION:
        raise UnreadableStateError(f"The device state has the unknown version {device.version}.")
    prekeys = [device.current, device.previous] if device.HasField("previous") else [device.current]
    if any(len(getattr(device, name)) != size for name, size in _KEY_SIZES.items()) or any(
        len(getattr(prekey, name)) != size for prekey in prekeys for name, size in _PREKEY_SIZES.items()
    ):
        raise UnreadableStateError("The device state holds a key of a wrong size.")
    return device


def restore_agreement(device: state_pb2.DeviceState) -> Agreement:
    """Rebuild the x3dh state of a device."""
    previous = _signed_prekey(device.previous) if device.HasField("previous") else None
    return agreement.restore(device.identity_seed, _signed_prekey(device.current), previous)


def find_prekey(device: state_pb2.DeviceState, public: bytes) -> state_pb2.Prekey | None:
    """Return the live pair whose X25519 public key is `public`: the current one, the previous one or none."""
    for prekey in (device.current, device.previous):
        if prekey.x25519_public == public:
            return prekey
    return None


def sign(device: state_pb2.DeviceState, context: bytes, message: bytes) -> bytes:
    """Sign with the device key (Ed25519, 64 bytes). The context tells kinds of signatures apart."""
    return SigningKey(device.device_seed).sign(context + message).signature


def _new_prekey(x3dh_state: Agreement) -> state_pb2.Prekey:
    prekey = agreement.current_prekey(x3dh_state)
    return state_pb2.Prekey(
        x25519_private=prekey.private,
        x25519_public=prekey.public,
        signature=prekey.signature,
        mlkem_seed=MLKEM768PrivateKey.generate().private_bytes_raw(),
    )


def _signed_prekey(prekey: state_pb2.Prekey) -> SignedPrekey:
    return SignedPrekey(prekey.x25519_private, prekey.x25519_public, prekey.signature)


def _encode(device: state_pb2.DeviceState) -> DeviceState:
    return DeviceState(device.SerializeToString())
