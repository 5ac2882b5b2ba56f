"""To whom money is sent: an address as it was typed, or what a name stands for now."""

from __future__ import annotations

from dataclasses import dataclass

import trio

from parley.chain.api import (
    GatewaysFailedError,
    InvalidNameError,
    NamesUnsupportedError,
    OffchainNameError,
    checksummed,
    normalised_name,
)
from parley.chat.preferences.model import MAINNET
from parley.e2ee import api as e2ee
from parley.messenger.errors import (
    InvalidAddressError,
    InvalidNameTypedError,
    NameServersFailedError,
    NamesUnsupportedHereError,
    NameUnknownError,
    NothingTypedError,
    OffchainNameTypedError,
    WrongChecksumError,
)
from parley.messenger.money.asking import Chains, explained

MAX_TYPED_CHARACTERS = 512
_HEX = frozenset("0123456789abcdefABCDEF")


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address in EIP-55 spelling, and the name that it was typed as."""

    address: str
    name: str | None = None


async def recipient(chains: Chains, chain_id: int, typed: str, *, offchain: bool) -> Recipient:
    """Whom a text means on a chain; `offchain` as in `resolved`.

    Raises:
        NothingTypedError: nothing, or far too much.
        InvalidAddressError, WrongChecksumError: no address, or one of another chain's contract account.
        What `resolved` raises.
    """
    text = typed.strip()
    if not text or len(text) > MAX_TYPED_CHARACTERS:
        raise NothingTypedError
    if (text[:2].lower() == "0x" and "." not in text) or text.startswith("eip155:"):
        return Recipient(await trio.to_thread.run_sync(spelled, text, chain_id))
    try:
        # The first call loads libraries, which takes a second.
        name = await trio.to_thread.run_sync(normalised_name, text)
    except InvalidNameError:
        raise InvalidNameTypedError from None
    address = await resolved(chains, chain_id, name, offchain=offchain)
    if address is None:
        raise NameUnknownError(name)
    return Recipient(address, name)


async def resolved(chains: Chains, chain_id: int, name: str, *, offchain: bool) -> str | None:
    """The address that a name stands for now: on the chain itself, or on Ethereum where the chain has no names.

    Args:
        offchain: whether servers outside the chain may be asked for it, as the person set it.

    Raises:
        InvalidNameTypedError, OffchainNameTypedError, NamesUnsupportedHereError: it stands for none that we ask for.
        NameServersFailedError: servers outside the chain gave no answer that holds.
        NoNodeError, NodesUnreachableError, WrongNodeChainError: nobody could be asked.
    """
    for asked in dict.fromkeys((chain_id, MAINNET)):
        try:
            with explained(asked):
                return await chains(asked).address_of(name, offchain=offchain)
        except NamesUnsupportedError:
            continue
        except InvalidNameError:
            raise InvalidNameTypedError from None
        except OffchainNameError:
            raise OffchainNameTypedError from None
        except GatewaysFailedError:
            raise NameServersFailedError from None
    raise NamesUnsupportedHereError(chain_id)


def spelled(text: str, chain_id: int | None = None) -> str:
    """An address in EIP-55 spelling, of a text or of an account on this chain.

    Raises InvalidAddressError; WrongChecksumError for capitals that do not fit the digits.
    """
    try:
        address, own_chain = e2ee.split_account(text)
    except ValueError:
        raise InvalidAddressError from None
    # At the address of a contract account there may be somebody else's contract on another chain.
    # Guarded by tests/messenger/money/test_recipients.py::test_an_account_of_another_chain_is_nobody_here.
    if own_chain not in (None, chain_id):
        raise InvalidAddressError
    return spelled_address(address)


def spelled_address(text: str) -> str:
    """An address in EIP-55 spelling, on whatever chain.

    Raises InvalidAddressError; WrongChecksumError for capitals that do not fit the digits.
    """
    if len(text) != 42 or text[:2].lower() != "0x" or not set(text[2:]) <= _HEX:
        raise InvalidAddressError
    try:
        return checksummed("0x" + text[2:])
    except ValueError:
        raise WrongChecksumError from None
