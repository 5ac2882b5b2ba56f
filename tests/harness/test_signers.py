"""The accounts of test wallets, judged by the chain room on a real chain."""

from __future__ import annotations

from eth_account import Account

from harness.contract_accounts import delegated_account, deploy_wallet, smart_wallet, undeployed_wallet
from harness.embedded_world import EmbeddedWorld
from harness.signers import ContractSigner, KeySigner, RestlessSigner, Signer, ZeroBasedSigner, new_key
from parley.chain.api import SignedBy, recover_digest_signer, text_digest, verify_signature

DIGEST = text_digest("hello")


async def signed_by(world: EmbeddedWorld, signer: Signer) -> SignedBy:
    return (await verify_signature(world.chain, signer.address, DIGEST, signer.sign(DIGEST))).signed_by


def test_keys_sign_in_different_ways() -> None:
    key = new_key()
    usual, zero_based, restless = KeySigner(key), ZeroBasedSigner(key), RestlessSigner(key)

    assert usual.sign(DIGEST) == usual.sign(DIGEST)
    assert usual.sign(DIGEST)[:64] == zero_based.sign(DIGEST)[:64]
    assert zero_based.sign(DIGEST)[64] in (0, 1)
    first, second = restless.sign(DIGEST), restless.sign(DIGEST)
    assert first != second
    assert {recover_digest_signer(DIGEST, each) for each in (first, second)} == {key.address}


async def test_contract_accounts_sign(embedded_chain: EmbeddedWorld) -> None:
    """Deployed, not yet deployed and then deployed, and delegated: each is accepted as what it is."""
    owner = new_key()
    undeployed = undeployed_wallet(embedded_chain, owner)

    assert await signed_by(embedded_chain, smart_wallet(embedded_chain, owner)) is SignedBy.CONTRACT
    assert await signed_by(embedded_chain, undeployed) is SignedBy.CONTRACT
    deploy_wallet(embedded_chain, undeployed)
    assert await signed_by(embedded_chain, undeployed) is SignedBy.CONTRACT
    assert await signed_by(embedded_chain, delegated_account(embedded_chain, owner)) is SignedBy.CONTRACT
    assert await signed_by(embedded_chain, KeySigner(owner)) is SignedBy.KEY


async def test_who_claims_another_account_is_nobody(embedded_chain: EmbeddedWorld) -> None:
    owner = new_key()
    for account in (Account.create().address, embedded_chain.wallet(owner.address)):
        assert await signed_by(embedded_chain, ContractSigner(account, new_key())) is SignedBy.NOBODY
