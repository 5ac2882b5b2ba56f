"""ENS names: forward, reverse, text records, through the Universal Resolver and never through a gateway.

Names are normalised by ENSIP-15 before anything is asked, which refuses look-alikes from several scripts. It cannot
refuse a whole name in another script that looks alike; a name is therefore never shown in place of one already known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parley.chain.errors import (
    EndpointAnswerError,
    InvalidNameError,
    NamesUnsupportedError,
    OffchainNameError,
)
from parley.chain.libraries import load_web3

if TYPE_CHECKING:
    from web3 import Web3

UNIVERSAL_RESOLVER = "0xeEeEEEeE14D718C2B47D9923Deab1335E144EeEe"
NAME_CHARACTERS = 255

# Reverts of the Universal Resolver that mean: there is no such record.
_NO_ANSWER = (
    "ResolverNotFound(bytes)",
    "ResolverNotContract(bytes,address)",
    "UnsupportedResolverProfile(bytes4)",
    "ResolverError(bytes)",
)
_OFFCHAIN = "OffchainLookup(address,string[],bytes,bytes4,bytes)"


def normalised(name: str) -> str:
    """The ENSIP-15 spelling of a name of at least two labels and at most 255 characters.

    Raises InvalidNameError. The first call takes most of a second.
    """
    load_web3()
    from ens.exceptions import ENSException
    from ens.utils import dns_encode_name, normalize_name

    if not 0 < len(name) <= NAME_CHARACTERS or "." not in name:
        raise InvalidNameError("a name has a dot and at most 255 characters")
    try:
        normal = str(normalize_name(name))
        dns_encode_name(normal)
    except (ENSException, ValueError, TypeError) as error:
        raise InvalidNameError("no name can be spelled so") from error
    if "." not in normal:
        raise InvalidNameError("a name has a dot")
    return normal


def read_address(web3: Web3, name: str) -> str | None:
    """The account of a normalised name (coin type 60)."""
    answer = _resolve(web3, name, "addr(bytes32)", ())
    if answer is None:
        return None
    # A resolver may say anything; what is no address is no record.
    if len(answer) != 32 or any(answer[:12]) or not any(answer):
        return None
    from eth_utils.address import to_checksum_address

    return str(to_checksum_address(answer[12:]))


def read_text(web3: Web3, name: str, key: str) -> str | None:
    """A text record of a normalised name."""
    answer = _resolve(web3, name, "text(bytes32,string)", (key,))
    return _string(answer) or None if answer is not None else None


def read_name(web3: Web3, account: str) -> str | None:
    """The name of an account, if that name stands for this account too.

    Anybody may set the reverse record of their own account to anybody's name; only the way forward, which the name's
    owner sets, makes it true. Guarded by tests/chain/test_names.py::test_a_reverse_record_alone_names_nobody.
    """
    try:
        answer = _resolve(web3, f"{account[2:].lower()}.addr.reverse", "name(bytes32)", ())
        claimed = _string(answer) if answer is not None else None
        # One that is not already normal would be shown otherwise than it is looked up.
        if not claimed or normalised(claimed) != claimed:
            return None
        return claimed if read_address(web3, claimed) == account else None
    except (InvalidNameError, OffchainNameError):
        return None


def _resolve(web3: Web3, name: str, profile: str, arguments: tuple[str, ...]) -> bytes | None:
    """What the name's resolver returns for a profile, or None if there is nobody to ask."""
    from ens.utils import dns_encode_name, raw_name_to_hash
    from eth_abi.abi import decode, encode
    from eth_abi.exceptions import DecodingError
    from eth_utils.crypto import keccak
    from web3.exceptions import ContractLogicError

    types = profile[profile.index("(") + 1 : -1].split(",")
    inner = keccak(text=profile)[:4] + encode(types, [bytes(raw_name_to_hash(name)), *arguments])
    call = keccak(text="resolve(bytes,bytes)")[:4] + encode(
        ["bytes", "bytes"], [bytes(dns_encode_name(name)), inner]
    )
    transaction: Any = {"to": UNIVERSAL_RESOLVER, "data": call}
    try:
        raw = bytes(web3.eth.call(transaction, "latest", ccip_read_enabled=False))
    except ContractLogicError as error:
        selector = _selector(error)
        if selector == keccak(text=_OFFCHAIN)[:4]:
            raise OffchainNameError("the answer lies with a gateway, which was not asked") from None
        if selector in [keccak(text=each)[:4] for each in _NO_ANSWER]:
            return None
        raise EndpointAnswerError("the Universal Resolver reverted") from error
    if not raw:
        raise NamesUnsupportedError("there is no Universal Resolver on this chain")
    try:
        return bytes(decode(["bytes", "address"], raw)[0])
    except (DecodingError, OverflowError) as error:
        raise EndpointAnswerError("no answer of a Universal Resolver") from error


def _selector(error: Any) -> bytes:
    """The first four bytes of what a contract reverted with."""
    from web3.exceptions import OffchainLookup

    if isinstance(error, OffchainLookup):
        from eth_utils.crypto import keccak

        return keccak(text=_OFFCHAIN)[:4]
    try:
        return bytes.fromhex(str(error.data).removeprefix("0x")[:8])
    except ValueError:
        return b""


def _string(answer: bytes) -> str | None:
    """An ABI-encoded string, or None: a resolver may say anything."""
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    try:
        return str(decode(["string"], answer)[0])
    except (DecodingError, OverflowError, UnicodeDecodeError):
        return None
