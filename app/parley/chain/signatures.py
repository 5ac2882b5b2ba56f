"""Who signed: recovery of an externally owned account from an EIP-712 signature.

eth-account takes about a second to import, so it is imported where it is first needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SIGNATURE_BYTES = 65


def recover_typed_data_signer(typed_data: Mapping[str, Any], signature: bytes) -> str:
    """Recover the account that signed EIP-712 typed data.

    Args:
        typed_data: types, primaryType, domain and message.
        signature: r || s || v, 65 bytes.

    Returns:
        The address in EIP-55 spelling. It says who signed; whether that is the right account is
        the caller's question.

    Raises:
        ValueError: the signature has another length or recovers to no key, or the data is not typed data.
    """
    from eth_account import Account
    from eth_account.messages import encode_typed_data
    from eth_keys.exceptions import BadSignature
    from eth_utils.exceptions import ValidationError

    if len(signature) != SIGNATURE_BYTES:
        raise ValueError(f"a signature has {SIGNATURE_BYTES} bytes, this one {len(signature)}")
    try:
        message = encode_typed_data(full_message=dict(typed_data))
        return str(Account.recover_message(message, signature=signature))
    except (BadSignature, ValidationError, TypeError, KeyError, AttributeError) as error:
        raise ValueError("no account can be recovered from this signature") from error
