"""Where others can dial us: own addresses spelled out, and from how far each can be reached."""

from __future__ import annotations

import ipaddress
from dataclasses import replace

import pytest

from conformance.network_cases import key_of
from p2p.siege import SETTINGS
from parley.p2p.api import Reach, open_node, reach_of, read_peer_address
from parley.p2p.interfaces import OWN_ADDRESSES, own_interfaces, spelled_out

HERE = tuple(
    map(ipaddress.ip_interface, ("8.8.8.8/24", "192.168.1.5/24", "2a00::1/64", "127.0.0.1/8", "::1/128"))
)


def test_every_address_is_spelled_out_for_its_version() -> None:
    """A listener on one address stays as it is."""
    listening = ("/ip4/0.0.0.0/tcp/1/p2p/x", "/ip6/::/tcp/2/p2p/x", "/ip4/10.0.0.1/tcp/3/p2p/x")

    assert spelled_out(listening, HERE) == (
        "/ip4/8.8.8.8/tcp/1/p2p/x",
        "/ip4/192.168.1.5/tcp/1/p2p/x",
        "/ip4/127.0.0.1/tcp/1/p2p/x",
        "/ip6/2a00::1/tcp/2/p2p/x",
        "/ip6/::1/tcp/2/p2p/x",
        "/ip4/10.0.0.1/tcp/3/p2p/x",
    )


def test_so_many_addresses_are_told_and_no_more() -> None:
    """A machine with containers has dozens of networks."""
    many = [ipaddress.ip_interface(f"10.0.{n}.1/24") for n in range(100)]

    assert len(spelled_out(["/ip4/0.0.0.0/tcp/1/p2p/x"], many)) == OWN_ADDRESSES


@pytest.mark.parametrize(
    ("place", "reach"),
    [
        ("ip4/127.0.0.1", Reach.MACHINE),
        ("ip6/::1", Reach.MACHINE),
        ("ip4/192.168.1.5", Reach.LAN),
        ("ip4/169.254.1.1", Reach.LAN),
        ("ip4/100.64.0.1", Reach.LAN),
        ("ip6/fd00::1", Reach.LAN),
        ("ip4/8.8.8.8", Reach.INTERNET),
        ("ip6/2a00::1", Reach.INTERNET),
        ("dns4/relay.example", Reach.INTERNET),
    ],
)
def test_how_far_an_address_reaches(place: str, reach: Reach) -> None:
    """As far as the address alone tells."""
    assert reach_of(f"/{place}/tcp/1/p2p/x") is reach


def test_the_farthest_of_this_machine_comes_first() -> None:
    """And loopback last: it is what nobody else can dial."""
    ranks = [reach_of(f"/ip{each.version}/{each.ip}/tcp/1").rank for each in own_interfaces()]

    assert ranks == sorted(ranks, reverse=True)
    assert ranks[-1] == Reach.MACHINE.rank


async def test_a_node_that_listens_everywhere_tells_addresses_that_can_be_dialled() -> None:
    """Loopback last: from another machine it leads nowhere."""
    everywhere = replace(SETTINGS, listen=("/ip4/0.0.0.0/tcp/0",))
    async with open_node(everywhere) as node, open_node(replace(SETTINGS, key=key_of("bob"))) as bob:
        told = [read_peer_address(address) for address in node.addresses]
        bob.add_peer(str(told[-1]))
        await bob.wait_for_peers(1)

        assert not any(ipaddress.ip_address(each.host).is_unspecified for each in told)
        assert told[-1].host == "127.0.0.1"
