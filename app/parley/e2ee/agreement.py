"""X3DH as the `x3dh` library does it, in our profile: Ed25519 identities, SHA-256, no one-time prekeys.

`BaseState` is used rather than `State`: the latter rotates by its own clock at load, which would part the
signed prekey from the ML-KEM key that has to rotate with it. The library's time stamps are therefore written as
zero and never read.
"""

from typing import NamedTuple

import x3dh
from x3dh.identity_key_pair import IdentityKeyPairSeed
from x3dh.models import BaseStateModel, IdentityKeyPairModel, SignedPreKeyPairModel
from x3dh.types import SecretType

INFO = b"parley/x3dh/v1"


class SignedPrekey(NamedTuple):
    """A signed prekey as stored: X25519 private (32) and public (32) key, signature by the identity (64)."""

    private: bytes
    public: bytes
    signature: bytes


class Agreement(x3dh.BaseState):
    """The x3dh state of one device. Public keys are encoded behind one byte that names their curve."""

    @staticmethod
    def _encode_public_key(key_format: x3dh.IdentityKeyFormat, pub: bytes) -> bytes:
        return (b"\x01" if key_format is x3dh.IdentityKeyFormat.ED_25519 else b"\x02") + pub


def create(identity_seed: bytes) -> Agreement:
    """Make the state of a new device with a first signed prekey.

    Args:
        identity_seed: 32 random bytes, the Ed25519 seed of the x3dh identity.
    """
    return Agreement.create(
        x3dh.IdentityKeyFormat.ED_25519, x3dh.HashFunction.SHA_256, INFO, IdentityKeyPairSeed(identity_seed)
    )


def restore(identity_seed: bytes, current: SignedPrekey, previous: SignedPrekey | None) -> Agreement:
    """Rebuild the state from its stored keys."""
    model = BaseStateModel(
        identity_key=IdentityKeyPairModel(secret=identity_seed, secret_type=SecretType.SEED),
        signed_pre_key=_model(current),
        old_signed_pre_key=None if previous is None else _model(previous),
        pre_keys=frozenset(),
    )
    return Agreement.from_model(model, x3dh.IdentityKeyFormat.ED_25519, x3dh.HashFunction.SHA_256, INFO)


def current_prekey(agreement: Agreement) -> SignedPrekey:
    """Return the newest signed prekey, to be stored."""
    model = agreement.model.signed_pre_key
    return SignedPrekey(model.priv, agreement.bundle.signed_pre_key, model.sig)


def _model(prekey: SignedPrekey) -> SignedPreKeyPairModel:
    return SignedPreKeyPairModel(priv=prekey.private, sig=prekey.signature, timestamp=0)
