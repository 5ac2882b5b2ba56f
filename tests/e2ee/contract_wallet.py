"""A contract account for the tests: it stands by what it was told to stand by."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from eth_account import Account

from e2ee.e2ee_people import DAY_MS, NOW_MS, recover
from parley.e2ee import api as e2ee

CHAIN_ID = 31337


@dataclass
class Wallet:
    """A contract account: it accepts what it was told to accept. `recover` is what a caller makes of its word."""

    address: str = field(default_factory=lambda: str(Account.create().address))
    chain_id: int = CHAIN_ID
    accepted: set[bytes] = field(default_factory=set)

    @property
    def account(self) -> str:
        return e2ee.contract_account(self.address, self.chain_id)

    def recover(self, typed_data: dict[str, Any], signature: bytes) -> str:
        shown = (typed_data["message"]["account"], typed_data["domain"]["chainId"])
        with suppress(ValueError):
            if (signer := recover(typed_data, signature)) == shown[0]:
                return signer
        if shown == (self.address, self.chain_id) and signature in self.accepted:
            return self.account
        return recover(typed_data, signature)

    def endorse(self, device: e2ee.DeviceState, signature: bytes, **changes: Any) -> bytes:
        """Endorse a device with any bytes that the contract accepts."""
        self.accepted.add(signature)
        unsigned = propose(device, self.address, **({"chain_id": self.chain_id} | changes))
        return e2ee.countersign(device, unsigned.signed_by(self.account), signature)

    def bundle(self, device: e2ee.DeviceState) -> e2ee.Bundle:
        return e2ee.make_bundle(device, self.account, NOW_MS, NOW_MS + 30 * DAY_MS)

    def record(self, device: e2ee.DeviceState, *entries: bytes) -> bytes:
        return e2ee.make_contact_record(self.account, entries, [self.bundle(device)])

    def read(self, record: bytes) -> e2ee.ContactRecord:
        return e2ee.read_contact_record(record, self.recover, NOW_MS)


def propose(device: e2ee.DeviceState, account: str, **changes: Any) -> e2ee.UnsignedEndorsement:
    fields: dict[str, Any] = {
        "device_name": "laptop",
        "chain_id": CHAIN_ID,
        "salt": b"\x05" * 32,
        "heads": (),
        "issued_at_ms": NOW_MS,
        "expires_at_ms": NOW_MS + 365 * DAY_MS,
        "nonce": b"\x07" * 32,
    }
    return e2ee.propose_endorsement(device, account=account, **(fields | changes))
