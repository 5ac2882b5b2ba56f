"""Padding to a few sizes before encryption, so that a length tells little (README.md#padding)."""

from typing import Final

from nacl.bindings import sodium_pad, sodium_unpad
from nacl.exceptions import CryptoError

from parley.e2ee.errors import PlainTextTooLongError

SMALLEST_BUCKET: Final = 256
LARGEST_BUCKET: Final = 128 * 1024
BUCKETS: Final = tuple(SMALLEST_BUCKET << k for k in range(10))
MAX_PLAINTEXT: Final = LARGEST_BUCKET - 1
"""131,071 bytes: padding always adds at least one byte."""


def pad(plaintext: bytes) -> bytes:
    """Pad to the next bucket of 256 * 2^k bytes, k = 0..9 (ISO/IEC 7816-4: 0x80, then zeros).

    Raises:
        PlainTextTooLongError: longer than 131,071 bytes.
    """
    for bucket in BUCKETS:
        if len(plaintext) < bucket:
            return sodium_pad(bytes(plaintext), bucket)
    raise PlainTextTooLongError(len(plaintext), MAX_PLAINTEXT)


def unpad(padded: bytes) -> bytes:
    """Undo `pad`.

    Raises:
        ValueError: the length is no bucket, or the padding is malformed.
    """
    if len(padded) not in BUCKETS:
        raise ValueError("the length is no bucket")
    try:
        return sodium_unpad(padded, len(padded))
    except CryptoError as error:
        raise ValueError("the padding is malformed") from error
