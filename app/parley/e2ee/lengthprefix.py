"""Length-prefixed concatenation: the one canonical encoding of everything this room signs or hashes.

Each part is a 4-byte big-endian length and that many bytes. Two different lists of parts never give the same
bytes, which Protocol Buffers do not promise (README.md#length-prefixed).
"""

from collections.abc import Iterable

_LENGTH_BYTES = 4


def join(parts: Iterable[bytes]) -> bytes:
    """Concatenate parts, each behind its length (4 bytes, big-endian)."""
    return b"".join(len(part).to_bytes(_LENGTH_BYTES, "big") + part for part in parts)


def split(data: bytes) -> list[bytes]:
    """Take apart what `join` made.

    Raises:
        ValueError: a length runs past the end, or bytes are left over.
    """
    parts = []
    offset = 0
    while offset < len(data):
        start = offset + _LENGTH_BYTES
        end = start + int.from_bytes(data[offset:start], "big")
        if start > len(data) or end > len(data):
            raise ValueError("a part runs past the end")
        parts.append(data[start:end])
        offset = end
    return parts


def split_exactly(data: bytes, count: int) -> list[bytes]:
    """Take apart what `join` made of exactly `count` parts.

    Raises:
        ValueError: malformed, or another number of parts.
    """
    parts = split(data)
    if len(parts) != count:
        raise ValueError(f"{len(parts)} parts in place of {count}")
    return parts


def whole_number(data: bytes, size: int = 8) -> int:
    """Read a big-endian number of exactly `size` bytes.

    Raises:
        ValueError: another size.
    """
    if len(data) != size:
        raise ValueError(f"{len(data)} bytes in place of {size}")
    return int.from_bytes(data, "big")
