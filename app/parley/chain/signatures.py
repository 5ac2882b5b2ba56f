"""Who signed: an account's own key by recovery, or else what the account's contract says.

Recovery comes first, for every account: since EIP-7702 an account of a key may have code too. eth-account takes about
a second to import, so it is imported where it is first needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from parley.chain.account import checksummed
from parley.chain.balances import read_block
from parley.chain.errors import EndpointAnswerError
from parley.chain.port import Block, Chain, ContractVerdict

if TYPE_CHECKING:
    from web3 import Web3

SIGNATURE_BYTES = 65
CONTRACT_SIGNATURE_BYTES = 32 * 1024
"""What a contract account may present: the data of its own deployment (ERC-6492) is part of it."""

DIGEST_BYTES = 32

_DELEGATION = b"\xef\x01\x00"
_DELEGATION_BYTES = 23
"""What stands in place of code where an account of a key delegates: this prefix and an address (EIP-7702)."""

VERDICT_GAS = 5_000_000
"""What an account's contract may use. One without end would else use all that an endpoint gives, and its time."""


class SignedBy(StrEnum):
    """What makes a signature an account's."""

    KEY = "key"
    CONTRACT = "contract"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Verification:
    """Whose a signature is. `block` is what a contract was asked as of: its answer may change, a key's cannot.

    `delegated`: the account has a key, and what it delegates to (EIP-7702) accepted the signature. That is less than
    the key's own word: a delegate may accept what a web page's session key signed.
    """

    signed_by: SignedBy
    block: Block | None = None
    delegated: bool = False

    @property
    def valid(self) -> bool:
        """Whether the account signed."""
        return self.signed_by is not SignedBy.NOBODY


async def verify_signature(chain: Chain, account: str, digest: bytes, signature: bytes) -> Verification:
    """Find out whether an account signed a digest. A key's signature asks nobody; a contract's asks the chain.

    Args:
        chain: where a contract account lives; everything about it is bound to that chain.
        account: the address, in any spelling.
        digest: 32 bytes, by `typed_data_digest` or `text_digest`.
        signature: r || s || v (65 bytes) of a key; anything up to 32 KiB of a contract.

    Raises:
        ValueError: the account is no address, the digest has another length, or the signature is too long.
        ChainError: the contract's chain could not be asked; see `Chain`.
    """
    expected = checksummed(account)
    _check_sizes(digest, signature)
    if len(signature) == SIGNATURE_BYTES and recover_digest_signer(digest, signature) == expected:
        return Verification(SignedBy.KEY)
    verdict = await chain.contract_verdict(expected, digest, signature)
    if not verdict.valid:
        return Verification(SignedBy.NOBODY, verdict.block)
    return Verification(SignedBy.CONTRACT, verdict.block, verdict.delegated)


def recover_digest_signer(digest: bytes, signature: bytes) -> str | None:
    """The account whose key signed a 32-byte digest, in EIP-55 spelling; None if no key did."""
    from eth_keys.datatypes import Signature
    from eth_keys.exceptions import BadSignature
    from eth_utils.exceptions import ValidationError as EthValidationError

    # 27 and 28 are what wallets give; 0 and 1 what some devices do.
    v = signature[64] - 27 if signature[64] >= 27 else signature[64]
    try:
        found = Signature(signature[:64] + bytes([v])).recover_public_key_from_msg_hash(digest)
    except (BadSignature, EthValidationError, ValueError):
        return None
    return str(found.to_checksum_address())


def typed_data_digest(typed_data: Mapping[str, Any]) -> bytes:
    """The 32 bytes that are signed for EIP-712 data. Raises ValueError if the data is not typed data."""
    from eth_account.messages import encode_typed_data
    from eth_utils.exceptions import ValidationError

    try:
        return _digest(encode_typed_data(full_message=dict(typed_data)))
    except (ValidationError, TypeError, KeyError, AttributeError) as error:
        raise ValueError("this is not typed data") from error


def text_digest(text: str) -> bytes:
    """The 32 bytes that are signed for a text by personal_sign (EIP-191, version E)."""
    from eth_account.messages import encode_defunct

    return _digest(encode_defunct(text=text))


def recover_typed_data_signer(typed_data: Mapping[str, Any], signature: bytes) -> str:
    """Recover the account whose key signed EIP-712 typed data.

    Args:
        typed_data: types, primaryType, domain and message.
        signature: r || s || v, 65 bytes.

    Returns:
        The address in EIP-55 spelling. It says who signed; whether that is the right account is
        the caller's question.

    Raises:
        ValueError: the signature has another length or recovers to no key, or the data is not typed data.
    """
    if len(signature) != SIGNATURE_BYTES:
        raise ValueError(f"a signature has {SIGNATURE_BYTES} bytes, this one {len(signature)}")
    signer = recover_digest_signer(typed_data_digest(typed_data), signature)
    if signer is None:
        raise ValueError("no account can be recovered from this signature")
    return signer


def validator_call(validator_code: bytes, account: str, digest: bytes, signature: bytes) -> bytes:
    """What contracts/SignatureValidator.sol is run with. Raises ValueError for wrong sizes."""
    from eth_abi.abi import encode

    _check_sizes(digest, signature)
    return validator_code + encode(["address", "bytes32", "bytes"], [account, digest, signature])


def is_delegation(code: bytes) -> bool:
    """Whether an account's code is that of a key's account which delegates (EIP-7702)."""
    return code.startswith(_DELEGATION) and len(code) == _DELEGATION_BYTES


def read_verdict(web3: Web3, account: str, call: bytes) -> ContractVerdict:
    """Run the validator at the latest finalised block, without deploying it. Run in a thread, on one endpoint."""
    from eth_typing import ChecksumAddress
    from web3.exceptions import ContractLogicError

    block = read_block(web3, "finalized")
    transaction: Any = {"data": call, "gas": VERDICT_GAS}
    try:
        answer = bytes(web3.eth.call(transaction, block.number, ccip_read_enabled=False))
    except ContractLogicError:
        # Only a malformed ERC-6492 wrapping makes the validator itself revert.
        return ContractVerdict(False, block)
    if len(answer) != 32:
        raise EndpointAnswerError("no verdict")
    if answer != (1).to_bytes(32, "big"):
        return ContractVerdict(False, block)
    code = bytes(web3.eth.get_code(ChecksumAddress(account), block.number))  # type: ignore[arg-type]
    return ContractVerdict(True, block, is_delegation(code))


def _digest(message: Any) -> bytes:
    from eth_utils.crypto import keccak

    return keccak(b"\x19" + message.version + message.header + message.body)


def _check_sizes(digest: bytes, signature: bytes) -> None:
    if len(digest) != DIGEST_BYTES:
        raise ValueError(f"a digest has {DIGEST_BYTES} bytes, this one {len(digest)}")
    if len(signature) > CONTRACT_SIGNATURE_BYTES:
        raise ValueError(f"a signature has at most {CONTRACT_SIGNATURE_BYTES} bytes")
