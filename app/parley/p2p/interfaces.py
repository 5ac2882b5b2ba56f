"""This machine's own IP addresses, and from where an address can be reached. The only module that asks the system."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from enum import StrEnum

import ifaddr

Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface

OWN_ADDRESSES = 16
"""So many are told of one listener; a machine with containers has dozens."""


class Reach(StrEnum):
    """From where an address can be dialled, as far as the address alone tells: a firewall may be in between."""

    MACHINE = "machine"
    LAN = "lan"
    INTERNET = "internet"

    @property
    def rank(self) -> int:
        """The farther, the higher."""
        return list(Reach).index(self)


def own_interfaces() -> tuple[Interface, ...]:
    """The addresses of this machine with their networks, those first that are reached from farthest.

    Link-local ones of IPv6 are left out: nobody can dial them without naming an interface of their own.
    """
    found = []
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            host = ip.ip if isinstance(ip.ip, str) else ip.ip[0]
            interface = ipaddress.ip_interface(f"{host}/{ip.network_prefix}")
            if not (interface.version == 6 and interface.is_link_local):
                found.append(interface)
    return tuple(sorted(dict.fromkeys(found), key=lambda each: -_reach(each.ip).rank))


def spelled_out(addresses: Iterable[str], interfaces: Iterable[Interface]) -> tuple[str, ...]:
    """Addresses of listeners as others can dial them: "every address of this machine" becomes each of them."""
    known = tuple(interfaces)
    told: list[str] = []
    for address in addresses:
        _, kind, host, rest = address.split("/", 3)
        if ipaddress.ip_address(host).is_unspecified:
            same = [each.ip for each in known if f"ip{each.version}" == kind]
            told += [f"/{kind}/{ip}/{rest}" for ip in same[:OWN_ADDRESSES]]
        else:
            told.append(address)
    return tuple(told)


def reach_of(address: str) -> Reach:
    """From where a multiaddr with an IP address can be dialled; a name is taken for one of the internet's."""
    _, kind, host, _ = address.split("/", 3)
    if kind == "memory":  # The double's.
        return Reach.MACHINE
    return _reach(ipaddress.ip_address(host)) if kind in ("ip4", "ip6") else Reach.INTERNET


def _reach(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Reach:
    if ip.is_loopback:
        return Reach.MACHINE
    return Reach.INTERNET if ip.is_global else Reach.LAN
