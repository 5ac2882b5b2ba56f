"""Everything this room can raise.

One root; attributes carry facts and sizes, never a key or a payload. What a peer does wrong never leaves the
room as an exception: it is counted (see `counts.py`) and the peer's stream is reset.
"""

from __future__ import annotations


class P2pError(Exception):
    """Root of the room's errors."""


class PayloadTooLargeError(P2pError, ValueError):
    """The caller offered a payload above the limit; nothing was sent."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"payload of {size} bytes is above the limit of {limit} bytes")
        self.size = size
        self.limit = limit


class ContentTopicError(P2pError, ValueError):
    """The caller named a content topic that is empty, too long or not text."""

    def __init__(self, length: int) -> None:
        super().__init__(f"content topic of {length} bytes is not acceptable")
        self.length = length


class MetaTooLargeError(P2pError, ValueError):
    """The caller offered more `meta` than 14/WAKU2-MESSAGE allows; nothing was sent."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"meta of {size} bytes is above the limit of {limit} bytes")
        self.size = size
        self.limit = limit


class MalformedMessageError(P2pError):
    """Bytes from a peer are not a Waku message within the limits.

    `fact` names the rule in a few fixed words and never quotes the bytes.
    """

    def __init__(self, fact: str) -> None:
        super().__init__(fact)
        self.fact = fact


class AddressInUseError(P2pError, OSError):
    """Another process listens on the address we were told to listen on."""

    def __init__(self, address: str) -> None:
        super().__init__(f"address in use: {address}")
        self.address = address


class InvalidAddressError(P2pError, ValueError):
    """A multiaddr given by the user is not one this node can use."""

    def __init__(self, address: str) -> None:
        super().__init__(f"not a usable address: {address}")
        self.address = address


class TooManyPeersError(P2pError, ValueError):
    """The node was told of more peers than it stays connected to; the one too many was not taken."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} peers")
        self.limit = limit


class InvalidFaultsError(P2pError, ValueError):
    """The text of a fault setting is not `name=value,...` with known names and values in range."""

    def __init__(self, part: str) -> None:
        super().__init__(f"not a fault setting: {part!r}")
        self.part = part


class NetworkClosedError(P2pError):
    """The network was closed; nothing is published any more."""
