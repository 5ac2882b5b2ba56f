"""Contract accounts on the embedded chain, each with a signer for a test wallet."""

from __future__ import annotations

import secrets

from eth_abi.abi import encode
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from harness.embedded_world import DEPLOYER, ETHER, EmbeddedWorld, call_data
from harness.signers import ContractSigner, UndeployedSigner

_BATCH = keccak(text="executeBatch((address,uint256,bytes)[])")[:4]


def smart_wallet(world: EmbeddedWorld, owner: LocalAccount) -> ContractSigner:
    """A deployed contract account (ERC-1271)."""
    return ContractSigner(world.wallet(owner.address), owner)


def undeployed_wallet(
    world: EmbeddedWorld, owner: LocalAccount, *, factory: str | None = None
) -> UndeployedSigner:
    """A contract account that is not there yet (ERC-6492), with a factory of its own unless one is given."""
    factory = factory or world.deploy("SmartWalletFactory", [], [])
    salt = secrets.token_bytes(32)
    question = "0x" + call_data("addressOf(address,bytes32)", owner.address, salt).hex()
    answer = world.rpc("eth_call", {"to": factory, "data": question}, "latest")
    prepare = call_data("create(address,bytes32)", owner.address, salt)
    return UndeployedSigner(to_checksum_address(answer[-40:]), owner, factory, prepare)


def deploy_wallet(world: EmbeddedWorld, wallet: UndeployedSigner) -> None:
    """Make a contract account where its signatures said that it would be."""
    world.send(DEPLOYER, wallet.factory, wallet.prepare)


def batch_data(*calls: tuple[str, int, bytes]) -> bytes:
    """What has a SmartWallet make calls, each of a recipient, an amount in wei, and data."""
    return _BATCH + encode(["(address,uint256,bytes)[]"], [calls])


def is_deployed(world: EmbeddedWorld, address: str) -> bool:
    """Whether there is code at an address."""
    return bool(world.rpc("eth_getCode", address, "latest") != "0x")


def delegated_account(world: EmbeddedWorld, account: LocalAccount) -> ContractSigner:
    """Let an account delegate (EIP-7702); gives the signer of the session key that it then also accepts.

    The account's own key still signs for it: that is `KeySigner(account)`.
    """
    session: LocalAccount = Account.create()
    delegate(world, account, world.deploy("SessionKeyDelegate", ["address"], [session.address]))
    return ContractSigner(account.address, session)


def delegate(world: EmbeddedWorld, account: LocalAccount, to: str) -> None:
    """Let an account run a contract's code as its own (EIP-7702)."""
    world.fund(account.address, ETHER)
    nonce = int(world.rpc("eth_getTransactionCount", account.address, "latest"), 16)
    # The transaction that carries it is the account's own, and counts first.
    authorization = account.sign_authorization(
        {"chainId": world.chain.chain_id, "address": to, "nonce": nonce + 1}
    )
    world.send(account, DEPLOYER.address, b"", gas=200_000, authorizationList=[authorization])
    assert world.rpc("eth_getCode", account.address, "latest") == "0xef0100" + to[2:].lower()
