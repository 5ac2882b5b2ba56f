"""What a device says for other rooms, signed by its device key (README.md#statements).

A statement's purpose is signed with it, and no purpose makes it an endorsement or a bundle.
"""

from typing import Final

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from parley.e2ee import lengthprefix
from parley.e2ee.device import read_device, sign
from parley.e2ee.types import DeviceState

SIGNATURE_BYTES: Final = 64
_CONTEXT: Final = b"parley/statement/v1"


def sign_statement(state: DeviceState, purpose: bytes, statement: bytes) -> bytes:
    """Sign bytes with the device key: Ed25519, 64 bytes.

    Args:
        purpose: what the bytes are, so that one kind of statement is never taken for another.

    Raises:
        UnreadableStateError: the state is damaged or of an unknown version.
    """
    return sign(read_device(state), _CONTEXT, lengthprefix.join([purpose, statement]))


def statement_fits(device_id: bytes, purpose: bytes, statement: bytes, signature: bytes) -> bool:
    """Return whether a device signed these bytes for this purpose. Whose device it is, its account says elsewhere."""
    try:
        VerifyKey(device_id).verify(_CONTEXT + lengthprefix.join([purpose, statement]), signature)
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True
