"""The text that signs a browser in when the account's wallet signs it (EIP-4361)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from parley.chain.api import SignInError, SignInMessage, build_sign_in, checksummed
from parley.chat.preferences.model import MAX_CHAIN_ID
from parley.messenger.errors import InvalidAddressError, InvalidChainError

LIFETIME_MS: Final = 5 * 60 * 1000
STATEMENT: Final = "Let this browser read and write as you in Parley."


def sign_in_text(address: str, chain_id: int, *, domain: str, uri: str, nonce: str, now_ms: int) -> str:
    """Make the text for any address, so that nobody learns by asking which one is the own.

    Args:
        chain_id: the chain the wallet is on.
        domain, uri, nonce: of this server, for one sign-in.
        now_ms: milliseconds since the epoch, UTC.

    Raises:
        InvalidAddressError, InvalidChainError: there is no such text.
    """
    try:
        account = checksummed(address)
    except ValueError:
        raise InvalidAddressError from None
    if not 1 <= chain_id <= MAX_CHAIN_ID:
        raise InvalidChainError
    try:
        return build_sign_in(
            SignInMessage(
                domain=domain,
                account=account,
                uri=uri,
                chain_id=chain_id,
                nonce=nonce,
                issued_at=_written(now_ms),
                statement=STATEMENT,
                expiration_time=_written(now_ms + LIFETIME_MS),
            )
        )
    except SignInError as error:
        raise ValueError(f"the server's own {error.field} cannot be written") from error


def _written(at_ms: int) -> str:
    """A time as RFC 3339 in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
