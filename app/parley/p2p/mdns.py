"""Nodes of one cluster on one LAN find each other by multicast DNS (RFC 6762 and 6763). The owner of zeroconf.

Nothing that is heard is believed: it only says where to dial, and whoever answers there has to prove the peer id by
Noise. Only addresses inside our own networks are taken, so that nobody can send us elsewhere; names, addresses and
what waits are bounded. zeroconf runs in threads of its own.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import trio
import zeroconf

from parley.p2p.counts import Counts
from parley.p2p.errors import InvalidAddressError
from parley.p2p.interfaces import Interface, own_interfaces
from parley.p2p.peer_address import PeerAddress, read_peer_address
from parley.p2p.peer_book import PEER_ADDRESSES

logger = logging.getLogger("parley.p2p")

WAITING_NAMES = 64
"""Names heard and not yet looked at; what comes beyond them is heard again when it is announced again."""
HEARD_NAMES = 256
CACHE_NAMES = 4096
"""zeroconf keeps whatever is announced for as long as it is told to; above this it is started anew."""
LOOK_UP_MS = 1_000
LOOK_AROUND_S = 15.0
"""How often the machine's own networks are looked at."""
TRY_AGAIN_S = 60.0
CLOSE_S = 5.0
SMALLEST_PREFIX = 8
"""A network that is larger is no LAN."""


def service_type(cluster_id: int) -> str:
    """The DNS-SD type under which the nodes of a cluster are announced."""
    return f"_parley-{cluster_id}._tcp.local."


def lan_interfaces(only: Sequence[str] = ()) -> tuple[Interface, ...]:
    """The IPv4 addresses of this machine, with their networks, on which others may be.

    Args:
        only: these instead, as `192.0.2.1/24`; a test names the loopback.
    """
    if only:
        return tuple(ipaddress.ip_interface(each) for each in only)
    return tuple(
        each
        for each in own_interfaces()
        if each.version == 4 and not each.is_loopback and each.network.prefixlen >= SMALLEST_PREFIX
    )


def usable_addresses(
    peer_id: str, hosts: Iterable[str], port: int | None, interfaces: Sequence[Interface]
) -> tuple[str, ...]:
    """The multiaddrs of what was heard that may be dialled: inside our networks, and well-formed."""
    usable = []
    for host in hosts:
        try:
            ip = ipaddress.ip_address(host)
            # A stranger on the LAN must not make us dial anywhere else.
            # Guarded by tests/p2p/test_mdns.py::test_only_addresses_of_our_networks_are_taken.
            if any(ip in each.network for each in interfaces):
                address = str(PeerAddress(f"ip{ip.version}", str(ip), port or 0, peer_id))
                usable.append(str(read_peer_address(address)))
        except (ValueError, InvalidAddressError):
            continue
    return tuple(dict.fromkeys(usable))[:PEER_ADDRESSES]


@dataclass(frozen=True, slots=True)
class Nearby:
    """What the search is told and whom it tells. The calls come from trio's thread.

    Attributes:
        addresses: own addresses, as others dial them.
        only: see `lan_interfaces`.
        found: a peer id and where it says it is.
        lost: it left, or says so.
    """

    peer_id: str
    cluster_id: int
    addresses: Callable[[], tuple[str, ...]]
    only: tuple[str, ...]
    found: Callable[[str, tuple[str, ...]], None]
    lost: Callable[[str], None]
    counts: Counts


async def search(nearby: Nearby) -> None:
    """Announce ourselves and look for others until cancelled. What fails is counted and tried again."""
    while True:
        interfaces = lan_interfaces(nearby.only)
        own = _announced(nearby.addresses(), interfaces)
        wait_s = LOOK_AROUND_S
        if own:
            try:
                await _Search(nearby, interfaces, own).run()
                continue  # Our networks changed, or too much was heard.
            except (OSError, zeroconf.Error) as error:
                nearby.counts.failures["mdns"] += 1
                logger.warning("mdns failed error=%s", type(error).__name__)
                wait_s = TRY_AGAIN_S
        await trio.sleep(wait_s)


def _announced(addresses: Sequence[str], interfaces: Sequence[Interface]) -> tuple[PeerAddress, ...]:
    """Own addresses that others on the LAN can dial, all with the port of the first."""
    hosts = {str(each.ip) for each in interfaces}
    own = [each for each in map(read_peer_address, addresses) if each.host in hosts]
    return tuple(each for each in own if each.port == own[0].port)


class _Search:
    """One run of zeroconf, on the networks that there were when it began."""

    def __init__(
        self, nearby: Nearby, interfaces: tuple[Interface, ...], own: tuple[PeerAddress, ...]
    ) -> None:
        self._nearby = nearby
        self._interfaces = interfaces
        self._own = own
        self._type = service_type(nearby.cluster_id)
        self._names: dict[str, str] = {}
        self._lock = threading.Lock()
        self._waiting: dict[str, bool] = {}
        self._token = trio.lowlevel.current_trio_token()
        self._heard = trio.Event()
        self._zeroconf: zeroconf.Zeroconf | None = None

    async def run(self) -> None:
        """Until cancelled, or until it has to begin anew."""
        quiet_zeroconf()
        try:
            await trio.to_thread.run_sync(self._start)
            while self._still_good():
                self._heard = trio.Event()
                for name, there in self._take():
                    await self._look_at(name, there)
                with trio.move_on_after(LOOK_AROUND_S):
                    await self._heard.wait()
        finally:
            for peer_id in self._names.values():
                self._nearby.lost(peer_id)
            with trio.move_on_after(CLOSE_S, shield=True):
                await trio.to_thread.run_sync(self._stop, abandon_on_cancel=True)

    def _still_good(self) -> bool:
        interfaces = lan_interfaces(self._nearby.only)
        if interfaces != self._interfaces or _announced(self._nearby.addresses(), interfaces) != self._own:
            return False
        # Guarded by tests/p2p/test_mdns.py::test_a_flood_of_announcements_is_bounded.
        assert self._zeroconf is not None  # noqa: S101  (narrows the type; it was started)
        return len(self._zeroconf.cache.cache) <= CACHE_NAMES

    # In zeroconf's threads.

    def _name_of(self, peer_id: str) -> str:
        return f"{hashlib.sha256(peer_id.encode()).hexdigest()[:32]}.{self._type}"

    def _start(self) -> None:
        hosts = [str(each.ip) for each in self._interfaces]
        self._zeroconf = zeroconf.Zeroconf(interfaces=hosts, ip_version=zeroconf.IPVersion.V4Only)
        name = self._name_of(self._nearby.peer_id)
        info = zeroconf.ServiceInfo(
            self._type,
            name,
            port=self._own[0].port,
            properties={"id": self._nearby.peer_id},
            server=name.replace(self._type, "local."),
            parsed_addresses=[each.host for each in self._own],
        )
        # Without the check that nobody else has the name: it is ours alone, and a stranger could claim it.
        self._zeroconf.register_service(info, cooperating_responders=True)
        zeroconf.ServiceBrowser(self._zeroconf, self._type, handlers=[self._on_change])

    def _stop(self) -> None:
        if self._zeroconf is not None:
            self._zeroconf.close()

    def _on_change(
        self,
        zeroconf: zeroconf.Zeroconf,  # noqa: ARG002 - The names are zeroconf's.
        service_type: str,  # noqa: ARG002
        name: str,
        state_change: zeroconf.ServiceStateChange,
    ) -> None:
        with self._lock:
            if name in self._waiting or len(self._waiting) < WAITING_NAMES:
                self._waiting[name] = state_change is not _REMOVED
        try:
            self._token.run_sync_soon(self._wake, idempotent=True)
        except trio.RunFinishedError:
            return  # The run ended while zeroconf's thread was on its way here.

    def _find(self, name: str) -> tuple[str, tuple[str, ...], int | None] | None:
        assert self._zeroconf is not None  # noqa: S101  (narrows the type; it was started)
        info = self._zeroconf.get_service_info(self._type, name, timeout=LOOK_UP_MS)
        if info is None:
            return None
        told = info.properties.get(b"id") or b""
        return told.decode("ascii", "replace"), tuple(info.parsed_addresses()[:PEER_ADDRESSES]), info.port

    # In trio's.

    def _wake(self) -> None:
        self._heard.set()

    def _take(self) -> list[tuple[str, bool]]:
        with self._lock:
            taken, self._waiting = list(self._waiting.items()), {}
        return taken

    async def _look_at(self, name: str, there: bool) -> None:
        before = self._names.get(name)
        if not there:
            if before is not None:
                del self._names[name]
                self._nearby.lost(before)
            return
        if before is None and len(self._names) >= HEARD_NAMES:
            return
        try:
            heard = await trio.to_thread.run_sync(self._find, name)
        except Exception as error:  # What is heard is a stranger's, and read by somebody else's code.
            self._nearby.counts.failures["mdns"] += 1
            logger.info("mdns failed error=%s", type(error).__name__)
            return
        # One name for each peer id, or a stranger could say under another name that somebody left.
        if heard is None or heard[0] == self._nearby.peer_id or name != self._name_of(heard[0]):
            return
        addresses = usable_addresses(*heard, self._interfaces)
        if addresses:
            self._names[name] = heard[0]
            self._nearby.found(heard[0], addresses)


_REMOVED = zeroconf.ServiceStateChange.Removed


def quiet_zeroconf() -> None:
    """Keep zeroconf's own logs, which quote what was heard, below our debug level."""
    wanted = logging.DEBUG if logger.isEnabledFor(logging.DEBUG) else logging.CRITICAL
    logging.getLogger("zeroconf").setLevel(wanted)
