"""Counters of what a node did and refused, by fixed names. Nothing here identifies a peer or a message."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counts:
    """Plain counters; `refused` is keyed by the fact (`MalformedMessageError.fact` and budget names)."""

    published: int = 0
    received: int = 0
    handed_on: int = 0
    dropped_full: int = 0
    relayed: int = 0
    restarts: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
