"""TCP underneath libp2p: buffered reads, bounded handshakes, a listener of our own.

py-libp2p's listener shares its port (SO_REUSEPORT), so a second node, or another program of the same user,
could listen there unnoticed, and it runs in a system task outside of any nursery of ours.
"""

from __future__ import annotations

import errno
from collections.abc import Awaitable, Callable

import trio
from libp2p.abc import IListener, IRawConnection
from libp2p.custom_types import THandler
from libp2p.io.abc import ReadWriteCloser
from libp2p.io.exceptions import ConnectionClosedError
from libp2p.network.connection.raw_connection import RawConnection
from libp2p.transport.exceptions import OpenConnectionError
from libp2p.transport.tcp.tcp import TCP
from libp2p.utils.multiaddr_utils import multiaddr_from_socket

from parley.p2p.errors import AddressInUseError
from parley.p2p.libp2p_adapter.addresses import Multiaddr, host_and_port

READ_BYTES = 64 * 1024
HANDSHAKE_BYTES = 16 * 1024
"""What a connection may send before it has proved who it is."""
WRITE_S = 20.0


class TcpStream(ReadWriteCloser):
    """A socket read in large pieces, because libp2p asks for two bytes, then for a few more."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._buffer = bytearray()
        self._read_lock = trio.Lock()
        self._write_lock = trio.Lock()
        self._allowance: int | None = HANDSHAKE_BYTES
        self._remote = _remote_of(stream)

    def trust(self) -> None:
        """Lift the bound on the handshake: the peer has proved who it is."""
        self._allowance = None

    async def read(self, n: int | None = None) -> bytes:
        """Return up to `n` bytes, waiting for the first; empty at the end of the stream."""
        async with self._read_lock:
            if not self._buffer and n != 0:
                self._buffer += await self._receive()
            size = len(self._buffer) if n is None or n < 0 else min(n, len(self._buffer))
            data = bytes(self._buffer[:size])
            del self._buffer[:size]
            return data

    async def _receive(self) -> bytes:
        try:
            chunk = await self._stream.receive_some(READ_BYTES)
        except trio.BrokenResourceError as error:
            raise ConnectionClosedError("connection reset", transport="tcp") from error
        except trio.ClosedResourceError:
            return b""
        if self._allowance is not None:
            # libp2p reads a length prefix of any size while negotiating; this bounds what it can gather.
            # Guarded by tests/p2p/test_hostile_transport.py::test_a_huge_length_prefix.
            self._allowance -= len(chunk)
            if self._allowance < 0:
                raise ConnectionClosedError("handshake too long", transport="tcp")
        return bytes(chunk)

    async def write(self, data: bytes) -> None:
        """Send everything; a peer that does not read for 20 s loses the connection."""
        async with self._write_lock:
            try:
                with trio.fail_after(WRITE_S):
                    await self._stream.send_all(data)
            except (trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError) as error:
                await trio.aclose_forcefully(self._stream)
                raise ConnectionClosedError("connection reset", transport="tcp") from error

    async def close(self) -> None:
        """Close the socket."""
        await self._stream.aclose()

    def get_remote_address(self) -> tuple[str, int] | None:
        """The peer's host and port."""
        return self._remote


def _remote_of(stream: trio.SocketStream) -> tuple[str, int] | None:
    try:
        name = stream.socket.getpeername()
    except OSError:
        return None
    return str(name[0]), int(name[1])


class TcpListener(IListener):
    """Listening sockets that live in the nursery they are given."""

    def __init__(self, handle: Callable[[TcpStream], Awaitable[None]]) -> None:
        self._handle = handle
        self._listeners: list[trio.SocketListener] = []
        self._scope = trio.CancelScope()
        self.background_nursery: trio.Nursery | None = None

    async def listen(self, maddr: Multiaddr) -> None:
        """Start to listen; raises AddressInUseError or OpenConnectionError."""
        host, port = host_and_port(maddr)
        if self.background_nursery is None:
            raise OpenConnectionError("the swarm does not run")
        try:
            self._listeners = await trio.open_tcp_listeners(port, host=host)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise AddressInUseError(str(maddr)) from error
            raise OpenConnectionError(f"cannot listen: {error.strerror}") from error
        self.background_nursery.start_soon(self._serve)

    async def _serve(self) -> None:
        with self._scope:
            await trio.serve_listeners(self._accept, self._listeners)

    async def _accept(self, stream: trio.SocketStream) -> None:
        try:
            await self._handle(TcpStream(stream))
        finally:
            with trio.CancelScope(shield=True):
                await trio.aclose_forcefully(stream)

    def get_addrs(self) -> tuple[Multiaddr, ...]:
        """The addresses in use, with the real ports."""
        return tuple(multiaddr_from_socket(listener.socket) for listener in self._listeners)

    async def close(self) -> None:
        """Stop listening."""
        self._scope.cancel()
        for listener in self._listeners:
            await listener.aclose()
        self._listeners = []


class TcpTransport(TCP):
    """libp2p's TCP transport with our streams and listener."""

    async def dial(self, maddr: Multiaddr) -> IRawConnection:
        """Connect; names are looked up by the system, which knows the machine's own."""
        host, port = host_and_port(maddr, names=True)
        try:
            stream = await trio.open_tcp_stream(host, port)
        except OSError as error:
            raise OpenConnectionError("cannot connect") from error
        return RawConnection(TcpStream(stream), True)

    def create_listener(self, handler_function: THandler) -> TcpListener:  # type: ignore[override]
        """Return a listener that is not yet listening."""
        return TcpListener(handler_function)
