"""Addresses of peers as text, read without libp2p: a host, a TCP port, and whom we expect to answer there.

Source: multiformats/multiaddr. Only what the transport of this room can dial is an address here.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from parley.p2p.errors import InvalidAddressError

ADDRESS_LENGTH = 512
"""Longest address in characters: a host name of 253 with all that stands around it is well below."""

NUMBERS = ("ip4", "ip6")
NAMES = ("dns", "dns4", "dns6")

_PEER_ID = re.compile(r"[1-9A-HJ-NP-Za-km-z]{40,64}")
_NAME = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?")
_PORT = re.compile(r"[1-9][0-9]{0,4}")


@dataclass(frozen=True, slots=True)
class PeerAddress:
    """`/<kind>/<host>/tcp/<port>/p2p/<peer id>`, with `kind` one of `NUMBERS` and `NAMES`."""

    kind: str
    host: str
    port: int
    peer_id: str

    def __str__(self) -> str:
        return f"/{self.kind}/{self.host}/tcp/{self.port}/p2p/{self.peer_id}"


def read_peer_address(text: str) -> PeerAddress:
    """Read an address; reading what is written of it gives the same.

    Raises:
        InvalidAddressError: it is no address that this room can dial.
    """
    parts = text.split("/") if len(text) <= ADDRESS_LENGTH else []
    if len(parts) != 7 or parts[0] or (parts[3], parts[5]) != ("tcp", "p2p"):
        raise InvalidAddressError(text[:ADDRESS_LENGTH])
    _, kind, host, _, port, _, peer_id = parts
    usable = _is_host(kind, host) and _PORT.fullmatch(port) and _PEER_ID.fullmatch(peer_id)
    if not usable or int(port) > 65_535:
        raise InvalidAddressError(text)
    return PeerAddress(kind, host, int(port), peer_id)


def _is_host(kind: str, host: str) -> bool:
    try:
        if kind == "ip4":
            return bool(ipaddress.IPv4Address(host))
        if kind == "ip6":
            return bool(ipaddress.IPv6Address(host)) and "%" not in host
    except ValueError:
        return False
    return kind in NAMES and _NAME.fullmatch(host) is not None
