"""Alice's money in memory."""

from __future__ import annotations

import pytest

from harness.memory_messenger import MemoryMessenger, memory_account
from harness.memory_money import MemoryMoney
from harness.memory_purse import DEMO_CHAIN, TEST_DOLLAR
from harness.memory_wallet import FIRST_ACCOUNT, MemoryVault, words_wallet
from parley.chain.api import checksummed
from parley.messenger.money.model import AccountKind

ETHER = 10**18


@pytest.fixture
def own(alice: MemoryMessenger) -> str:
    """Alice's address, as the chain has it."""
    return checksummed(alice.account)


@pytest.fixture
def bobs() -> str:
    """Bob's address, as the chain has it."""
    return checksummed(memory_account("bob"))


@pytest.fixture
def money(alice: MemoryMessenger) -> MemoryMoney:
    """Twelve ether and a hundred test dollars, which the wallet inside can pay with."""
    alice.money.kind = AccountKind.INSIDE
    alice.money.hold(DEMO_CHAIN, None, 12 * ETHER)
    alice.money.hold(DEMO_CHAIN, TEST_DOLLAR, 100_000_000)
    return alice.money


@pytest.fixture
async def locked(alice: MemoryMessenger, money: MemoryMoney) -> MemoryVault:
    """The wallet inside, locked."""
    vault = await MemoryVault(words_wallet(checked=True)).put()
    alice.account = money.own = FIRST_ACCOUNT
    alice.wallet = vault.wallet()
    money.hold(DEMO_CHAIN, None, 12 * ETHER)
    return vault
