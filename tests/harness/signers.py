"""Who signs in a test wallet: keys as different wallets use them, and contract accounts with an owner's key."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Protocol

from coincurve import PrivateKey
from eth_abi.abi import encode
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import Hash32

MAGIC_6492 = bytes.fromhex("6492") * 16
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class Signer(Protocol):
    """An account of a wallet."""

    @property
    def address(self) -> str:
        """EIP-55."""
        ...

    def sign(self, digest: bytes) -> bytes:
        """Sign 32 bytes as the wallet that holds this account would."""
        ...


def new_key() -> LocalAccount:
    """A random key."""
    account: LocalAccount = Account.create()
    return account


@dataclass(frozen=True)
class KeySigner:
    """An account whose key signs, the same way each time."""

    key: LocalAccount

    @property
    def address(self) -> str:
        return str(self.key.address)

    def sign(self, digest: bytes) -> bytes:
        return bytes(self.key.unsafe_sign_hash(Hash32(digest)).signature)


@dataclass(frozen=True)
class ZeroBasedSigner(KeySigner):
    """Ends its signatures in 0 or 1 where others write 27 or 28, as some hardware wallets do."""

    def sign(self, digest: bytes) -> bytes:
        signature = super().sign(digest)
        return signature[:64] + bytes([signature[64] - 27])


@dataclass(frozen=True)
class RestlessSigner(KeySigner):
    """Signs with a random nonce: valid, and different each time."""

    def sign(self, digest: bytes) -> bytes:
        key, nonce = int(self.key.key.hex(), 16), secrets.randbelow(CURVE_ORDER - 1) + 1
        r, y = PrivateKey.from_int(nonce).public_key.point()
        s = pow(nonce, -1, CURVE_ORDER) * (int.from_bytes(digest, "big") + r * key) % CURVE_ORDER
        odd = y % 2
        if s > CURVE_ORDER // 2:  # EIP-2: the lower of the two.
            s, odd = CURVE_ORDER - s, 1 - odd
        return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([27 + odd])


@dataclass(frozen=True)
class ContractSigner:
    """A contract account (ERC-1271) that its owner's key signs for.

    With an address that is nobody's contract, or somebody else's, it is a wallet that lies about its account.
    """

    address: str
    owner: LocalAccount

    def sign(self, digest: bytes) -> bytes:
        return KeySigner(self.owner).sign(digest)


@dataclass(frozen=True)
class UndeployedSigner:
    """A contract account that may not exist yet: its signatures say how it would be made (ERC-6492)."""

    address: str
    owner: LocalAccount
    factory: str
    prepare: bytes

    def sign(self, digest: bytes) -> bytes:
        return wrapped(self.factory, self.prepare, KeySigner(self.owner).sign(digest))


def wrapped(factory: str, prepare: bytes, inner: bytes) -> bytes:
    """An ERC-6492 signature."""
    return encode(["address", "bytes", "bytes"], [factory, prepare, inner]) + MAGIC_6492
