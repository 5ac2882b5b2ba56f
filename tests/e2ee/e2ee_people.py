"""People for the stories of this room: a wallet, a device, and the sessions with other people's devices."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data

from parley.e2ee import api as e2ee

DAY_MS = 24 * 3600 * 1000
NOW_MS = 1_800_000_000_000


_make_bundle = lru_cache(
    e2ee.make_bundle
)  # A person's device publishes a bundle rarely and is written to often.


def recover(typed_data: dict[str, Any], signature: bytes) -> str:
    """Recover a signer with a real Ethereum library, as the chain room does."""
    try:
        return str(Account.recover_message(encode_typed_data(full_message=typed_data), signature=signature))
    except Exception as error:
        raise ValueError("no signer") from error


def endorse(wallet: Any, device: e2ee.DeviceState, name: str, **changes: Any) -> bytes:
    """Let a wallet endorse a device, and return the entry."""
    fields: dict[str, Any] = {
        "account": wallet.address,
        "device_name": name,
        "chain_id": 1,
        "salt": b"\x05" * 32,
        "heads": (),
        "issued_at_ms": NOW_MS,
        "expires_at_ms": NOW_MS + 365 * DAY_MS,
        "nonce": b"\x07" * 32,
    }
    unsigned = e2ee.propose_endorsement(device, **(fields | changes))
    signed = wallet.sign_message(encode_typed_data(full_message=unsigned.typed_data()))
    return e2ee.countersign(device, unsigned, bytes(signed.signature))


@dataclass
class Person:
    """Someone with one device. `sessions` is what their database would hold, by peer device."""

    name: str
    wallet: Any = field(default_factory=Account.create)
    device: e2ee.DeviceState = field(default_factory=lambda: e2ee.create_device(NOW_MS))
    sessions: dict[e2ee.DeviceId, e2ee.SessionState] = field(default_factory=dict)
    now_ms: int = NOW_MS

    def __post_init__(self) -> None:
        self.entry = endorse(self.wallet, self.device, self.name)
        self.head = e2ee.read_contact_record(self.record, recover, NOW_MS).head

    @property
    def account(self) -> str:
        return str(self.wallet.address)

    @property
    def device_id(self) -> e2ee.DeviceId:
        return e2ee.device_id(self.device)

    @property
    def bundle(self) -> e2ee.Bundle:
        return _make_bundle(self.device, self.account, self.now_ms, self.now_ms + 30 * DAY_MS)

    @property
    def record(self) -> bytes:
        return e2ee.make_contact_record(self.account, [self.entry], [self.bundle])

    def rotate(self) -> None:
        self.device = e2ee.rotate_prekeys(self.device, self.now_ms)

    def send(self, peer: "Person", text: bytes, **options: Any) -> e2ee.Envelope:
        """Encrypt for a peer and store the session, as a commit would."""
        return self.send_to(peer.bundle, peer.device_id, text, **options)

    def send_to(
        self, bundle: e2ee.Bundle, device_id: e2ee.DeviceId, text: bytes, **options: Any
    ) -> e2ee.Envelope:
        state, envelope = e2ee.encrypt(
            self.device,
            self.sessions.get(device_id),
            bundle,
            text,
            head=self.head,
            introduction=self.record,
            now_ms=self.now_ms,
            **options,
        )
        self.sessions[device_id] = state
        return envelope

    def receive(self, peer: "Person", envelope: e2ee.Envelope) -> bytes:
        """Open and decrypt an envelope of a peer, and store the session."""
        opened = e2ee.open_envelope(self.device, envelope)
        session = self.sessions.get(peer.device_id)
        state, text = e2ee.decrypt(self.device, session, peer.bundle, opened, now_ms=self.now_ms)
        self.sessions[peer.device_id] = state
        return bytes(text)

    def summary(self, peer: "Person") -> e2ee.SessionSummary:
        return e2ee.describe_sessions(self.sessions[peer.device_id])


def meet(*names: str) -> tuple[Person, ...]:
    """Make people who each know the others' bundles."""
    return tuple(Person(name) for name in names)


def talk(alice: Person, bob: Person) -> None:
    """Exchange one message each way, so that their session is established."""
    assert bob.receive(alice, alice.send(bob, b"hello")) == b"hello"
    assert alice.receive(bob, bob.send(alice, b"hello back")) == b"hello back"
