"""Make a profile: a device with random keys, endorsed by the account's wallet, and its contact record."""

from __future__ import annotations

from dataclasses import dataclass, field

from parley.chat.commit import Commit, StateChange, StateKind
from parley.chat.devices.model import OwnDevice, ProfileRow
from parley.chat.direct.model import DeliverySecretRow
from parley.chat.direct.secrets import SECRET_BYTES, SECRET_ID_BYTES
from parley.e2ee import api as e2ee

DAY_MS = 24 * 60 * 60 * 1000
ENDORSEMENT_DAYS = 365
RECORD_DAYS = 30

ENTROPY_BYTES = 32 + 32 + 32 + SECRET_ID_BYTES + SECRET_BYTES


@dataclass(frozen=True, slots=True)
class ProposedDevice:
    """A device that waits for its endorsement. Nothing of it is stored before the wallet has signed."""

    state: e2ee.DeviceState = field(repr=False)
    endorsement: e2ee.UnsignedEndorsement
    entropy: bytes = field(repr=False)
    now_ms: int


def propose_device(
    account: str, device_name: str, chain_id: int, now_ms: int, entropy: bytes
) -> ProposedDevice:
    """Make a device's keys and the endorsement that the wallet is asked to sign.

    Args:
        account: EIP-55 address; whether it is a contract account's shows only in the signature.
        entropy: `ENTROPY_BYTES` random bytes (salt, nonce, network key, delivery secret id and secret).
    """
    state = e2ee.create_device(now_ms)
    endorsement = e2ee.propose_endorsement(
        state,
        account=account,
        device_name=device_name,
        chain_id=chain_id,
        salt=entropy[:32],
        heads=(),
        issued_at_ms=now_ms,
        expires_at_ms=now_ms + ENDORSEMENT_DAYS * DAY_MS,
        nonce=entropy[32:64],
    )
    return ProposedDevice(state, endorsement, entropy, now_ms)


def create_profile(proposed: ProposedDevice, signature: bytes, account: str) -> Commit:
    """One step: the signed endorsement makes the profile.

    Args:
        signature: the wallet's EIP-712 signature.
        account: the text of the account that was found to have signed; it is not found out again here.

    Raises:
        e2ee.E2eeError: the endorsement was proposed for another account, or the signature's size does not fit.
    """
    now_ms = proposed.now_ms
    entry = e2ee.countersign(proposed.state, proposed.endorsement.signed_by(account), signature)
    expires_ms = now_ms + RECORD_DAYS * DAY_MS
    bundle = e2ee.make_bundle(proposed.state, account, now_ms, expires_ms)
    record = e2ee.make_contact_record(account, (entry,), (bundle,))
    head = e2ee.read_contact_record(record, lambda _data, _signature: account, now_ms).head
    network_key, secret_id, secret = (
        proposed.entropy[64:96],
        proposed.entropy[96 : 96 + SECRET_ID_BYTES],
        proposed.entropy[96 + SECRET_ID_BYTES : ENTROPY_BYTES],
    )
    return Commit(
        "create_profile",
        states=(StateChange(StateKind.DEVICE, b"", 0, proposed.state),),
        rows=(
            ProfileRow(account, None, record, head, network_key, now_ms),
            DeliverySecretRow(account, secret_id, secret, now_ms),
        ),
    )


def own_device(profile: ProfileRow, state: bytes, secret: DeliverySecretRow) -> OwnDevice:
    """The own side of every later step, from what the profile stores."""
    return OwnDevice(
        account=profile.account,
        inbox_id=e2ee.inbox_id(profile.account),
        device_id=e2ee.device_id(e2ee.DeviceState(state)),
        state=state,
        record=profile.record,
        head=profile.head,
        secret_id=secret.secret_id,
        secret=secret.secret,
        secret_issued_at_ms=secret.issued_at_ms,
    )
