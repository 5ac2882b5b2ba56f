"""What one publish of outbox entries changes, and when each is tried again."""

from __future__ import annotations

from collections.abc import Sequence

from parley.chat.commit import Commit, Row
from parley.chat.delivery.model import (
    Attempted,
    DeliveryRow,
    DeliveryState,
    DeviceDelivery,
    DueEntry,
    HurriedDevice,
)
from parley.chat.events import DeliveryChanged, Event, OutboxChanged

FIRST_RETRY_MS = 2_000
LONGEST_RETRY_MS = 10 * 60 * 1_000
STEADY_ATTEMPTS = 5
"""So many attempts follow each other evenly: a few in a row are lost on a bad line, not to somebody who is away."""


def retry_delay_ms(attempts: int, jitter: float) -> int:
    """How long to wait after this many attempts: even at first, then doubled up to ten minutes, +/- 20 %.

    Args:
        attempts: how many publishes there were, at least 1.
        jitter: uniform in [0, 1), so that devices that lost contact together do not come back together.
    """
    doubled = FIRST_RETRY_MS << min(max(attempts - STEADY_ATTEMPTS, 0), 30)
    return round(min(doubled, LONGEST_RETRY_MS) * (0.8 + 0.4 * jitter))


PATIENCE_MS = 2_000
"""An entry sent less than this ago may still be answered, and is not sent again."""


def attempted(published: Sequence[tuple[DueEntry, int]], now_ms: int, jitter: float) -> Commit:
    """One step: these entries were handed to so many peers each.

    An entry that reached no peer keeps its place and its state; it is due again like any other.
    """
    rows: list[Row] = []
    events: list[Event] = []
    for due, relays in published:
        entry = due.entry
        attempts = entry.attempts + 1
        next_ms = now_ms + retry_delay_ms(attempts, jitter)
        rows.append(Attempted(entry.message_id, entry.device_id, attempts, now_ms, next_ms))
        if relays:
            rows.append(DeliveryRow(entry.message_id, entry.device_id, DeliveryState.SENT, relays, now_ms))
            events.append(DeliveryChanged(due.conversation_id, entry.message_id))
    return Commit("attempted", rows=tuple(rows), events=tuple(events))


def hurried(device_id: bytes | None, now_ms: int) -> HurriedDevice:
    """What waits for this device, or for any when None, need not wait for its back-off: it can be reached now.

    Without it the last of many messages on a bad line would wait for minutes beside a peer that answers.
    """
    return HurriedDevice(device_id, now_ms, PATIENCE_MS)


def retry(deliveries: Sequence[DeviceDelivery], now_ms: int) -> Commit | None:
    """One step: a person wants a message tried again now; None if it waits for no device."""
    waiting = [each.row.device_id for each in deliveries if each.next_attempt_ms is not None]
    if not waiting:
        return None
    return Commit("retry", rows=tuple(hurried(each, now_ms) for each in waiting), events=(OutboxChanged(),))


def hurry_all(now_ms: int) -> Commit:
    """One step: a new neighbour appeared."""
    return Commit("hurry_all", rows=(hurried(None, now_ms),))
