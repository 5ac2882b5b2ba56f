"""Contract accounts on a real chain: ERC-1271, ERC-6492, EIP-7702, and contracts that answer badly."""

from __future__ import annotations

import pytest
from eth_account import Account

from harness.contract_accounts import delegated_account, deploy_wallet, is_deployed, undeployed_wallet
from harness.embedded_world import ETHER, EmbeddedWorld, call_data
from harness.signers import MAGIC_6492, wrapped
from parley.chain.api import (
    MemoryChain,
    SignedBy,
    recover_digest_signer,
    recover_typed_data_signer,
    text_digest,
    typed_data_digest,
    verify_signature,
)

DIGEST = text_digest("hello")
TYPED_DATA = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}],
        "Say": [{"name": "text", "type": "string"}],
    },
    "primaryType": "Say",
    "domain": {"name": "Test"},
    "message": {"text": "hello"},
}


@pytest.fixture
def world(embedded_chain: EmbeddedWorld) -> EmbeddedWorld:
    return embedded_chain


def signed(account: object, digest: bytes = DIGEST) -> bytes:
    return bytes(account.unsafe_sign_hash(digest).signature)  # type: ignore[attr-defined]


def test_digests_are_what_wallets_sign() -> None:
    account = Account.create()
    typed = account.sign_typed_data(full_message=TYPED_DATA)
    assert typed_data_digest(TYPED_DATA) == bytes(typed.message_hash)
    assert recover_typed_data_signer(TYPED_DATA, bytes(typed.signature)) == account.address
    # The value of the EIP-191 hash of "hello" that wallets and libraries agree on.
    assert text_digest("hello").hex() == "50b2c43fd39106bafbba0da34fc430e1f91e3c96ea2acee2bc34119f92b37750"


def test_a_recovery_byte_of_0_or_1_is_the_same_signature() -> None:
    account = Account.create()
    signature = signed(account)
    assert recover_digest_signer(DIGEST, signature[:64] + bytes([signature[64] - 27])) == account.address
    assert recover_digest_signer(DIGEST, signature[:64] + b"\x1d") is None


async def test_a_changed_owner_counts_at_once(world: EmbeddedWorld) -> None:
    """What was valid yesterday is not, once the contract's owner changed: a verdict is as of a block."""
    old, new = Account.create(), Account.create()
    wallet = world.wallet(old.address)
    assert (await verify_signature(world.chain, wallet, DIGEST, signed(old))).valid
    world.fund(old.address, ETHER)
    world.send(old, wallet, call_data("setOwner(address)", new.address))

    assert not (await verify_signature(world.chain, wallet, DIGEST, signed(old))).valid
    assert (await verify_signature(world.chain, wallet, DIGEST, signed(new))).valid


async def test_a_wallet_signs_before_it_exists(world: EmbeddedWorld) -> None:
    """ERC-6492, before the deployment and after it, and nothing is deployed by asking."""
    owner, other = Account.create(), Account.create()
    wallet = undeployed_wallet(world, owner)
    signature = wallet.sign(DIGEST)

    by_contract = await verify_signature(world.chain, wallet.address, DIGEST, signature)
    assert (by_contract.signed_by, by_contract.delegated) == (SignedBy.CONTRACT, False)
    assert not is_deployed(world, wallet.address)
    bare = signed(owner)
    assert not (await verify_signature(world.chain, wallet.address, DIGEST, bare)).valid, "not wrapped"
    forged = wrapped(wallet.factory, wallet.prepare, signed(other))
    assert not (await verify_signature(world.chain, wallet.address, DIGEST, forged)).valid
    elsewhere = undeployed_wallet(world, other, factory=wallet.factory).sign(DIGEST)
    assert not (await verify_signature(world.chain, wallet.address, DIGEST, elsewhere)).valid

    deploy_wallet(world, wallet)
    assert is_deployed(world, wallet.address)
    assert (await verify_signature(world.chain, wallet.address, DIGEST, signature)).valid
    assert (await verify_signature(world.chain, wallet.address, DIGEST, bare)).valid


@pytest.mark.parametrize(
    "signature",
    [
        MAGIC_6492,
        b"\xff" * 96 + MAGIC_6492,
        bytes(31) + MAGIC_6492,
        wrapped("0x" + "11" * 20, b"", b"x" * 65),
    ],
)
async def test_a_malformed_wrapping_is_nobodys(world: EmbeddedWorld, signature: bytes) -> None:
    wallet = world.wallet(Account.create().address)
    assert not (await verify_signature(world.chain, wallet, DIGEST, signature)).valid


async def test_an_account_that_delegates_keeps_its_key(world: EmbeddedWorld) -> None:
    """EIP-7702: the account has code, its own key still signs, and so does what it delegated to."""
    account, other = Account.create(), Account.create()
    session = delegated_account(world, account)

    by_key = await verify_signature(world.chain, account.address, DIGEST, signed(account))
    by_session = await verify_signature(world.chain, account.address, DIGEST, session.sign(DIGEST))
    by_other = await verify_signature(world.chain, account.address, DIGEST, signed(other))
    assert [each.signed_by for each in (by_key, by_session, by_other)] == [
        SignedBy.KEY,
        SignedBy.CONTRACT,
        SignedBy.NOBODY,
    ]
    assert [each.delegated for each in (by_key, by_session, by_other)] == [False, True, False]


async def test_only_what_delegates_is_said_to(world: EmbeddedWorld) -> None:
    """Not a contract account, and not one that does not exist yet; in memory it is the same."""
    owner = Account.create()
    wallet = world.wallet(owner.address)
    assert not (await verify_signature(world.chain, wallet, DIGEST, signed(owner))).delegated

    memory = MemoryChain()
    for delegated in (False, True):
        memory.set_contract(wallet, lambda _digest, signature: signature == b"yes", delegated=delegated)
        assert (await verify_signature(memory, wallet, DIGEST, b"yes")).delegated is delegated
        assert not (await verify_signature(memory, wallet, DIGEST, b"no")).delegated


@pytest.mark.parametrize("trick", range(7))
async def test_a_contract_that_answers_badly_accepts_nothing(world: EmbeddedWorld, trick: int) -> None:
    """Reverts, invalid opcodes, true for the magic value, too little, too much, and no end."""
    wallet = world.deploy("HostileWallet", ["uint256"], [trick])
    found = await verify_signature(world.chain, wallet, DIGEST, b"\x01" * 65)
    assert found.signed_by is SignedBy.NOBODY


async def test_another_contract_is_no_account(world: EmbeddedWorld) -> None:
    assert not (await verify_signature(world.chain, world.resolver, DIGEST, b"\x01" * 65)).valid
