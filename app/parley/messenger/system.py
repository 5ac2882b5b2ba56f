"""What the outside world supplies to a profile: time, randomness, a database, a network, Ethereum, a keyring.

Only here are the real ones named. A test passes others: a settable clock, a network in memory, a store that
kills the process around a commit.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from parley.chat.commit import CommitStore
from parley.chat.contacts.compared import ComparedStore
from parley.chat.contacts.ports import ContactStore
from parley.chat.delivery.ports import OutboxStore
from parley.chat.devices.ports import ProfileStore
from parley.chat.direct.ports import DirectStore
from parley.chat.invites.ports import InviteStore
from parley.chat.network.ports import PeerStore
from parley.chat.payments.ports import PaymentStore
from parley.chat.reading.ports import ReadingStore
from parley.database.api import OperatingSystemKeyring, SystemKeyring, open_database
from parley.messenger.chains import MakeChain, ethereum_chain
from parley.messenger.listening import PortFile, Ports
from parley.p2p.api import Network, NodeSettings, open_node


class Store(
    CommitStore,
    ProfileStore,
    ContactStore,
    ComparedStore,
    DirectStore,
    ReadingStore,
    OutboxStore,
    PeerStore,
    InviteStore,
    PaymentStore,
    Protocol,
):
    """All the ports of the product on one database."""


def system_clock_ms() -> int:
    """Milliseconds since the epoch, UTC, by the system's clock."""
    return time.time_ns() // 1_000_000


def open_store(path: Path, key: bytes) -> AbstractAsyncContextManager[Store]:
    """Open an existing encrypted database."""
    return open_database(path, key)


@dataclass(frozen=True, slots=True)
class System:
    """Time, randomness, storage, network, readers of Ethereum, and the system's keyring.

    Attributes:
        clock: milliseconds since the epoch, UTC.
        entropy: n random bytes, for ids and keys.
        jitter: uniform in [0, 1), for back-off only.
        ports: where a data folder keeps the ports of its node.
    """

    clock: Callable[[], int]
    entropy: Callable[[int], bytes]
    jitter: Callable[[], float]
    open_store: Callable[[Path, bytes], AbstractAsyncContextManager[Store]]
    open_network: Callable[[NodeSettings], AbstractAsyncContextManager[Network]]
    make_chain: MakeChain = ethereum_chain
    keyring: SystemKeyring = field(default_factory=OperatingSystemKeyring)
    ports: Callable[[Path], Ports] = PortFile


def real_system() -> System:
    """The system clock, the system's randomness, SQLite and libp2p."""
    return System(
        clock=system_clock_ms,
        entropy=secrets.token_bytes,
        jitter=random.random,
        open_store=open_store,
        open_network=open_node,
    )
