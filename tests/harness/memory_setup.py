"""A profile that is being made, in memory: real words, keys and signatures, and nothing on a disk."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import trio

from parley.chain.api import checksummed, recover_typed_data_signer
from parley.messenger.errors import (
    InvalidAddressError,
    InvalidEndpointError,
    NonceError,
    NoNodeError,
    UnknownChoiceError,
    WrongSignerError,
    WrongWordsError,
)
from parley.wallet.api import (
    RecoveryWords,
    account_of,
    add_derived,
    choose_positions,
    create_words,
    read_key,
    read_keystore,
    read_words,
    wallet_from_words,
    wrong_answers,
)

OFFERED_ACCOUNTS = 5


def typed_data_example(purpose: str, chain_id: int | None, **values: str) -> dict[str, Any]:
    """An EIP-712 full message of plain texts."""
    domain: dict[str, Any] = {"name": "Parley", "version": "1"}
    types = [{"name": "name", "type": "string"}, {"name": "version", "type": "string"}]
    if chain_id is not None:
        domain["chainId"] = chain_id
        types.append({"name": "chainId", "type": "uint256"})
    message = {"purpose": purpose, **values}
    return {
        "types": {"EIP712Domain": types, "Message": [{"name": name, "type": "string"} for name in message]},
        "primaryType": "Message",
        "domain": domain,
        "message": message,
    }


@dataclass(frozen=True)
class MemoryProposal:
    """What a wallet outside is asked to sign."""

    nonce: str
    typed_data: dict[str, Any]


class MemorySetUp:
    """Makes a profile by telling `made` its account.

    A 65-byte signature is recovered; any longer one is a smart account's, which is taken if an endpoint is named.
    `fails_with` is raised by the next thing that would make the profile, once.
    """

    def __init__(self, device_name: str, made: Callable[[str], Awaitable[None]]) -> None:
        self.device_name = device_name
        self.asked: tuple[int, ...] = ()
        self.choices: tuple[str, ...] = ()
        self.endpoint = ""
        self.words_checked: bool | None = None
        self.fails_with: Exception | None = None
        self._words: RecoveryWords | None = None
        self._made = made
        self._proposals: dict[str, tuple[str, int, MemoryProposal]] = {}

    @property
    def words(self) -> tuple[str, ...] | None:
        """The fresh words."""
        return None if self._words is None else self._words.reveal()

    def propose(self, address: str, chain_id: int) -> MemoryProposal:
        try:
            account = checksummed(address)
        except ValueError:
            raise InvalidAddressError from None
        nonce = secrets.token_hex(32)
        typed_data = typed_data_example(
            "Let this device read and write messages as this account.",
            chain_id,
            account=account,
            deviceName=self.device_name,
            nonce=nonce,
        )
        proposal = MemoryProposal(nonce, typed_data)
        self._proposals[nonce] = (account, chain_id, proposal)
        return proposal

    async def accept(self, nonce: str, signature: bytes, endpoint: str = "") -> None:
        await trio.lowlevel.checkpoint()
        if nonce not in self._proposals:
            raise NonceError
        account, chain_id, proposal = self._proposals[nonce]
        if endpoint and not endpoint.startswith(("https://", "http://")):
            raise InvalidEndpointError
        if len(signature) != 65 and not endpoint:
            raise NoNodeError(chain_id)
        del self._proposals[nonce]
        try:
            if len(signature) == 65 and recover_typed_data_signer(proposal.typed_data, signature) != account:
                raise WrongSignerError
        except ValueError:
            raise WrongSignerError from None
        self.endpoint = endpoint
        await self._make(account)

    def make_words(self, count: int) -> None:
        self._words = create_words(secrets.token_bytes({12: 16, 24: 32}[count]))
        self.asked = choose_positions(count, secrets.token_bytes(16))

    async def accept_words(self, answers: dict[int, str] | None) -> None:
        await trio.lowlevel.checkpoint()
        assert self._words is not None
        if answers is not None and (wrong := wrong_answers(self._words, self.asked, answers)):
            raise WrongWordsError(wrong)
        self.words_checked = answers is not None
        await self._make(wallet_from_words(self._words, "Main", checked=True).accounts[0].address)

    async def read_words(self, typed: str) -> None:
        await trio.lowlevel.checkpoint()
        wallet = wallet_from_words(read_words(typed), "Main", checked=True)
        for number in range(1, OFFERED_ACCOUNTS):
            wallet = add_derived(wallet, f"Account {number}")
        self.choices = tuple(each.address for each in wallet.accounts)

    async def read_key(self, typed: str) -> None:
        await trio.lowlevel.checkpoint()
        self.choices = (account_of(read_key(typed)),)

    async def read_keystore(self, file: bytes, password: str) -> None:
        key = await trio.to_thread.run_sync(read_keystore, file, password)
        self.choices = (account_of(key),)

    async def accept_import(self, address: str) -> None:
        await trio.lowlevel.checkpoint()
        if address not in self.choices:
            raise UnknownChoiceError
        await self._make(address)

    async def _make(self, account: str) -> None:
        if self.fails_with is not None:
            error, self.fails_with = self.fails_with, None
            raise error
        await self._made(account)


def salt_of(seed: str) -> str:
    """A salt for examples: 32 bytes in hexadecimal."""
    return "0x" + hashlib.sha256(seed.encode()).hexdigest()
