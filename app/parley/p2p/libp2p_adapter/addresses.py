"""Multiaddrs as text from the user, checked: TCP over IPv4 or IPv6, and names for peers to dial."""

from __future__ import annotations

from libp2p.peer.id import ID
from multiaddr import Multiaddr  # type: ignore[import-untyped]

from parley.p2p.errors import InvalidAddressError
from parley.p2p.peer_address import NAMES, NUMBERS, read_peer_address

__all__ = ["Multiaddr", "host_and_port", "peer_and_address"]


def host_and_port(address: Multiaddr, *, names: bool = False) -> tuple[str, int]:
    """Return where an `/ip4|ip6/.../tcp/...` address points; with `names` also `/dns|dns4|dns6/.../tcp/...`.

    Raises:
        InvalidAddressError: for any other address.
    """
    protocols = [protocol.name for protocol in address.protocols()]
    allowed = NUMBERS + NAMES if names else NUMBERS
    if len(protocols) < 2 or protocols[0] not in allowed or protocols[1:] not in (["tcp"], ["tcp", "p2p"]):
        raise InvalidAddressError(str(address))
    return str(address.value_for_protocol(protocols[0])), int(str(address.value_for_protocol("tcp")))


def peer_and_address(text: str) -> tuple[ID, Multiaddr]:
    """Read a peer's address; raises InvalidAddressError for an unusable one."""
    peer_id = read_peer_address(text).peer_id
    try:
        return ID.from_base58(peer_id), Multiaddr(text)
    except Exception as error:  # multiaddr has many ways to say that a text is none.
        raise InvalidAddressError(text) from error
