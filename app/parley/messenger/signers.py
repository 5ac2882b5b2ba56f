"""Whose a signature is: an account's own key, or the contract at its address (e2ee/README.md#contract-accounts).

A key comes first and asks nobody. Only what no key of the address signed is asked on the chain; what an address's
delegate accepts (EIP-7702) counts for nothing here, since that address has a key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import trio

from parley.chain.api import (
    Chain,
    EndpointsUnreachableError,
    NoEndpointError,
    SignedBy,
    SignInError,
    Verification,
    WrongChainError,
    checksummed,
    parse_sign_in,
    recover_digest_signer,
    recover_typed_data_signer,
    text_digest,
    typed_data_digest,
    verify_sign_in,
    verify_signature,
)
from parley.e2ee import api as e2ee
from parley.messenger.errors import (
    NodesUnreachableError,
    NoNodeError,
    SignatureTooLongError,
    SignInRefusedError,
    WrongNodeChainError,
    WrongSignerError,
)

Chains = Callable[[int], Chain]
"""Gives a reader of the chain with this id; one without endpoints if none is set for it."""

_KEY_SIGNATURE_BYTES = 65


async def signer_of(
    chains: Chains, typed_data: dict[str, Any], signature: bytes, address: str, chain_id: int
) -> str:
    """Find out which account at an address signed typed data.

    Args:
        typed_data: an endorsement's; its domain names `chain_id`.
        address: the address it shows, EIP-55 text.
        chain_id: where a contract account at that address would be.

    Returns:
        The account's text: the address if its key signed, CAIP-10 if the contract there accepts the signature.

    Raises:
        ValueError: the address is not spelled by EIP-55.
        WrongSignerError: another address's signature, or nobody's.
        SignatureTooLongError: no key's, and longer than a contact record holds of a contract account.
        NoNodeError, NodesUnreachableError, WrongNodeChainError: no key's, and the contract could not be asked.
    """
    digest, is_own_key = await trio.to_thread.run_sync(_judge_key, typed_data, signature, address)
    if not _is_spelled_right(address):
        raise ValueError("not an address in its EIP-55 spelling")
    if is_own_key:
        return address
    if len(signature) > e2ee.MAX_CONTRACT_SIGNATURE_BYTES:
        raise SignatureTooLongError(len(signature), e2ee.MAX_CONTRACT_SIGNATURE_BYTES)
    if not signature or not await _contract_accepts(chains, address, chain_id, digest, signature):
        raise WrongSignerError
    return e2ee.contract_account(address, chain_id)


async def is_signed_by(chains: Chains, account: str, typed_data: dict[str, Any], signature: bytes) -> bool:
    """Whether an account signed typed data: by its key, which asks nobody, or by its contract on its own chain.

    Raises:
        NoNodeError, NodesUnreachableError, WrongNodeChainError: a contract account's, which could not be asked.
    """
    address, chain_id = e2ee.split_account(account)
    digest, is_own_key = await trio.to_thread.run_sync(_judge_key, typed_data, signature, address)
    if chain_id is None:
        return is_own_key
    if not 0 < len(signature) <= e2ee.MAX_CONTRACT_SIGNATURE_BYTES:
        return False
    return await _contract_accepts(chains, address, chain_id, digest, signature)


async def recover_for(chains: Chains, *records: bytes) -> e2ee.Recover:
    """Ask whatever has to be asked before these contact records can be read, each claim once.

    Of a record of an account of a key nothing is asked, and nothing of one that is refused anyway.

    Returns:
        What `e2ee.read_contact_record` and `e2ee.merge_contact_records` take for these records; of any other record
        it accepts keys only.

    Raises:
        NoNodeError, NodesUnreachableError, WrongNodeChainError: a contract could not be asked.
    """
    accepted: dict[tuple[bytes, bytes], str] = {}
    for (digest, signature), claim in (await trio.to_thread.run_sync(_open_claims, records)).items():
        if await _contract_accepts(chains, claim.address, claim.chain_id, digest, signature):
            accepted[digest, signature] = claim.account
    if not accepted:
        return recover_typed_data_signer

    def recover(typed_data: dict[str, Any], signature: bytes) -> str:
        account = accepted.get((typed_data_digest(typed_data), signature))
        return account or recover_typed_data_signer(typed_data, signature)

    return recover


async def check_sign_in(
    chains: Chains,
    account: str,
    text: str,
    signature: bytes,
    *,
    domain: str,
    uri: str,
    nonce: str,
    now_ms: int,
) -> None:
    """Check that an account, and no other, signed a sign-in text (EIP-4361).

    An account of a key may sign on any chain; the text of a contract account names the account's own.

    Args:
        account: the account's text.
        domain, uri, nonce: what the text must say; the nonce is to be used up by the answer, whatever it is.

    Raises:
        SignInRefusedError: with the field that is wrong.
        NoNodeError, NodesUnreachableError, WrongNodeChainError: a contract account's, which could not be asked.
    """
    address, chain_id = e2ee.split_account(account)
    expected: dict[str, Any] = {"domain": domain, "uri": uri, "nonce": nonce, "now_ms": now_ms}
    try:
        if parse_sign_in(text).account != address:
            raise SignInRefusedError("address")
        # What recovery needs takes a second to load the first time: not on the thread that serves everybody else.
        await trio.to_thread.run_sync(text_digest, text)
        if chain_id is None:
            await verify_sign_in(None, text, signature, **expected)
            return
        with _explained(chain_id):
            _, found = await verify_sign_in(chains(chain_id), text, signature, **expected)
    except SignInError as error:
        raise SignInRefusedError(error.field) from error
    if not _is_contracts_own(found):
        raise SignInRefusedError("signature")


async def _contract_accepts(
    chains: Chains, address: str, chain_id: int, digest: bytes, signature: bytes
) -> bool:
    with _explained(chain_id):
        return _is_contracts_own(await verify_signature(chains(chain_id), address, digest, signature))


def _is_contracts_own(found: Verification) -> bool:
    """Whether a contract account signed: not a key, and not what an account of a key delegates to.

    One address must not be two accounts, and a session key that a web page was given must not make one.
    Guarded by tests/messenger/test_signers.py::test_what_a_delegate_accepts_is_no_accounts.
    """
    return found.signed_by is SignedBy.CONTRACT and not found.delegated


@contextmanager
def _explained(chain_id: int) -> Iterator[None]:
    """Say what kept a chain from being asked in this room's errors."""
    try:
        yield
    except NoEndpointError as error:
        raise NoNodeError(chain_id) from error
    except EndpointsUnreachableError as error:
        raise NodesUnreachableError(chain_id) from error
    except WrongChainError as error:
        raise WrongNodeChainError(error.expected, error.claimed) from error


def _is_spelled_right(address: str) -> bool:
    return checksummed(address.lower()) == address


def _judge_key(typed_data: dict[str, Any], signature: bytes, address: str) -> tuple[bytes, bool]:
    """The digest of typed data, and whether the address's own key signed it."""
    digest = typed_data_digest(typed_data)
    is_key_signature = len(signature) == _KEY_SIGNATURE_BYTES
    return digest, is_key_signature and recover_digest_signer(digest, signature) == address


def _open_claims(records: Sequence[bytes]) -> dict[tuple[bytes, bytes], e2ee.ContractClaim]:
    """What has to be asked, by digest and signature. It takes a millisecond a claim, and a second the first time."""
    claims = {}
    for record in records:
        try:
            found = e2ee.contract_claims(record)
        except e2ee.E2eeError:
            continue  # Reading it says what is wrong with it.
        for claim in found:
            # Another spelling would be another account at the same address.
            # Guarded by tests/messenger/test_signers.py::test_an_address_has_one_spelling.
            if not _is_spelled_right(claim.address):
                continue
            digest, is_own_key = _judge_key(claim.typed_data, claim.signature, claim.address)
            if not is_own_key:
                claims[digest, claim.signature] = claim
    return claims
