"""The own side of an opened profile: what every step is given, and what a few steps change."""

from __future__ import annotations

from dataclasses import replace

from parley.chat.commit import Commit, StateKind
from parley.chat.devices.model import OwnDevice, ProfileRow
from parley.chat.direct.model import DeliverySecretRow


class Own:
    """Holds the own device as it is now. Only jobs of the writer change it, after their commit."""

    def __init__(self, device: OwnDevice) -> None:
        self.device = device

    def follow(self, commit: Commit) -> None:
        """Take over what a stored commit changed of the own side: its state, its record, its newest secret."""
        for change in commit.states:
            if change.kind is StateKind.DEVICE:
                self.device = replace(self.device, state=change.state)
        for row in commit.rows:
            if isinstance(row, ProfileRow):
                self.device = replace(self.device, record=row.record, head=row.head)
            elif isinstance(row, DeliverySecretRow) and row.account == self.device.account:
                self.device = replace(
                    self.device,
                    secret_id=row.secret_id,
                    secret=row.secret,
                    secret_issued_at_ms=row.issued_at_ms,
                )
