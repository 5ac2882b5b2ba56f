"""Multiaddrs as text from the user, checked: TCP over IPv4 or IPv6, and names for peers to dial."""

from __future__ import annotations

from collections.abc import Iterable

from libp2p.peer.id import ID
from libp2p.utils.multiaddr_utils import extract_ip_from_multiaddr
from multiaddr import Multiaddr  # type: ignore[import-untyped]

from parley.p2p.errors import InvalidAddressError

__all__ = ["Multiaddr", "host_and_port", "peers_by_id"]

NAMES = ("dns", "dns4", "dns6", "dnsaddr")


def host_and_port(address: Multiaddr) -> tuple[str, int]:
    """Return where an `/ip4|ip6/.../tcp/...` address points; raises InvalidAddressError for any other."""
    names = [protocol.name for protocol in address.protocols()]
    host = extract_ip_from_multiaddr(address)
    if (
        host is None
        or names[1:2] != ["tcp"]
        or any(name not in ("ip4", "ip6", "tcp", "p2p") for name in names)
    ):
        raise InvalidAddressError(str(address))
    return host, int(str(address.value_for_protocol("tcp")))


def peers_by_id(addresses: Iterable[str]) -> dict[ID, list[Multiaddr]]:
    """Group peer addresses by peer id, in the order given; raises InvalidAddressError for an unusable one."""
    grouped: dict[ID, list[Multiaddr]] = {}
    for text in addresses:
        try:
            address = Multiaddr(text)
            peer_id = ID.from_base58(str(address.value_for_protocol("p2p")))
            if str(text).split("/")[1] not in NAMES:
                host_and_port(address)
        except Exception as error:  # multiaddr has many ways to say that a text is none.
            raise InvalidAddressError(text) from error
        grouped.setdefault(peer_id, []).append(address)
    return grouped
