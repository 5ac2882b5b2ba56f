"""Frozen known answers: what other implementations, and every later version of this one, have to agree with.

The vectors are inputs and outputs only. A format that changes gets a new version and new vectors beside these; the
old ones stay, and stay readable.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from e2ee.e2ee_people import recover
from parley.e2ee import api as e2ee
from parley.e2ee import pqxdh
from parley.e2ee.bundle import read_bundle
from parley.e2ee.padding import pad, unpad

VECTORS = Path(__file__).parent.parent / "vectors" / "e2ee"


def _load(name: str) -> Any:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


def _hex(vector: dict[str, Any], *names: str) -> list[bytes]:
    return [bytes.fromhex(vector[name]) for name in names]


def _digest(typed_data: dict[str, Any]) -> bytes:
    message = encode_typed_data(full_message=typed_data)
    return keccak(b"\x19" + message.version + message.header + message.body)


def test_mixing_step() -> None:
    """The one composition of our own: by our code, and spelled out again from the specification."""
    vector = _load("pqxdh.json")
    x3dh_secret, mlkem_secret, identities, public = _hex(
        vector, "x3dh_secret", "mlkem_secret", "identities", "mlkem_public"
    )
    ephemeral, prekey, ciphertext = _hex(vector, "ephemeral", "signed_prekey", "mlkem_ciphertext")
    start = pqxdh.Start(vector["generation"], ephemeral, prekey, ciphertext)

    transcript_hash = hashlib.sha256(pqxdh.transcript(identities, public, start)).digest()

    assert start.encode().hex() == vector["start"]
    assert pqxdh.Start.decode(start.encode()) == start
    assert transcript_hash.hex() == vector["transcript_hash"]
    assert transcript_hash[:16].hex() == vector["session_id"]
    assert pqxdh.mix(x3dh_secret, mlkem_secret, transcript_hash).hex() == vector["session_key"]

    parts = (b"parley/pqxdh/v1", identities, public, ciphertext, ephemeral, prekey, bytes([0, 0, 0, 7]))
    spelled_out = hashlib.sha256(b"".join(len(p).to_bytes(4, "big") + p for p in parts)).digest()
    derived = HKDF(SHA256(), 32, salt=bytes(32), info=b"parley/pqxdh/v1" + spelled_out).derive(
        b"\xff" * 32 + x3dh_secret + mlkem_secret
    )
    assert derived.hex() == vector["session_key"]


def test_padding() -> None:
    """Bucket and bytes for lengths around each edge."""
    for case in _load("padding.json")["cases"]:
        text = b"x" * case["length"]
        padded = pad(text)

        assert len(padded) == case["bucket"]
        assert hashlib.sha256(padded).hexdigest() == case["sha256"]
        assert padded == text + b"\x80" + bytes(case["bucket"] - case["length"] - 1)
        assert unpad(padded) == text


def test_bundle_endorsement_entry_and_record() -> None:
    """Made again from the device's keys, every byte is the same; the wallet signature is a real one."""
    vector = _load("records.json")
    state = e2ee.DeviceState.fromhex(vector["device_state"])
    account, issued_at_ms = vector["account"], vector["issued_at_ms"]
    salt, nonce, signature = _hex(vector, "salt", "nonce", "wallet_signature")

    bundle = e2ee.make_bundle(state, account, issued_at_ms, vector["bundle_expires_at_ms"])
    unsigned = e2ee.propose_endorsement(
        state,
        account=account,
        device_name=vector["device_name"],
        chain_id=vector["chain_id"],
        salt=salt,
        heads=[bytes.fromhex(head) for head in vector["heads"]],
        issued_at_ms=issued_at_ms,
        expires_at_ms=vector["endorsement_expires_at_ms"],
        nonce=nonce,
    )
    entry = e2ee.countersign(state, unsigned, signature)
    record = e2ee.make_contact_record(account, [entry], [bundle])
    read = e2ee.read_contact_record(record, recover, issued_at_ms)

    assert bundle.hex() == vector["bundle"]
    assert read_bundle(bundle).bundle_hash.hex() == vector["bundle_hash"]
    assert unsigned.encode().hex() == vector["endorsement"]
    assert unsigned.typed_data() == vector["typed_data"]
    assert entry.hex() == vector["entry"]
    assert record.hex() == vector["record"]
    assert [entry_id.hex() for entry_id in read.entry_ids] == [vector["entry_id"]]
    assert read.head.hex() == vector["head"]
    assert read.inbox_id.hex() == vector["inbox_id"]
    assert read.inbox_id == hashlib.sha256(b"parley/inbox/v1" + account.encode()).digest()
    assert [device.name for device in read.devices] == [vector["device_name"]]


@pytest.mark.parametrize("number", range(2))
def test_records_of_contract_accounts(number: int) -> None:
    """Made again from the proposal for the bare address, every byte is the same; the contract's word is given."""
    vector = _load("contract_accounts.json")
    case = vector["cases"][number]
    state = e2ee.DeviceState.fromhex(vector["device_state"])
    salt, nonce = _hex(vector, "salt", "nonce")
    (signature,) = _hex(case, "wallet_signature")
    proposed = e2ee.propose_endorsement(
        state,
        account=case["address"],
        device_name=vector["device_name"],
        chain_id=case["chain_id"],
        salt=salt,
        heads=[bytes.fromhex(head) for head in vector["heads"]],
        issued_at_ms=vector["issued_at_ms"],
        expires_at_ms=vector["endorsement_expires_at_ms"],
        nonce=nonce,
    )
    unsigned = proposed.signed_by(case["account"])
    bundle = e2ee.make_bundle(state, case["account"], vector["issued_at_ms"], vector["bundle_expires_at_ms"])
    entry = e2ee.countersign(state, unsigned, signature)
    record = e2ee.make_contact_record(case["account"], [entry], [bundle])
    (claim,) = e2ee.contract_claims(record)
    read = e2ee.read_contact_record(record, lambda _data, _signature: case["account"], vector["issued_at_ms"])

    assert proposed.typed_data() == unsigned.typed_data() == claim.typed_data == case["typed_data"]
    assert _digest(case["typed_data"]).hex() == case["digest"]
    assert (claim.account, claim.signature) == (case["account"], signature)
    assert bundle.hex() == case["bundle"]
    assert unsigned.encode().hex() == case["endorsement"]
    assert entry.hex() == case["entry"]
    assert record.hex() == case["record"]
    assert [entry_id.hex() for entry_id in read.entry_ids] == [case["entry_id"]]
    assert read.head.hex() == case["head"]
    assert read.inbox_id.hex() == case["inbox_id"]


@pytest.mark.parametrize("number", range(4))
def test_receiving_side(number: int) -> None:
    """A stored device and session of version 1 open and decrypt stored envelopes."""
    vector = _load("receiving.json")
    step = vector["steps"][number]
    state = e2ee.DeviceState.fromhex(vector["device_state"])
    session = step["session"] and e2ee.SessionState.fromhex(step["session"])
    envelope = e2ee.Envelope(bytes.fromhex(step["envelope"]))
    bundle = e2ee.Bundle(bytes.fromhex(vector["sender_bundle"]))

    opened = e2ee.open_envelope(state, envelope)
    after, plaintext = e2ee.decrypt(state, session, bundle, opened, now_ms=vector["now_ms"])

    assert e2ee.device_id(state).hex() == vector["device_id"]
    assert e2ee.envelope_hash(envelope).hex() == step["envelope_hash"] == hashlib.sha256(envelope).hexdigest()
    assert e2ee.envelope_kind(envelope).name == opened.kind.name == step["kind"]
    assert opened.head.hex() == step["head"]
    assert opened.introduction == (step["introduction"] and bytes.fromhex(step["introduction"]))
    assert plaintext.hex() == step["plaintext"]
    with pytest.raises(e2ee.DecryptionError):
        e2ee.decrypt(state, after, bundle, opened, now_ms=vector["now_ms"])
    answered, reply = e2ee.encrypt(
        state, after, bundle, b"on", head=bytes(32), introduction=b"", now_ms=vector["now_ms"]
    )
    assert e2ee.envelope_kind(reply) is e2ee.Kind.DIRECT
    assert e2ee.describe_sessions(answered).sessions == 1


def test_an_old_device_state_still_rotates() -> None:
    """A stored version 1 device goes on: rotation keeps its name and long-term keys."""
    vector = _load("receiving.json")
    state = e2ee.DeviceState.fromhex(vector["device_state"])

    rotated = e2ee.rotate_prekeys(state, vector["now_ms"])

    assert e2ee.device_id(rotated) == e2ee.device_id(state)
    before, after = (read_bundle(e2ee.make_bundle(each, "account", 0, 1)) for each in (state, rotated))
    assert before.bundle_hash == after.bundle_hash
    assert before.signed_prekey != after.signed_prekey
