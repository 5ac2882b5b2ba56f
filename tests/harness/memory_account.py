"""What proves an account in memory: sign-ins of browsers, and ways of unlocking."""

from __future__ import annotations

from typing import Any

import trio

from harness.memory_ways import MemoryWays
from parley.chain.api import (
    MemoryChain,
    NoEndpointError,
    SignInError,
    SignInMessage,
    build_sign_in,
    checksummed,
    verify_sign_in,
)
from parley.messenger.errors import (
    InvalidAddressError,
    NoNodeError,
    SignInRefusedError,
    WrongPassphraseError,
)

ISSUED_AT = "2027-01-15T08:00:00Z"
ISSUED_AT_MS = 1_800_000_000_000


class MemoryAccount:
    """The part of a MemoryMessenger that proves whose it is. Signatures of keys are really checked."""

    account: str

    def __init__(self) -> None:
        self.unlocking = MemoryWays()
        self.sign_in_fails_with: Exception | None = None

    def sign_in_text(self, address: str, chain_id: int, *, domain: str, uri: str, nonce: str) -> str:
        try:
            account = checksummed(address)
        except ValueError:
            raise InvalidAddressError from None
        return build_sign_in(SignInMessage(domain, account, uri, chain_id, nonce, ISSUED_AT))

    async def verify_sign_in(self, text: str, signature: bytes, *, domain: str, uri: str, nonce: str) -> None:
        await trio.lowlevel.checkpoint()
        if self.sign_in_fails_with is not None:
            error, self.sign_in_fails_with = self.sign_in_fails_with, None
            raise error
        chain_id = int(text.partition("Chain ID: ")[2].partition("\n")[0])
        chain = MemoryChain(chain_id)
        try:
            message, _ = await verify_sign_in(
                chain, text, signature, domain=domain, uri=uri, nonce=nonce, now_ms=ISSUED_AT_MS
            )
        except SignInError as error:
            raise SignInRefusedError(error.field) from error
        except NoEndpointError as error:
            raise NoNodeError(chain_id) from error
        if message.account != self.account:
            raise SignInRefusedError("address")

    async def ways(self) -> MemoryWays:
        await trio.lowlevel.checkpoint()
        return self.unlocking

    async def wallet_way_request(self) -> dict[str, Any]:
        await trio.lowlevel.checkpoint()
        return self.unlocking.new_request()

    async def add_wallet_way(self, first: bytes, second: bytes) -> None:
        await trio.lowlevel.checkpoint()
        self.unlocking.add_wallet(self.account, first, second)

    async def add_keyring_way(self) -> None:
        await trio.lowlevel.checkpoint()
        self.unlocking.add_keyring()

    async def remove_way(self, way: str) -> None:
        await trio.lowlevel.checkpoint()
        self.unlocking.remove(way)

    async def change_passphrase(self, old: str, new: str) -> None:
        await trio.lowlevel.checkpoint()
        if old != self.unlocking.passphrase:
            raise WrongPassphraseError
        self.unlocking.passphrase = new
