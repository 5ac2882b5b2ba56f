"""Multiaddrs as text from the user, checked: TCP over IPv4 or IPv6, and names for peers to dial."""

from __future__ import annotations

from collections.abc import Iterable

from libp2p.peer.id import ID
from multiaddr import Multiaddr  # type: ignore[import-untyped]

from parley.p2p.errors import InvalidAddressError

__all__ = ["Multiaddr", "host_and_port", "peers_by_id"]

NUMBERS = ("ip4", "ip6")
NAMES = ("dns", "dns4", "dns6")


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


def peers_by_id(addresses: Iterable[str]) -> dict[ID, list[Multiaddr]]:
    """Group peer addresses by peer id, in the order given; raises InvalidAddressError for an unusable one."""
    grouped: dict[ID, list[Multiaddr]] = {}
    for text in addresses:
        try:
            address = Multiaddr(text)
            peer_id = ID.from_base58(str(address.value_for_protocol("p2p")))
            host_and_port(address, names=True)
        except Exception as error:  # multiaddr has many ways to say that a text is none.
            raise InvalidAddressError(text) from error
        grouped.setdefault(peer_id, []).append(address)
    return grouped
