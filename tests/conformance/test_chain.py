"""What every `Chain` does, the one in memory and the one over JSON-RPC alike."""

from __future__ import annotations

import pytest
from eth_account import Account

from conformance.chain_worlds import MemoryWorld, World
from harness.embedded_world import ETHER
from parley.chain.api import InvalidNameError, OffchainNameError, SignedBy, text_digest, verify_signature

DIGEST = text_digest("hello")


@pytest.fixture(params=["memory", "embedded", "anvil"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "memory":
        return MemoryWorld()
    return request.getfixturevalue(f"{request.param}_chain")  # type: ignore[no-any-return]


async def test_blocks_are_counted_and_dated(world: World) -> None:
    before = await world.chain.block()
    world.fund(Account.create().address, 1)
    after = await world.chain.block()
    final = await world.chain.block("finalized")

    assert after.number > before.number
    assert after.time_ms > before.time_ms > 1_600_000_000_000
    assert len(after.hash) == 32
    assert after.hash != before.hash
    assert final.number <= after.number


async def test_a_balance_is_as_of_a_block(world: World) -> None:
    account = Account.create().address
    assert (await world.chain.balance(account)).wei == 0
    world.fund(account, 5 * ETHER)
    world.fund(account, 1)
    balance = await world.chain.balance(account.lower())

    assert balance.wei == 5 * ETHER + 1
    assert balance.account == account
    assert balance.block == await world.chain.block()


@pytest.mark.parametrize("account", ["", "0x", "0x" + "g" * 40, "0x" + "1" * 39, "11" * 20, "alice.eth"])
async def test_what_is_no_address_is_refused(world: World, account: str) -> None:
    with pytest.raises(ValueError, match="address"):
        await world.chain.balance(account)
    with pytest.raises(ValueError, match="address"):
        await world.chain.name_of(account)


async def test_a_mistyped_checksum_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="checksum"):
        await world.chain.balance("0x7e5F4552091A69125d5DfCb7b8C2659029395Bdf")


async def test_a_name_both_ways(world: World) -> None:
    owner = Account.create()
    world.register("dora.eth", owner.address, {"description": "Dora"})
    assert await world.chain.name_of(owner.address) is None, "one way is no name"
    world.point_back(owner, "dora.eth")

    assert await world.chain.address_of("dora.eth") == owner.address
    assert await world.chain.address_of("DoRa.eth") == owner.address
    assert await world.chain.name_of(owner.address) == "dora.eth"
    assert await world.chain.text_of("dora.eth", "description") == "Dora"
    assert await world.chain.text_of("dora.eth", "url") is None


async def test_a_name_nobody_has(world: World) -> None:
    assert await world.chain.address_of("nobody-has-this.eth") is None
    assert await world.chain.text_of("nobody-has-this.eth", "url") is None
    assert await world.chain.name_of(Account.create().address) is None


async def test_a_claimed_name_of_somebody_else(world: World) -> None:
    victim, thief = Account.create(), Account.create()
    world.register("erin.eth", victim.address)
    world.point_back(victim, "erin.eth")
    world.point_back(thief, "erin.eth")

    assert await world.chain.name_of(thief.address) is None
    assert await world.chain.name_of(victim.address) == "erin.eth"


async def test_a_name_that_is_known_outside_the_chain(world: World) -> None:
    """Who knows it is asked only where that is allowed, and never because of a claimed name."""
    owner = Account.create()
    world.register_outside("grace.eth", owner.address, {"description": "Grace"})
    world.point_back(owner, "grace.eth")
    before = world.outside_asked()

    with pytest.raises(OffchainNameError):
        await world.chain.address_of("grace.eth")
    with pytest.raises(OffchainNameError):
        await world.chain.text_of("grace.eth", "description")
    assert await world.chain.name_of(owner.address) is None
    assert world.outside_asked() == before

    assert await world.chain.address_of("Grace.eth", offchain=True) == owner.address
    assert await world.chain.text_of("grace.eth", "description", offchain=True) == "Grace"
    assert world.outside_asked() == before + 2

    # The way forward was just gone, so nobody is asked for it again; and no other name is taken for it.
    assert await world.chain.name_of(owner.address, resolved="grace.eth") == "grace.eth"
    assert await world.chain.name_of(owner.address, resolved="other.eth") is None
    assert await world.chain.name_of(Account.create().address, resolved="grace.eth") is None
    assert world.outside_asked() == before + 2


async def test_who_may_ask_outside_asks_the_chain_as_before(world: World) -> None:
    """What the chain knows is nobody else's to be asked."""
    owner, before = Account.create(), world.outside_asked()
    world.register("heidi.eth", owner.address)

    assert await world.chain.address_of("heidi.eth", offchain=True) == owner.address
    assert await world.chain.text_of("heidi.eth", "url", offchain=True) is None
    assert await world.chain.address_of("nobody-has-this.eth", offchain=True) is None
    assert world.outside_asked() == before


@pytest.mark.parametrize(
    "claimed", ["Frank.eth", "fr\u0430nk.eth", "", "frank", "\u202efrank.eth", "x" * 300]
)
async def test_a_claimed_name_that_is_not_normal(world: World, claimed: str) -> None:
    owner = Account.create()
    world.register("frank.eth", owner.address)
    world.point_back(owner, claimed)

    assert await world.chain.name_of(owner.address) is None


@pytest.mark.parametrize(
    "name", ["", "eth", "a..eth", ".eth", "al\u0456ce.eth", "a b.eth", "xn--a.eth", "x" * 252 + ".eth"]
)
async def test_what_is_no_name_is_refused(world: World, name: str) -> None:
    with pytest.raises(InvalidNameError):
        await world.chain.address_of(name)
    with pytest.raises(InvalidNameError):
        await world.chain.text_of(name, "url")


async def test_a_key_signs_without_asking_the_chain(world: World) -> None:
    account = Account.create()
    signature = bytes(account.unsafe_sign_hash(DIGEST).signature)
    found = await verify_signature(world.chain, account.address, DIGEST, signature)

    assert (found.signed_by, found.block) == (SignedBy.KEY, None)


async def test_a_contract_account_accepts_its_owner(world: World) -> None:
    owner, other = Account.create(), Account.create()
    wallet = world.wallet(owner.address)
    right, wrong = (bytes(each.unsafe_sign_hash(DIGEST).signature) for each in (owner, other))
    found = await verify_signature(world.chain, wallet, DIGEST, right)

    assert found.signed_by is SignedBy.CONTRACT
    assert found.block is not None
    for signature in (wrong, b"", right[:-1], b"\xff" * 65):
        assert not (await verify_signature(world.chain, wallet, DIGEST, signature)).valid
    assert not (await verify_signature(world.chain, wallet, text_digest("other"), right)).valid


async def test_an_account_without_contract_accepts_no_other_key(world: World) -> None:
    signature = bytes(Account.create().unsafe_sign_hash(DIGEST).signature)
    found = await verify_signature(world.chain, Account.create().address, DIGEST, signature)

    assert found.signed_by is SignedBy.NOBODY


@pytest.mark.parametrize(
    ("digest", "signature"), [(b"", b"x"), (bytes(31), b"x"), (bytes(32), bytes(32 * 1024 + 1))]
)
async def test_wrong_sizes_are_refused(world: World, digest: bytes, signature: bytes) -> None:
    with pytest.raises(ValueError, match="bytes"):
        await verify_signature(world.chain, Account.create().address, digest, signature)
