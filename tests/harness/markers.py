"""Random markers, and the search for them in every form in which bytes commonly leak."""

from __future__ import annotations

import base64
import secrets
import string
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

MARKER_LENGTH = 32
_ALPHABET = string.ascii_letters + string.digits + " +/=%äß€"


def new_marker() -> str:
    """32 random characters, some of which change their form in an address, a form or UTF-8.

    No blank follows another: a nickname has its blanks evened out, so that such a marker would never be shown.
    """
    body = ""
    while len(body) < MARKER_LENGTH - 4:
        drawn = secrets.choice(_ALPHABET)
        if not (drawn == " " and body.endswith(" ")):
            body += drawn
    return f"m+{body}/m"


def forms(marker: str) -> Iterator[bytes]:
    """Raw, hex, base64 at each of its three alignments, and percent-encoded."""
    raw = marker.encode()
    yield raw
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    for shift in range(3):
        encoded = base64.b64encode(b"\x00" * shift + raw)
        # The first and last group also hold bits of the neighbours, which are not known.
        inner = encoded[4 if shift else 0 : -4]
        yield inner
        yield inner.translate(bytes.maketrans(b"+/", b"-_"))
    yield quote(marker, safe="").encode()
    yield quote_plus(marker).encode()
    yield "".join(f"%{each:02X}" for each in raw).encode()
    yield "".join(f"%{each:02x}" for each in raw).encode()


def found_in(data: bytes, marker: str) -> bool:
    """Whether the marker is in these bytes in any form."""
    return any(form in data for form in forms(marker))


def files_with(folder: Path, marker: str) -> list[str]:
    """The files below a folder that hold the marker in any form."""
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and found_in(path.read_bytes(), marker)
    ]
