"""A wallet's word for a device: EIP-712 data to sign, and the entry it becomes (README.md#endorsement).

This room knows no Ethereum library: it makes the typed data and is handed a function that recovers the signer.
The device countersigns, so nobody can put a stranger's device key under their own account.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from parley.e2ee import lengthprefix
from parley.e2ee.account import split_account
from parley.e2ee.bundle import MAX_ACCOUNT_BYTES, make_bundle, read_bundle
from parley.e2ee.device import read_device, sign
from parley.e2ee.errors import InvalidEndorsementError
from parley.e2ee.types import DeviceId, DeviceState

Recover = Callable[[dict[str, Any], bytes], str]
"""(EIP-712 full message, signature) -> the account that signed, or ValueError.

The account is the EIP-55 address whose key signed; or, where that is not the address shown in the message and the
contract there accepts the signature, CAIP-10 with the domain's chain. The key comes first, so that one address is not
two accounts.
"""

VERSION: Final = b"\x01"
KIND: Final = b"device endorsement"
SIGNATURE_CONTEXT: Final = b"parley/endorsement/v1"
ENTRY_ID_CONTEXT: Final = b"parley/entry/v1"
DOMAIN_NAME: Final = "Parley"
DOMAIN_VERSION: Final = "1"
PURPOSE: Final = "Let this device read and write messages as this account."
WARNING: Final = (
    "Sign only in your own Parley, while you add this device. Whoever holds it can write in your name."
)
WALLET_SIGNATURE_BYTES: Final = 65
MAX_CONTRACT_SIGNATURE_BYTES: Final = 2048
"""Room for several owners' signatures, or for the deployment of the account (ERC-6492)."""

MAX_NAME_BYTES: Final = 64
MAX_HEADS: Final = 32
MAX_ENTRY_BYTES: Final = 4096
_TYPES: Final = {
    "EIP712Domain": [
        {"name": "name", "type": "string"},
        {"name": "version", "type": "string"},
        {"name": "chainId", "type": "uint256"},
        {"name": "salt", "type": "bytes32"},
    ],
    "DeviceEndorsement": [
        {"name": "purpose", "type": "string"},
        {"name": "warning", "type": "string"},
        {"name": "account", "type": "string"},
        {"name": "deviceKey", "type": "bytes32"},
        {"name": "bundleHash", "type": "bytes32"},
        {"name": "deviceName", "type": "string"},
        {"name": "heads", "type": "bytes32[]"},
        {"name": "issuedAt", "type": "uint64"},
        {"name": "expiresAt", "type": "uint64"},
        {"name": "nonce", "type": "bytes32"},
    ],
}


@dataclass(frozen=True)
class UnsignedEndorsement:
    """What the wallet is asked to sign. Times are milliseconds since the epoch, UTC."""

    account: str
    device_key: DeviceId
    bundle_hash: bytes  # 32
    device_name: str  # at most 64 bytes of UTF-8
    chain_id: int
    salt: bytes  # 32, of the EIP-712 domain
    heads: tuple[bytes, ...]  # 32 each: the ids of all entries the signer knew, at most 32
    issued_at_ms: int
    expires_at_ms: int
    nonce: bytes  # 32, single use

    def typed_data(self) -> dict[str, Any]:
        """Return the EIP-712 full message for eth_signTypedData_v4: bytes as 0x text, numbers as int.

        It shows the bare address, also of a contract account: whether it is one is known only from the signature.
        """
        address, _ = split_account(self.account)
        return {
            "types": {name: [dict(field) for field in fields] for name, fields in _TYPES.items()},
            "primaryType": "DeviceEndorsement",
            "domain": {
                "name": DOMAIN_NAME,
                "version": DOMAIN_VERSION,
                "chainId": self.chain_id,
                "salt": _hex(self.salt),
            },
            "message": {
                "purpose": PURPOSE,
                "warning": WARNING,
                "account": address,
                "deviceKey": _hex(self.device_key),
                "bundleHash": _hex(self.bundle_hash),
                "deviceName": self.device_name,
                "heads": [_hex(head) for head in self.heads],
                "issuedAt": self.issued_at_ms,
                "expiresAt": self.expires_at_ms,
                "nonce": _hex(self.nonce),
            },
        }

    def signed_by(self, account: str) -> "UnsignedEndorsement":
        """Return this endorsement as the one of the account that was found to have signed it.

        The typed data stays the same: a proposal for a bare address becomes that of the contract account there.

        Raises:
            InvalidEndorsementError: another address, or a contract account on another chain than the domain's.
        """
        try:
            if self.account not in (account, split_account(account)[0]):
                raise ValueError("another account")
            endorsement = replace(self, account=account)
            endorsement.encode()
        except ValueError as error:
            raise InvalidEndorsementError("The endorsement was signed by another account.") from error
        return endorsement

    def encode(self) -> bytes:
        """Return the canonical bytes: what the device countersigns, and a form to keep until the wallet answered.

        Raises:
            ValueError: a field is of a wrong size, or the chain is not the contract account's own.
        """
        account, name = self.account.encode("ascii"), self.device_name.encode()
        fixed = (self.device_key, self.bundle_hash, self.salt, self.nonce, *self.heads)
        if (
            any(len(value) != 32 for value in fixed)
            or not 0 < len(account) <= MAX_ACCOUNT_BYTES
            or not 0 < len(name) <= MAX_NAME_BYTES
            or len(self.heads) > MAX_HEADS
        ):
            raise ValueError("a field of the endorsement has a wrong size")
        # A contract answers on its own chain only; one at the same address on another may be somebody else's.
        # Guarded by tests/e2ee/test_contract_accounts.py ::test_a_contract_account_endorses_on_its_own_chain_only.
        if split_account(self.account)[1] not in (None, self.chain_id):
            raise ValueError("the endorsement is for another chain than the account's")
        numbers = (self.chain_id, self.issued_at_ms, self.expires_at_ms)
        try:
            encoded_numbers = [number.to_bytes(8, "big") for number in numbers]
        except OverflowError as error:
            raise ValueError("a number of the endorsement is out of range") from error
        return lengthprefix.join(
            [
                VERSION,
                KIND,
                account,
                self.device_key,
                self.bundle_hash,
                name,
                *encoded_numbers,
                self.salt,
                b"".join(self.heads),
                self.nonce,
            ]
        )

    @classmethod
    def decode(cls, data: bytes) -> "UnsignedEndorsement":
        """Undo `encode`; accepts nothing that `encode` would not make.

        Raises:
            InvalidEndorsementError: malformed.
        """
        try:
            version, kind, account, device_key, bundle_hash, name, *rest = lengthprefix.split_exactly(
                data, 12
            )
            chain_id, issued_at, expires_at, salt, heads, nonce = rest
            endorsement = cls(
                account.decode("ascii"),
                DeviceId(device_key),
                bundle_hash,
                name.decode(),
                lengthprefix.whole_number(chain_id),
                salt,
                tuple(heads[at : at + 32] for at in range(0, len(heads), 32)),
                lengthprefix.whole_number(issued_at),
                lengthprefix.whole_number(expires_at),
                nonce,
            )
            if (version, kind) != (VERSION, KIND) or endorsement.encode() != data:
                raise ValueError("not a version 1 endorsement")
        except ValueError as error:
            raise InvalidEndorsementError("The endorsement is malformed.") from error
        return endorsement


@dataclass(frozen=True)
class Entry:
    """One element of an account's grow-only set: the endorsement, the wallet's and the device's signature."""

    endorsement: UnsignedEndorsement
    wallet_signature: bytes  # 65; of a contract account 1 to 2048
    device_signature: bytes  # 64

    @property
    def entry_id(self) -> bytes:
        """Return SHA-256 of the endorsement without signatures (32 bytes).

        A wallet signature can be rewritten into a second valid one without the key; the id has to stay the same.
        Guarded by tests/e2ee/test_contact_record.py ::test_a_rewritten_wallet_signature_is_the_same_entry.
        """
        return hashlib.sha256(ENTRY_ID_CONTEXT + self.endorsement.encode()).digest()

    def encode(self) -> bytes:
        """Return endorsement, wallet signature and device signature, length-prefixed."""
        return lengthprefix.join([self.endorsement.encode(), self.wallet_signature, self.device_signature])


def propose_endorsement(
    state: DeviceState,
    *,
    account: str,
    device_name: str,
    chain_id: int,
    salt: bytes,
    heads: Sequence[bytes],
    issued_at_ms: int,
    expires_at_ms: int,
    nonce: bytes,
) -> UnsignedEndorsement:
    """Make the endorsement of this device for a wallet to sign.

    Args:
        account: the account's text; a bare EIP-55 address if it is not known to be a contract account.
        device_name: what people call the device, 1 to 64 bytes of UTF-8.
        chain_id: the chain the wallet is on; a contract account's own, any for an account of a key.
        salt: 32 bytes, the EIP-712 domain's.
        heads: the entry ids (`ContactRecord.entry_ids`) this account's set held so far, at most 32.
        nonce: 32 bytes, the server's, used once.

    Raises:
        ValueError: a field is of a wrong size, or the chain is not the contract account's own.
        UnreadableStateError: the state is damaged.
    """
    own = read_bundle(make_bundle(state, account, issued_at_ms, expires_at_ms))
    endorsement = UnsignedEndorsement(
        account,
        own.device_id,
        own.bundle_hash,
        device_name,
        chain_id,
        salt,
        tuple(heads),
        issued_at_ms,
        expires_at_ms,
        nonce,
    )
    endorsement.encode()
    return endorsement


def countersign(state: DeviceState, unsigned: UnsignedEndorsement, wallet_signature: bytes) -> bytes:
    """Join the wallet's signature with the device's own into an entry of about 600 bytes.

    Args:
        unsigned: with the account that signed, see `UnsignedEndorsement.signed_by`.
        wallet_signature: r, s, v (65 bytes) of a key; 1 to 2048 bytes of a contract account.

    Raises:
        InvalidEndorsementError: it endorses another device, or the signature has a wrong size.
        UnreadableStateError: the state is damaged.
    """
    device = read_device(state)
    if unsigned.device_key != device.device_public:
        raise InvalidEndorsementError("The endorsement is another device's.")
    if not _fits(unsigned, wallet_signature):
        raise InvalidEndorsementError("The wallet signature has a wrong size.")
    return Entry(unsigned, wallet_signature, sign(device, SIGNATURE_CONTEXT, unsigned.encode())).encode()


def read_entry(data: bytes, recover: Recover) -> Entry:
    """Decode an entry and check both signatures: the signer is the account, the device agreed.

    Raises:
        InvalidEndorsementError: malformed, or a signature is not what it should be.
    """
    entry = decode_entry(data)
    try:
        signer = recover(entry.endorsement.typed_data(), entry.wallet_signature)
    except ValueError as error:
        raise InvalidEndorsementError("The entry is not signed.") from error
    if signer != entry.endorsement.account:
        raise InvalidEndorsementError("The entry is signed by another account.")
    return entry


def decode_entry(data: bytes) -> Entry:
    """Decode an entry and check everything in it but the wallet's signature.

    Raises:
        InvalidEndorsementError: malformed, or the device did not agree.
    """
    if len(data) > MAX_ENTRY_BYTES:
        raise InvalidEndorsementError("The entry is too long.")
    try:
        encoded, wallet_signature, device_signature = lengthprefix.split_exactly(data, 3)
        endorsement = UnsignedEndorsement.decode(encoded)
        if not _fits(endorsement, wallet_signature):
            raise ValueError("the wallet signature has a wrong size")
        VerifyKey(endorsement.device_key).verify(SIGNATURE_CONTEXT + encoded, device_signature)
    except (ValueError, BadSignatureError) as error:
        raise InvalidEndorsementError("The entry is malformed, or not signed by its device.") from error
    return Entry(endorsement, wallet_signature, device_signature)


def _fits(endorsement: UnsignedEndorsement, wallet_signature: bytes) -> bool:
    """Say whether a signature is of a size that the kind of account gives."""
    if split_account(endorsement.account)[1] is None:
        return len(wallet_signature) == WALLET_SIGNATURE_BYTES
    return 0 < len(wallet_signature) <= MAX_CONTRACT_SIGNATURE_BYTES


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
