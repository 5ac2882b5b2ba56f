"""Hostile TCP: garbage, silence, crowds and the wrong security, before anybody has proved who he is."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import replace

import pytest
import trio
import trio.testing
from libp2p.crypto.ed25519 import create_new_key_pair
from libp2p.custom_types import TProtocol
from libp2p.io.trio import TrioTCPStream
from libp2p.network.connection.raw_connection import RawConnection
from libp2p.peer.id import ID
from libp2p.security.insecure.transport import PLAINTEXT_PROTOCOL_ID, InsecureTransport
from libp2p.stream_muxer.mplex.mplex import MPLEX_PROTOCOL_ID, Mplex
from libp2p.transport.upgrader import TransportUpgrader

from conformance.network_cases import WAIT_S, key_of, until
from p2p.attacker import open_tcp
from p2p.siege import SETTINGS, besieged
from parley.p2p.api import open_node
from parley.p2p.libp2p_adapter.sockets import HANDSHAKE_BYTES

MULTISTREAM = b"\x13/multistream/1.0.0\n"


async def hung_up(stream: trio.SocketStream) -> None:
    """Read until the victim closes."""
    with trio.fail_after(WAIT_S):
        try:
            while await stream.receive_some():
                pass
        except trio.BrokenResourceError:
            pass
    await stream.aclose()


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        bytes(4_000),
        b"\xff" * 4_000,
        MULTISTREAM + b"\xff" * 50,
        MULTISTREAM + b"\x02\xff\n",
        MULTISTREAM + b"\x07/noise\n" + bytes(2_000),
        MULTISTREAM + b"\x07/noise\n\x00\x20" + b"\x01" * 32,
    ],
    ids=["http", "zeros", "ones", "long varint", "bad utf8", "noise zeros", "noise key"],
)
async def test_garbage_on_tcp(garbage: bytes) -> None:
    """What is no libp2p is hung up on, at the latest when the handshake should have ended."""
    async with besieged(replace(SETTINGS, handshake_s=0.5)) as siege:
        stream = await open_tcp(siege.address)
        await stream.send_all(garbage)
        await hung_up(stream)
        assert siege.inside.swarm.admission.half_open == 0


async def test_a_huge_length_prefix() -> None:
    """A gigabyte of protocol name is promised and begun: the bound on the handshake ends it."""
    async with besieged() as siege:
        stream = await open_tcp(siege.address)
        await stream.send_all(MULTISTREAM + b"\x80\x80\x80\x80\x04")
        try:
            for _ in range(HANDSHAKE_BYTES // 1000 * 4):
                await stream.send_all(b"x" * 1000)
        except trio.BrokenResourceError:
            pass
        await hung_up(stream)
        await siege.failed("handshake")


@pytest.mark.parametrize("protocol", ["/plaintext/2.0.0", "/tls/1.0.0", "/secio/1.0.0", "/yamux/1.0.0"])
async def test_only_noise_is_offered(protocol: str) -> None:
    """Every other security is answered with "na"."""
    async with besieged() as siege:
        stream = await open_tcp(siege.address)
        name = protocol.encode() + b"\n"
        await stream.send_all(MULTISTREAM + bytes([len(name)]) + name)
        seen = b""
        with trio.fail_after(WAIT_S):
            while not seen.endswith(b"\x03na\n"):
                seen += await stream.receive_some()
        await stream.aclose()


async def test_plaintext_is_refused() -> None:
    """A stock peer that insists on plaintext gets no connection."""
    async with besieged() as siege:
        keys = create_new_key_pair(key_of("plain mallory"))
        plain = {TProtocol(PLAINTEXT_PROTOCOL_ID): InsecureTransport(keys)}
        upgrader = TransportUpgrader(plain, {}, 5)
        stream = await open_tcp(siege.address)
        raw = RawConnection(TrioTCPStream(stream), True)
        with pytest.raises(Exception, match="secure protocol"):
            await upgrader.upgrade_security(raw, True, ID.from_base58(siege.address.rpartition("/")[2]))
        await stream.aclose()
        assert siege.inside.swarm.get_total_connections() == 2


async def test_another_muxer_is_refused() -> None:
    """Noise is fine, mplex is not."""
    async with besieged() as siege:
        attacker = siege.unconnected()
        secured, _, peer_id = await attacker.secure()
        mplex = TransportUpgrader({}, {TProtocol(MPLEX_PROTOCOL_ID): Mplex}, 5)
        with pytest.raises(Exception, match="multiplexer"):
            await mplex.upgrade_connection(secured, peer_id)


async def test_five_hundred_raw_connects() -> None:
    """Connect and close at once, five hundred times: no place is lost."""
    async with besieged() as siege:
        for _ in range(500):
            stream = await open_tcp(siege.address)
            await stream.aclose()
        await until(lambda: siege.inside.swarm.admission.half_open == 0)


async def test_silent_connections_do_not_keep_a_good_peer_out() -> None:
    """Two hundred and fifty half-open connections, and a good peer connects at once all the same."""
    async with besieged(replace(SETTINGS, handshake_s=60)) as siege:
        silent = [await open_tcp(siege.address) for _ in range(250)]
        await hung_up(silent[250 - SETTINGS.max_half_open - 1])  # The youngest that had to make room.
        assert siege.inside.swarm.admission.half_open <= SETTINGS.max_half_open
        good = replace(SETTINGS, key=key_of("carol"), peers=(siege.address,))
        with trio.fail_after(WAIT_S):
            async with open_node(good) as carol:
                await carol.wait_for_peers(1)
        for stream in silent:
            await stream.aclose()
        await until(lambda: len(siege.victim.peers()) == 2)


async def test_a_slow_handshake_ends_at_its_deadline(autojump_clock: trio.testing.MockClock) -> None:
    """One byte a second is not fast enough."""
    del autojump_clock
    async with besieged() as siege:
        stream = await open_tcp(siege.address)
        began = trio.current_time()
        for byte in MULTISTREAM * 10:
            try:
                await stream.send_all(bytes([byte]))
            except trio.BrokenResourceError:
                break
            await trio.sleep(1)
        assert trio.current_time() - began < SETTINGS.handshake_s + 5
        await stream.aclose()
        await until(lambda: siege.inside.swarm.admission.half_open == 0)


async def test_a_crowd_of_identities_stops_at_the_limit() -> None:
    """Forty identities from one host: the bound on connections holds, and our own dials still have room."""
    async with besieged(replace(SETTINGS, max_connections=8)) as siege:
        for number in range(20):
            try:
                await siege.attacker(f"mallory {number}")
            except Exception:  # noqa: S112 - Refused, as it should be once the house is full.
                continue
        assert siege.inside.swarm.get_total_connections() <= 6
        assert siege.inside.swarm.admission.established <= 6


async def test_one_identity_gets_three_connections() -> None:
    """The fourth connection of the same peer is closed again."""
    async with besieged() as siege:
        attackers = []
        for _ in range(6):
            attacker = siege.unconnected("mallory")
            try:
                attackers.append(await attacker.connect())
            except Exception:  # noqa: S112 - Refused, as it should be.
                continue
        await until(lambda: len(siege.inside.swarm.get_connections(attackers[0].peer_id)) <= 3)


async def test_places_are_given_back() -> None:
    """A peer that connects and leaves thirty times holds no place at the end."""
    async with besieged(replace(SETTINGS, max_connections=8)) as siege:
        for number in range(30):
            attacker = await siege.attacker(f"mallory {number}")
            await attacker.hang_up()
            await until(lambda: siege.inside.swarm.admission.established == 2)


async def test_our_own_identity_is_not_taken_in() -> None:
    """Somebody who stole the key, or ourselves by a detour."""
    async with besieged() as siege:
        attacker = siege.unconnected("victim")
        with suppress(Exception):  # However the refusal shows itself.
            await attacker.connect()
            await attacker.is_cut_off()
        assert siege.inside.swarm.get_total_connections() == 2


async def test_the_port_is_not_shared() -> None:
    """Another program of the same user cannot listen on our port, even if it asks to share it."""
    async with besieged() as siege:
        host, port = siege.address.split("/")[2], int(siege.address.split("/")[4])
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            with pytest.raises(OSError, match="in use"):
                other.bind((host, port))
