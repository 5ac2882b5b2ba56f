"""What waits to be sent to one neighbour: serialised once for all of them, bounded in number and bytes."""

from __future__ import annotations

from collections import deque

import trio
from libp2p.pubsub.pb import rpc_pb2
from libp2p.pubsub.rpc_queue import RpcQueue

from parley.p2p.libp2p_adapter.frames import varint

QUEUE_RPCS = 2048
"""py-libp2p keeps 32 and drops silently."""
QUEUE_BYTES = 8 * 1024 * 1024
BATCH_BYTES = 32 * 1024
RPC_BYTES = 1024 * 1024


class OutboundQueue(RpcQueue):
    """A neighbour's queue; control messages go first. A full queue refuses, and the caller counts it."""

    def __init__(self) -> None:
        super().__init__(QUEUE_RPCS, RPC_BYTES)
        self._first: deque[bytes] = deque()
        self._then: deque[bytes] = deque()
        self._bytes = 0
        self._wake = trio.Event()

    def __len__(self) -> int:
        return len(self._first) + len(self._then)

    def push(self, rpc: rpc_pb2.RPC | bytes, priority: bool = False) -> bool:
        """Queue an RPC, serialised or not; return False when the queue is full or closed."""
        data = rpc if isinstance(rpc, bytes) else rpc.SerializeToString()
        if self._closed or len(self) >= QUEUE_RPCS or self._bytes + len(data) > QUEUE_BYTES:
            return False
        (self._first if priority else self._then).append(data)
        self._bytes += len(data)
        self._wake.set()
        return True

    async def next_batch(self) -> list[bytes] | None:
        """Wait for RPCs and return some that fit into one write; None when the queue is closed."""
        while not len(self):
            if self._closed:
                return None
            self._wake = trio.Event()
            await self._wake.wait()
        batch: list[bytes] = []
        size = 0
        for queue in (self._first, self._then):
            while queue and (not batch or size + len(queue[0]) <= BATCH_BYTES):
                batch.append(queue.popleft())
                size += len(batch[-1])
        self._bytes -= size
        return batch

    def close(self) -> None:
        """Send no more."""
        self._closed = True
        self._wake.set()


def frame(rpc: bytes) -> bytes:
    """Put the length before an RPC."""
    return varint(len(rpc)) + rpc
