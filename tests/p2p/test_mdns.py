"""Nodes on one LAN find each other, and what others announce there does no harm.

On the loopback, named explicitly, under cluster ids that nobody else uses; and between two network namespaces.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import logging
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import trio
import trio.testing
import zeroconf
from hypothesis import given
from hypothesis import strategies as st

from conformance.network_cases import WAIT_S, key_of, until
from harness.lan import lan
from p2p.siege import SETTINGS
from parley.p2p import mdns
from parley.p2p.api import Node, NodeSettings, open_node, read_peer_address
from parley.p2p.libp2p_adapter.stack import peer_id_of
from parley.p2p.mdns import lan_interfaces, service_type, usable_addresses
from parley.p2p.peer_book import FOUND_PEERS, PEER_ADDRESSES

LOOPBACK = "127.0.0.1/8"
HERE = (ipaddress.ip_interface("192.168.1.5/24"), ipaddress.ip_interface("fd00::5/64"))
FAR_ID = peer_id_of(key_of("far"))


def on_lan(name: str, cluster_id: int) -> NodeSettings:
    """Settings of a node that looks around on the loopback."""
    return replace(
        SETTINGS,
        key=key_of(f"{name} {cluster_id}"),
        cluster_id=cluster_id,
        mdns=True,
        mdns_interfaces=(LOOPBACK,),
        redial_first_s=0.02,
        redial_longest_s=0.1,
    )


@pytest.fixture
def cluster_id() -> int:
    """A cluster of this test alone: other tests, and people, may be on the same loopback."""
    return 20_000 + secrets.randbelow(40_000)


async def met(*nodes: Node) -> None:
    """Wait until each has a neighbour."""
    with trio.fail_after(WAIT_S * 2):
        for node in nodes:
            await node.wait_for_peers(1)


@asynccontextmanager
async def announced(cluster_id: int, *services: tuple[str, str, int]) -> AsyncIterator[None]:
    """A stranger on the LAN announces services, each with its name, a claimed peer id and a port."""
    kind = service_type(cluster_id)

    def register(name: str, claimed: str, port: int) -> None:
        info = zeroconf.ServiceInfo(
            kind,
            f"{name}.{kind}",
            port=port,
            properties={"id": claimed},
            server="stranger.local.",
            parsed_addresses=["127.0.0.1"],
        )
        stranger.register_service(info, cooperating_responders=True)

    stranger = await trio.to_thread.run_sync(
        lambda: zeroconf.Zeroconf(interfaces=["127.0.0.1"], ip_version=zeroconf.IPVersion.V4Only)
    )
    try:
        async with trio.open_nursery() as nursery:
            for each in services:
                nursery.start_soon(trio.to_thread.run_sync, register, *each)
        yield
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(stranger.close)


def name_of(peer_id: str) -> str:
    """Under which a node announces itself."""
    return hashlib.sha256(peer_id.encode()).hexdigest()[:32]


async def test_two_nodes_find_each_other(cluster_id: int) -> None:
    """Neither was told of the other; one connection, dialled by one of them, and marked as found."""
    async with open_node(on_lan("alice", cluster_id)) as alice, open_node(on_lan("bob", cluster_id)) as bob:
        await met(alice, bob)

        (at_alice,), (at_bob,) = alice.peers(), bob.peers()
        assert (at_alice.peer_id, at_bob.peer_id) == (bob.peer_id, alice.peer_id)
        assert at_alice.nearby
        assert {at_alice.outbound, at_bob.outbound} == {True, False}


async def test_a_node_that_leaves_and_returns_is_found_again(cluster_id: int) -> None:
    """With the same identity on another port."""
    async with open_node(on_lan("alice", cluster_id)) as alice:
        for _ in range(2):
            async with open_node(on_lan("bob", cluster_id)) as bob:
                await met(alice, bob)
            await until(lambda: alice.peers() == ())


async def test_another_cluster_is_not_found(cluster_id: int) -> None:
    """The cluster is in the name that is asked for."""
    async with (
        open_node(on_lan("alice", cluster_id)) as alice,
        open_node(on_lan("bob", cluster_id + 1)) as other,
        open_node(on_lan("carol", cluster_id)) as carol,
    ):
        await met(alice, carol)

        assert other.peers() == ()
        assert len(alice.peers()) == 1


async def test_it_is_off_unless_the_settings_say_so(cluster_id: int) -> None:
    """Nothing is announced, and nobody looked for."""
    quiet = replace(on_lan("bob", cluster_id), mdns=False)
    async with (
        open_node(on_lan("alice", cluster_id)) as alice,
        open_node(quiet) as bob,
        open_node(on_lan("carol", cluster_id)) as carol,
    ):
        await met(alice, carol)

        assert bob.peers() == ()


async def test_a_node_on_the_loopback_alone_tells_the_lan_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody could dial it, zeroconf is not even started."""
    monkeypatch.setattr(mdns, "_Search", lambda *_: pytest.fail("started"))
    async with open_node(replace(SETTINGS, mdns=True)):
        await trio.testing.wait_all_tasks_blocked(0.05)


async def test_strangers_announcements_do_no_harm(cluster_id: int) -> None:
    """Another's identity, our own, a name that is not the id's, nonsense: a good node is found all the same."""
    async with open_node(on_lan("alice", cluster_id)) as alice:
        bob_id = peer_id_of(key_of(f"bob {cluster_id}"))
        own_port = read_peer_address(alice.addresses[0]).port
        lies = (
            (name_of(alice.peer_id), alice.peer_id, own_port),
            (name_of(FAR_ID), FAR_ID, own_port),
            ("another", FAR_ID, 9),
            (name_of("nonsense"), "nonsense", 9),
            (name_of("x" * 200), "x" * 200, 9),
        )
        async with announced(cluster_id, *lies), open_node(on_lan("bob", cluster_id)) as bob:
            await met(alice, bob)
            assert [peer.peer_id for peer in alice.peers()] == [bob_id]


def test_only_addresses_of_our_networks_are_taken() -> None:
    """A stranger on the LAN cannot send us to the internet, to ourselves, or to every machine at once."""
    heard = (
        "192.168.1.7",
        "192.168.2.7",
        "8.8.8.8",
        "127.0.0.1",
        "255.255.255.255",
        "224.0.0.251",
        "fd00::7",
        "fe80::7%eth0",
        "nonsense",
    )

    assert usable_addresses(FAR_ID, heard, 4001, HERE) == (
        f"/ip4/192.168.1.7/tcp/4001/p2p/{FAR_ID}",
        f"/ip6/fd00::7/tcp/4001/p2p/{FAR_ID}",
    )
    for port in (None, 0, 70_000):
        assert usable_addresses(FAR_ID, ["192.168.1.7"], port, HERE) == ()


@given(st.text(), st.lists(st.text() | st.ip_addresses().map(str), max_size=20), st.none() | st.integers())
def test_whatever_is_heard_is_an_address_of_ours_or_nothing(
    peer_id: str, hosts: list[str], port: int | None
) -> None:
    """And bounded."""
    taken = usable_addresses(peer_id, hosts, port, HERE)

    assert len(taken) <= PEER_ADDRESSES
    for each in taken:
        host = ipaddress.ip_address(read_peer_address(each).host)
        assert any(host in interface.network for interface in HERE)


def test_the_loopback_and_whole_internets_are_no_lan() -> None:
    """Named explicitly, an interface is taken as it is."""
    for each in lan_interfaces():
        assert not each.is_loopback
        assert each.network.prefixlen >= mdns.SMALLEST_PREFIX
    assert [str(each) for each in lan_interfaces([LOOPBACK])] == [LOOPBACK]


async def test_a_flood_of_announcements_is_bounded(cluster_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """More names than are kept start the search anew; no more peers are dialled than fit the book."""
    monkeypatch.setattr(mdns, "CACHE_NAMES", 40)
    monkeypatch.setattr(mdns, "LOOK_AROUND_S", 0.05)
    begun = []
    start = mdns._Search._start

    def noted(search: mdns._Search) -> None:
        begun.append(search)
        start(search)

    monkeypatch.setattr(mdns._Search, "_start", noted)
    flood = [peer_id_of(key_of(str(number))) for number in range(FOUND_PEERS + 30)]
    services = [(name_of(each), each, 9) for each in flood]
    async with open_node(on_lan("alice", cluster_id)) as alice, announced(cluster_id, *services):
        await until(lambda: len(begun) >= 2)
        assert len(alice._peer_book.peers()) <= FOUND_PEERS


async def test_what_fails_is_counted_and_tried_again(
    cluster_id: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A machine that may not multicast, say; the node goes on, and the log names nobody."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(mdns, "TRY_AGAIN_S", 0.05)
    start = mdns._Search._start
    failed: list[int] = []

    def fail_twice(search: mdns._Search) -> None:
        if len(failed) < 2:
            failed.append(1)
            raise OSError("no such device 127.0.0.1")
        start(search)

    monkeypatch.setattr(mdns._Search, "_start", fail_twice)
    async with open_node(on_lan("alice", cluster_id)) as alice, open_node(on_lan("bob", cluster_id)) as bob:
        await met(alice, bob)
        assert alice.counts().failures["mdns"] + bob.counts().failures["mdns"] == 2
        names = [alice.peer_id, bob.peer_id, "127.0.0.1"]
    text = "\n".join(record.getMessage() for record in caplog.records)

    assert "mdns failed error=OSError" in text
    assert not [name for name in names if name in text]


def test_two_machines_on_a_lan_without_a_router_find_each_other(cluster_id: int) -> None:
    """Link-local addresses, no route, no name server: they exchange a message."""
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(root / "app"), str(root / "tests")))}
    with lan() as two:
        nodes = [
            subprocess.Popen(
                [
                    *two.inside(number),
                    sys.executable,
                    Path(__file__).with_name("lan_node.py"),
                    str(cluster_id),
                    word,
                ],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for number, word in enumerate(("from a", "from b"))
        ]
        try:
            facts = [json.loads(node.stdout.readline()) for node in nodes]  # type: ignore[union-attr]
        finally:
            for node in nodes:
                node.kill()
                node.communicate()

    assert [each["received"] for each in facts] == ["from b", "from a"]
    assert [each["found"] for each in facts] == [each["peer_id"] for each in reversed(facts)]
    assert [each["nearby"] for each in facts] == [True, True]
    for each, host in zip(facts, two.hosts, strict=True):
        assert read_peer_address(each["addresses"][0]).host == host
