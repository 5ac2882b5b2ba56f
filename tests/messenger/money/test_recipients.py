"""Whom a typed text means."""

from __future__ import annotations

import pytest

from harness.memory_payments import BOB, CHAIN
from parley.chain.api import EndpointsUnreachableError, MemoryChain
from parley.messenger.errors import (
    InvalidAddressError,
    InvalidNameTypedError,
    NameServersFailedError,
    NameUnknownError,
    NodesUnreachableError,
    NothingTypedError,
    OffchainNameTypedError,
    WrongChecksumError,
)
from parley.messenger.money.recipients import recipient


@pytest.fixture
def chain() -> MemoryChain:
    """Bob has a name."""
    made = MemoryChain(CHAIN)
    made.set_address("bob.eth", BOB)
    return made


async def test_a_name_and_an_address(chain: MemoryChain) -> None:
    """The name is kept, to be asked again."""
    by_name = await recipient(lambda _: chain, CHAIN, " Bob.eth ", offchain=False)
    assert (by_name.address, by_name.name) == (BOB, "bob.eth")
    for typed in (BOB, BOB.lower(), f"eip155:{CHAIN}:{BOB}"):
        found = await recipient(lambda _: chain, CHAIN, typed, offchain=False)
        assert (found.address, found.name) == (BOB, None)


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        (" ", NothingTypedError),
        ("a" * 513, NothingTypedError),
        ("0x12", InvalidAddressError),
        ("0x" + "g" * 40, InvalidAddressError),
        ("eip155:x:0x", InvalidAddressError),
        (BOB.swapcase(), WrongChecksumError),
        ("0x70997970c51812dc3A010C7d01b50e0d17dc79C8", WrongChecksumError),
        ("nobody.eth", NameUnknownError),
        ("b b.eth", InvalidNameTypedError),
        ("bob", InvalidNameTypedError),
    ],
)
async def test_what_means_nobody(chain: MemoryChain, typed: str, error: type[Exception]) -> None:
    """Each for its own reason."""
    with pytest.raises(error):
        await recipient(lambda _: chain, CHAIN, typed, offchain=False)


async def test_an_account_of_another_chain_is_nobody_here(chain: MemoryChain) -> None:
    """At its address there may be somebody else's contract."""
    with pytest.raises(InvalidAddressError):
        await recipient(lambda _: chain, CHAIN, f"eip155:1:{BOB}", offchain=False)


async def test_nobody_can_be_asked(chain: MemoryChain) -> None:
    """A name stands for nobody then; an address does."""
    chain.down = EndpointsUnreachableError({})
    with pytest.raises(NodesUnreachableError):
        await recipient(lambda _: chain, CHAIN, "bob.eth", offchain=False)
    assert (await recipient(lambda _: chain, CHAIN, BOB, offchain=False)).address == BOB


async def test_a_name_that_is_known_outside_the_chain(chain: MemoryChain) -> None:
    """Who knows it is asked only where the person allowed that."""
    chain.set_outside("bob.eth")
    with pytest.raises(OffchainNameTypedError):
        await recipient(lambda _: chain, CHAIN, "bob.eth", offchain=False)
    assert chain.gateways_asked == []

    assert (await recipient(lambda _: chain, CHAIN, "bob.eth", offchain=True)).address == BOB
    assert chain.gateways_asked == ["bob.eth"]
    chain.gateways_answer = False
    with pytest.raises(NameServersFailedError):
        await recipient(lambda _: chain, CHAIN, "bob.eth", offchain=True)
