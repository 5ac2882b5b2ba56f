"""Renew the own contact record: a bundle that lasts another month, of new prekeys where they are due."""

from __future__ import annotations

from dataclasses import replace

from parley.chat.commit import Commit, StateChange, StateKind, StoredState
from parley.chat.devices.create import DAY_MS, RECORD_DAYS
from parley.chat.devices.model import ProfileRow
from parley.e2ee import api as e2ee

RENEW_DAYS = 7
"""A record is made anew when its bundle is so old. Four are missed before anybody is warned of an expired one."""


def renew_record(profile: ProfileRow, stored: StoredState, now_ms: int) -> Commit | None:
    """One step: the own device's bundle is made anew, with new prekeys if those are 30 days old.

    To be taken only after what waited in the network has had time to come: it may need the prekeys before the last.

    Returns:
        None while the bundle is new enough, or if the record names the own device no longer.
    """
    state = e2ee.DeviceState(stored.state or b"")
    own_id = e2ee.device_id(state)
    # What is stored was verified when it was made, and nobody else writes here.
    record = e2ee.read_contact_record(profile.record, lambda _data, _signature: profile.account, now_ms)
    own = next((each for each in record.devices if each.device_id == own_id), None)
    if own is None:
        return None
    is_due = e2ee.prekeys_due(state, now_ms)
    if not is_due and own.expires_at_ms - now_ms > (RECORD_DAYS - RENEW_DAYS) * DAY_MS:
        return None
    next_state = e2ee.rotate_prekeys(state, now_ms) if is_due else state
    bundle = e2ee.make_bundle(next_state, profile.account, now_ms, now_ms + RECORD_DAYS * DAY_MS)
    others = [each.bundle for each in record.devices if each.device_id != own_id]
    renewed = e2ee.make_contact_record(profile.account, record.entries, (bundle, *others))
    change = StateChange(StateKind.DEVICE, b"", stored.version, next_state)
    return Commit(
        "renew_record", states=(change,) if is_due else (), rows=(replace(profile, record=renewed),)
    )
