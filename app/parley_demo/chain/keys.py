"""The keys of the chain's own people. They are public, and so is what they hold."""

from __future__ import annotations

import hashlib


def person_key(name: str) -> bytes:
    """The private key of one of the chain's own people: SHA-256 of a sentence and the name in small letters."""
    return hashlib.sha256(b"parley development chain/" + name.encode()).digest()
