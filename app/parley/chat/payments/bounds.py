"""How much of money one message may hold. Whatever is outside is not a request, or not sent."""

from __future__ import annotations

from typing import Final

REQUEST_ID_BYTES: Final = 32
HASH_BYTES: Final = 32
ADDRESS_BYTES: Final = 20

MAX_CALLS: Final = 16
MAX_CALL_DATA_BYTES: Final = 16 * 1024
MAX_WEI: Final = 2**256 - 1
MAX_TEXT_CHARACTERS: Final = 280
"""Of a note and of a reason."""

MAX_WALLET_SIGNATURE_BYTES: Final = 4 * 1024
MAX_OPEN_MS: Final = 366 * 24 * 60 * 60 * 1000
"""So long a request can be open."""

MAX_AHEAD_MS: Final = 24 * 60 * 60 * 1000
"""So far the requester's clock may be ahead, as SDS allows it (sync/README.md)."""

MAX_CLAIMS: Final = 16
"""So many transactions may be named for one request: each costs the requester's node questions."""
