"""The Double Ratchet as the `doubleratchet` library does it, with our AEAD and our stored form.

Signal's "The Double Ratchet Algorithm": X25519, HKDF-SHA-256 for the root chain, HMAC-SHA-256 for message
chains (section 5.2), XChaCha20-Poly1305 with a random 24-byte nonce for messages. The library's own AES-HMAC
compares tags with an operator that is not constant in time, hence the AEAD of our own. No other module touches
`doubleratchet`.
"""

import secrets
from collections.abc import Iterator
from itertools import groupby
from typing import Any, Final, Self

import doubleratchet
from doubleratchet.models import (
    DiffieHellmanRatchetModel,
    DoubleRatchetModel,
    KDFChainModel,
    SkippedMessageKeyModel,
    SymmetricKeyRatchetModel,
)
from doubleratchet.recommended import (
    HashFunction,
    diffie_hellman_ratchet_curve25519,
    kdf_hkdf,
    kdf_separate_hmacs,
)
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    crypto_scalarmult,
    crypto_scalarmult_base,
)
from nacl.exceptions import CryptoError

from parley.e2ee import state_pb2
from parley.e2ee.coroutines import drive

MAX_SKIPPED_AT_ONCE: Final = 2000
MAX_SKIPPED_KEPT: Final = 5000
HEADER_BYTES: Final = 40
NONCE_BYTES: Final = 24
TAG_BYTES: Final = 16


class RatchetFailedError(Exception):
    """A message was refused by the ratchet. Never leaves the room: callers turn it into their one error."""


class _XChaCha20Poly1305(doubleratchet.AEAD):
    @staticmethod
    async def encrypt(plaintext: bytes, key: bytes, associated_data: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, associated_data, nonce, key)

    @staticmethod
    async def decrypt(ciphertext: bytes, key: bytes, associated_data: bytes) -> bytes:
        nonce, sealed = ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:]
        try:
            return crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, associated_data, nonce, key)
        except CryptoError as error:
            raise doubleratchet.AuthenticationFailedException from error


class _RootKdf(kdf_hkdf.KDF):
    @staticmethod
    def _get_hash_function() -> HashFunction:
        return HashFunction.SHA_256

    @staticmethod
    def _get_info() -> bytes:
        return b"parley/ratchet/root/v1"


class _MessageKdf(kdf_separate_hmacs.KDF):
    @staticmethod
    def _get_hash_function() -> HashFunction:
        return HashFunction.SHA_256


class _DiffieHellmanRatchet(diffie_hellman_ratchet_curve25519.DiffieHellmanRatchet):
    """X25519 by libsodium, which is quicker here than the library's own; both refuse keys of small order."""

    @staticmethod
    def _generate_priv() -> bytes:
        return secrets.token_bytes(32)

    @staticmethod
    def _derive_pub(priv: bytes) -> bytes:
        return crypto_scalarmult_base(priv)

    @staticmethod
    def _perform_diffie_hellman(own_priv: bytes, other_pub: bytes) -> bytes:
        return crypto_scalarmult(own_priv, other_pub)

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        """Return itself.

        The library copies before each decryption so that a failure changes nothing. Here every step works on a
        ratchet restored from bytes for that step alone and dropped when it fails, so the copy would be a second one.
        Guarded by tests/e2ee/test_ratchet.py ::test_a_refused_message_changes_nothing.
        """
        return self


class _Ratchet(doubleratchet.DoubleRatchet):
    @staticmethod
    def _build_associated_data(associated_data: bytes, header: doubleratchet.Header) -> bytes:
        return associated_data + encode_header(header)  # Both have fixed sizes, so the pair stays unique.


_PROFILE: Final[dict[str, Any]] = {
    "diffie_hellman_ratchet_class": _DiffieHellmanRatchet,
    "root_chain_kdf": _RootKdf,
    "message_chain_kdf": _MessageKdf,
    "message_chain_constant": b"\x02\x01",  # 0x02 yields the next chain key, 0x01 the message key.
    "dos_protection_threshold": MAX_SKIPPED_AT_ONCE,
    "max_num_skipped_message_keys": MAX_SKIPPED_KEPT,
    "aead": _XChaCha20Poly1305,
}


def encode_header(header: doubleratchet.Header) -> bytes:
    """Return ratchet key (32), previous chain's length (4) and number in the chain (4): 40 bytes."""
    return (
        header.ratchet_pub
        + header.previous_sending_chain_length.to_bytes(4, "big")
        + header.sending_chain_length.to_bytes(4, "big")
    )


def begin_sending(
    secret: bytes, peer_prekey: bytes, padded: bytes, associated_data: bytes
) -> tuple[state_pb2.Ratchet, bytes]:
    """Begin the starter's ratchet with its first message.

    Args:
        secret: 32 bytes from `pqxdh.mix`.
        peer_prekey: the receiver's signed prekey, X25519, 32 bytes.
        associated_data: bound but not sent; of one fixed size.

    Returns:
        The ratchet to store, and header (40), nonce (24), ciphertext and tag (16).
    """
    ratchet, message = drive(
        _Ratchet.encrypt_initial_message(
            shared_secret=secret,
            recipient_ratchet_pub=peer_prekey,
            message=padded,
            associated_data=associated_data,
            **_PROFILE,
        )
    )
    return _store(ratchet), encode_header(message.header) + message.ciphertext


def begin_receiving(
    secret: bytes, own_prekey: bytes, sealed: bytes, associated_data: bytes
) -> tuple[state_pb2.Ratchet, bytes]:
    """Begin the receiver's ratchet with whichever message of the starter's first chain came first.

    Raises:
        RatchetFailedError: malformed, not authentic, or more than 2,000 messages ahead.
    """
    message = _decode_message(sealed)
    try:
        ratchet, padded = drive(
            _Ratchet.decrypt_initial_message(
                shared_secret=secret,
                own_ratchet_priv=own_prekey,
                message=message,
                associated_data=associated_data,
                **_PROFILE,
            )
        )
    except _REFUSALS as error:
        raise RatchetFailedError from error
    return _store(ratchet), padded


def encrypt(
    stored: state_pb2.Ratchet, padded: bytes, associated_data: bytes
) -> tuple[state_pb2.Ratchet, bytes]:
    """Encrypt the next message. Returns the next ratchet, and header, nonce, ciphertext and tag."""
    ratchet = _restore(stored)
    message = drive(ratchet.encrypt_message(padded, associated_data))
    return _store(ratchet), encode_header(message.header) + message.ciphertext


def decrypt(
    stored: state_pb2.Ratchet, sealed: bytes, associated_data: bytes
) -> tuple[state_pb2.Ratchet, bytes]:
    """Decrypt a message of this ratchet, in any order, once.

    Raises:
        RatchetFailedError: malformed, not authentic, already read, or more than 2,000 messages ahead.
    """
    message = _decode_message(sealed)
    ratchet = _restore(stored)
    try:
        padded = drive(ratchet.decrypt_message(message, associated_data))
    except _REFUSALS as error:
        raise RatchetFailedError from error
    return _store(ratchet), padded


_REFUSALS: Final = (
    doubleratchet.AuthenticationFailedException,
    doubleratchet.DoSProtectionException,
    doubleratchet.DuplicateMessageException,
    CryptoError,  # A ratchet key of small order.
)


def _decode_message(sealed: bytes) -> doubleratchet.EncryptedMessage:
    """Split header and ciphertext; refuse counts above what can be skipped before anything is derived from them.

    Sessions are renewed every 500 messages, so an honest chain is never near the limit. Without this check a large
    previous count makes the library warn through the `warnings` module in place of refusing.
    Guarded by tests/e2ee/test_ratchet.py ::test_absurd_counts_are_refused.
    """
    if len(sealed) < HEADER_BYTES + NONCE_BYTES + TAG_BYTES:
        raise RatchetFailedError
    previous, number = int.from_bytes(sealed[32:36], "big"), int.from_bytes(sealed[36:40], "big")
    if max(previous, number) > MAX_SKIPPED_AT_ONCE:
        raise RatchetFailedError
    return doubleratchet.EncryptedMessage(
        doubleratchet.Header(sealed[:32], previous, number), sealed[HEADER_BYTES:]
    )


def _restore(stored: state_pb2.Ratchet) -> _Ratchet:
    previous = stored.previous_sending_length if stored.HasField("previous_sending_length") else None
    symmetric = SymmetricKeyRatchetModel(
        receiving_chain=_restore_chain(stored.receiving) if stored.HasField("receiving") else None,
        sending_chain=_restore_chain(stored.sending),
        previous_sending_chain_length=previous,
    )
    model = DoubleRatchetModel(
        diffie_hellman_ratchet=DiffieHellmanRatchetModel(
            own_ratchet_priv=stored.own_private,
            other_ratchet_pub=stored.peer_public,
            root_chain=_restore_chain(stored.root),
            symmetric_key_ratchet=symmetric,
        ),
        skipped_message_keys=list(_restore_skipped(stored)),
    )
    return _Ratchet.from_model(model, **_PROFILE)


def _restore_chain(stored: state_pb2.Chain) -> KDFChainModel:
    return KDFChainModel(key=stored.key, length=stored.length)


def _restore_skipped(stored: state_pb2.Ratchet) -> Iterator[SkippedMessageKeyModel]:
    for run in stored.skipped:
        keys = run.keys
        for place, index in enumerate(run.indexes):
            yield SkippedMessageKeyModel(
                ratchet_pub=run.peer_public, index=index, message_key=keys[32 * place : 32 * place + 32]
            )


def _store(ratchet: _Ratchet) -> state_pb2.Ratchet:
    model = ratchet.model
    inner = model.diffie_hellman_ratchet
    symmetric = inner.symmetric_key_ratchet
    return state_pb2.Ratchet(
        own_private=inner.own_ratchet_priv,
        peer_public=inner.other_ratchet_pub,
        root=_store_chain(inner.root_chain),
        receiving=_store_chain(symmetric.receiving_chain),
        sending=_store_chain(symmetric.sending_chain),
        previous_sending_length=symmetric.previous_sending_chain_length,
        skipped=_store_skipped(model.skipped_message_keys),
    )


def _store_chain(chain: KDFChainModel | None) -> state_pb2.Chain | None:
    return None if chain is None else state_pb2.Chain(key=chain.key, length=chain.length)


def _store_skipped(skipped: list[SkippedMessageKeyModel]) -> Iterator[state_pb2.SkippedKeys]:
    for peer_public, group in groupby(skipped, lambda key: key.ratchet_pub):
        run = list(group)
        yield state_pb2.SkippedKeys(
            peer_public=peer_public,
            indexes=[key.index for key in run],
            keys=b"".join(key.message_key for key in run),
        )
