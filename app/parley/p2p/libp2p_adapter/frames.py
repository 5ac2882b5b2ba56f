"""Length-prefixed frames on a stream, read in large pieces, and a look at an RPC before it is parsed."""

from __future__ import annotations

from libp2p.abc import INetStream
from libp2p.network.stream.exceptions import StreamEOF

READ_BYTES = 64 * 1024
VARINT_BYTES = 10
RPC_ENTRIES = 5_000
"""Top-level entries of one RPC. Two bytes make an empty message that costs a hundred to hold."""


class MalformedFrameError(Exception):
    """A peer sent something no correct implementation sends; `fact` says what in fixed words."""

    def __init__(self, fact: str) -> None:
        super().__init__(fact)
        self.fact = fact


def varint(value: int) -> bytes:
    """Encode a non-negative number as protobuf and libp2p do."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def read_varint(data: bytes | bytearray, at: int) -> tuple[int, int] | None:
    """Return the number at `at` and the position after it, or None if it is not complete yet.

    Raises MalformedFrameError for one longer than ten bytes.
    """
    value = shift = 0
    for position in range(at, min(len(data), at + VARINT_BYTES)):
        byte = data[position]
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, position + 1
        shift += 7
    if len(data) - at >= VARINT_BYTES:
        raise MalformedFrameError("length prefix")
    return None


class FrameReader:
    """Reads frames of at most `limit` bytes; memory is bounded by the limit plus one read."""

    def __init__(self, stream: INetStream, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._buffer = bytearray()

    async def next(self) -> bytes | None:
        """Return the next frame, or None where the stream ended between frames.

        Raises MalformedFrameError for a length above the limit (before anything of it is kept) and for a
        stream that ends inside a frame.
        """
        while True:
            head = read_varint(self._buffer, 0)
            if head is not None:
                length, start = head
                if length > self._limit:
                    raise MalformedFrameError("frame too large")
                if len(self._buffer) >= start + length:
                    frame = bytes(self._buffer[start : start + length])
                    del self._buffer[: start + length]
                    return frame
            try:
                chunk = await self._stream.read(READ_BYTES)
            except StreamEOF:
                chunk = b""
            if not chunk:
                if self._buffer:
                    raise MalformedFrameError("frame cut short")
                return None
            self._buffer += chunk


def check_rpc_shape(frame: bytes) -> None:
    """Refuse an RPC with too many entries before protobuf builds an object for each.

    Guarded by tests/p2p/test_hostile_pubsub.py::test_half_a_million_empty_messages.
    """
    at = entries = 0
    size = len(frame)
    while at < size:
        tag = read_varint(frame, at)
        if tag is None:
            raise MalformedFrameError("rpc not decodable")
        key, at = tag
        kind = key & 7
        if kind == 2:
            length = read_varint(frame, at)
            if length is None:
                raise MalformedFrameError("rpc not decodable")
            at = length[1] + length[0]
        elif kind == 0:
            value = read_varint(frame, at)
            if value is None:
                raise MalformedFrameError("rpc not decodable")
            at = value[1]
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            raise MalformedFrameError("rpc not decodable")
        entries += 1
        if entries > RPC_ENTRIES:
            raise MalformedFrameError("too many entries")
    if at != size:
        raise MalformedFrameError("rpc not decodable")
