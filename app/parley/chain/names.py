"""ENS names: forward, reverse, text records, through the Universal Resolver.

What lies with a gateway (ERC-3668) is told apart here and asked for by nobody here.

Names are normalised by ENSIP-15 before anything is asked, which refuses look-alikes from several scripts. It cannot
refuse a whole name in another script that looks alike; a name is therefore never shown in place of one already known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from parley.chain.answers import data
from parley.chain.endpoint import ANSWER_BYTES
from parley.chain.errors import (
    AnswerTooLongError,
    EndpointAnswerError,
    GatewaysFailedError,
    InvalidNameError,
    NamesUnsupportedError,
)
from parley.chain.libraries import load_web3
from parley.chain.lookup import BATCH_URL, LOOKUP_SELECTOR, Lookup, read_lookup
from parley.chain.node import NodeError, ask

if TYPE_CHECKING:
    from web3 import Web3

UNIVERSAL_RESOLVER = "0xeEeEEEeE14D718C2B47D9923Deab1335E144EeEe"
NAME_CHARACTERS = 255

# Reverts of the Universal Resolver that mean: there is no such record.
_NO_RECORD = "UnsupportedResolverProfile(bytes4)"
_NO_ANSWER = (
    "ResolverNotFound(bytes)",
    "ResolverNotContract(bytes,address)",
    "ResolverError(bytes)",
)


@dataclass(frozen=True, slots=True)
class Outside:
    """The answer lies with a gateway. `revert` is what the Universal Resolver said of it, whatever that is."""

    revert: bytes

    def lookup(self) -> Lookup:
        """What is to be looked up. Raises GatewaysFailedError."""
        try:
            return read_lookup(self.revert, UNIVERSAL_RESOLVER)
        except ValueError:
            raise GatewaysFailedError("nothing that can be looked up") from None


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


def address_call(name: str, *, offchain: bool = False) -> bytes:
    """The call that asks for the account of a normalised name (coin type 60).

    Args:
        offchain: whether gateways may be asked then: those that the name's resolver names, and none that asks them
            for everybody.
    """
    return _call(name, "addr(bytes32)", (), offchain=offchain)


def address_in(answer: bytes | None) -> str | None:
    """The account in an answer. A resolver may say anything; what is no address is no record."""
    if answer is None or len(answer) != 32 or any(answer[:12]) or not any(answer):
        return None
    from eth_utils.address import to_checksum_address

    return str(to_checksum_address(answer[12:]))


def text_call(name: str, key: str, *, offchain: bool = False) -> bytes:
    """The call that asks for a text record of a normalised name; `offchain` as above."""
    return _call(name, "text(bytes32,string)", (key,), offchain=offchain)


def text_in(answer: bytes | None) -> str | None:
    """The text in an answer, or None: a resolver may say anything."""
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    if answer is None:
        return None
    try:
        return str(decode(["string"], answer)[0]) or None
    except (DecodingError, OverflowError, UnicodeDecodeError):
        return None


def read_name(web3: Web3, account: str, resolved: str | None = None) -> str | None:
    """The name of an account, if that name stands for this account too; what lies with gateways stands for nobody.

    Anybody may set the reverse record of their own account to anybody's name; only the way forward, which the name's
    owner sets, makes it true. `resolved` is a name that was found to lead here already.
    Guarded by tests/chain/test_names.py::test_a_reverse_record_alone_names_nobody.
    """
    answer = asked(web3, _call(f"{account[2:].lower()}.addr.reverse", "name(bytes32)", ()))
    claimed = None if isinstance(answer, Outside) else text_in(answer)
    try:
        # One that is not already normal would be shown otherwise than it is looked up.
        if claimed is None or normalised(claimed) != claimed:
            return None
    except InvalidNameError:
        return None
    if claimed == resolved:
        return claimed
    forward = asked(web3, address_call(claimed))
    if isinstance(forward, Outside) or address_in(forward) != account:
        return None
    return claimed


def asked(web3: Web3, call: bytes, *, brings_answer: bool = False) -> bytes | Outside | None:
    """What the name's resolver returns to a call of the Universal Resolver, or None if there is nobody to ask.

    Args:
        brings_answer: whether the call brings what a gateway answered, so that a revert says that it does not hold.

    Raises GatewaysFailedError, NamesUnsupportedError, EndpointAnswerError.
    """
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError
    from eth_utils.crypto import keccak

    transaction = {"to": UNIVERSAL_RESOLVER, "data": "0x" + call.hex()}
    try:
        # As it was sent: web3 would unpack what is to be looked up, and a contract can have that take gigabytes.
        # Guarded by tests/chain/test_lookup.py::test_a_lookup_that_unpacks_without_end.
        result = ask(web3, "eth_call", transaction, "latest", revert_bytes=ANSWER_BYTES)
        raw = data(result, ANSWER_BYTES)
    except AnswerTooLongError:
        # A resolver may say anything, and must not make a node look broken.
        # Guarded by tests/chain/test_gateway.py::test_a_resolver_that_says_more_than_an_answer_holds.
        return None
    except NodeError as error:
        if error.revert[:4] == LOOKUP_SELECTOR:
            return Outside(error.revert)
        selector = error.revert[:4]
        if selector == keccak(text=_NO_RECORD)[:4]:
            return None
        if brings_answer and (error.failed or selector):
            raise GatewaysFailedError("the contract does not take the answer") from None
        if selector in [keccak(text=each)[:4] for each in _NO_ANSWER]:
            return None
        raise
    if not raw:
        raise NamesUnsupportedError("there is no Universal Resolver on this chain")
    try:
        return bytes(decode(["bytes", "address"], raw)[0])
    except (DecodingError, OverflowError) as error:
        raise EndpointAnswerError("no answer of a Universal Resolver") from error


def _call(name: str, profile: str, arguments: tuple[str, ...], *, offchain: bool = False) -> bytes:
    from ens.utils import dns_encode_name, raw_name_to_hash
    from eth_abi.abi import encode
    from eth_utils.crypto import keccak

    types = profile[profile.index("(") + 1 : -1].split(",")
    inner = keccak(text=profile)[:4] + encode(types, [bytes(raw_name_to_hash(name)), *arguments])
    encoded = bytes(dns_encode_name(name))
    if not offchain:
        return keccak(text="resolve(bytes,bytes)")[:4] + encode(["bytes", "bytes"], [encoded, inner])
    return keccak(text="resolveWithGateways(bytes,bytes,string[])")[:4] + encode(
        ["bytes", "bytes", "string[]"], [encoded, inner, [BATCH_URL]]
    )
