"""What may be signed, checked field by field before a key is touched: transactions, typed data, texts.

Whoever asks for a signature may be hostile, and a library that is lenient signs something else than the page showed:
here every field is known, whole and in bounds, or nothing is signed. Rules: README.md#signing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from parley.wallet.errors import UnsignableError, WrongChainError

MAX_DATA_BYTES: Final = 128 * 1024
MAX_MESSAGE_BYTES: Final = 16 * 1024
MAX_TYPED_DATA_DEPTH: Final = 16
MAX_TYPED_DATA_VALUES: Final = 10_000
MAX_TYPES: Final = 100  # eth-account follows them by recursion.
_MAX_CHAIN_ID = 2**63 - 1
_MAX_NONCE = 2**64 - 2  # EIP-2681.
_MAX_GAS = 2**64 - 1
_MAX_WEI = 2**256 - 1
_QUANTITY = re.compile(r"0[xX][0-9a-fA-F]{1,64}")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_ARRAY = re.compile(r"(.*)\[([0-9]{0,9})\]", re.DOTALL)
_BYTES_N = re.compile(r"bytes([1-9]|[12][0-9]|3[0-2])")
_INTEGER = re.compile(r"u?int([1-9][0-9]{0,2})")
_DECIMAL = re.compile(r"-?[0-9]{1,78}")
_DOMAIN_TYPES = {
    "name": "string",
    "version": "string",
    "chainId": "uint256",
    "verifyingContract": "address",
    "salt": "bytes32",
}
_COMMON = {"from", "to", "value", "data", "gas", "nonce", "chainId", "type"}
_LEGACY_FEE = {"gasPrice"}
_DYNAMIC_FEE = {"maxFeePerGas", "maxPriorityFeePerGas"}


def checked_transaction(transaction: Mapping[str, Any], *, address: str, chain_id: int) -> dict[str, Any]:
    """Check a transaction and give it back as eth-account takes it.

    Args:
        transaction: JSON-RPC's names; numbers as int or "0x..." text, data as bytes or "0x..." text.
        address: the account that is to sign.
        chain_id: the chain the person was shown.

    Raises:
        UnsignableError: a field is missing, unknown, malformed or out of bounds; see README.md#signing.
        WrongChainError: it is for another chain than was shown.
    """
    kind = _kind(transaction)
    fees = _DYNAMIC_FEE if kind == 2 else _LEGACY_FEE
    # An unknown field is something the person was not shown: an access list, blobs, an EIP-7702 authorisation.
    # Guarded by tests/wallet/test_transaction.py::test_a_field_that_nobody_was_shown_is_refused.
    for name in transaction:
        if name not in _COMMON | fees:
            raise UnsignableError(name if isinstance(name, str) and name.isidentifier() else "field")
    # Always signed for one chain: without a chain id the transaction could be replayed on every other one.
    asked = _number(transaction, "chainId", _MAX_CHAIN_ID)
    if asked != chain_id:
        raise WrongChainError(chain_id, asked)
    sender = transaction.get("from", address)
    if not isinstance(sender, str) or sender.lower() != address.lower():
        raise UnsignableError("from")
    checked: dict[str, Any] = {
        "chainId": asked,
        "nonce": _number(transaction, "nonce", _MAX_NONCE),
        "gas": _number(transaction, "gas", _MAX_GAS),
        "value": _number(transaction, "value", _MAX_WEI) if "value" in transaction else 0,
        "data": _data(transaction),
    }
    recipient = transaction.get("to")
    if recipient is not None:
        checked["to"] = _address(recipient)
    elif not checked["data"]:
        raise UnsignableError("to")  # A contract is made of code; with neither, the money would be lost.
    for name in sorted(fees):
        checked[name] = _number(transaction, name, _MAX_WEI)
    if kind == 2:
        if checked["maxPriorityFeePerGas"] > checked["maxFeePerGas"]:
            raise UnsignableError("maxPriorityFeePerGas")
        checked["type"] = 2  # eth-account takes a type for typed transactions only.
    return checked


def checked_typed_data(typed_data: Mapping[str, Any], *, chain_id: int | None) -> dict[str, Any]:
    """Check that typed data says exactly what its types name, and for which chain.

    eth-account leaves out a value that its type does not name, and signs zero for one that is missing. Either way the
    person would have read something else than what was signed.
    Guarded by tests/wallet/test_transaction.py::test_typed_data_with_a_value_beside_its_types_is_refused.

    Args:
        chain_id: the chain the person was shown, or None for a text that names none.

    Raises:
        UnsignableError: it is no typed data, or its values and types differ.
        WrongChainError: its domain names another chain, or one where none was shown, or none where one was.
    """
    types, primary, domain, message = (
        typed_data.get(name) for name in ("types", "primaryType", "domain", "message")
    )
    if not isinstance(types, dict) or not isinstance(domain, dict) or not isinstance(message, dict):
        raise UnsignableError("typed data")
    if len(types) > MAX_TYPES:
        raise UnsignableError("types")
    asked = domain.get("chainId")
    if asked is not None:
        asked = _number(domain, "chainId", _MAX_CHAIN_ID)
    if asked != chain_id:
        raise WrongChainError(chain_id, asked)
    left = [MAX_TYPED_DATA_VALUES]
    if not isinstance(primary, str):
        raise UnsignableError("primaryType")
    _exact(types, primary, message, MAX_TYPED_DATA_DEPTH, left)
    # eth-account hashes a domain by the standard's types whatever the data declares, so it may declare no others.
    standard = [{"name": name, "type": kind} for name, kind in _DOMAIN_TYPES.items() if name in domain]
    declared = types.get("EIP712Domain", standard)  # In the standard's order too.
    if declared != standard:
        raise UnsignableError("domain")
    _exact({"EIP712Domain": standard}, "EIP712Domain", domain, MAX_TYPED_DATA_DEPTH, left)
    return {"types": types, "primaryType": primary, "domain": domain, "message": message}


def checked_message(text: str) -> str:
    """Check a text for EIP-191: 1 byte to 16 KiB of UTF-8.

    Raises:
        UnsignableError: empty, too long, or not Unicode text.
    """
    try:
        size = len(text.encode()) if len(text) <= MAX_MESSAGE_BYTES else MAX_MESSAGE_BYTES + 1
    except UnicodeEncodeError:
        raise UnsignableError("message") from None
    if not 1 <= size <= MAX_MESSAGE_BYTES:
        raise UnsignableError("message")
    return text


def _kind(transaction: Mapping[str, Any]) -> int:
    """0 or 2: what the transaction says, or else what its fees say."""
    guessed = 2 if any(name in transaction for name in _DYNAMIC_FEE) else 0
    kind = _number(transaction, "type", 255) if "type" in transaction else guessed
    if kind not in (0, 2):
        raise UnsignableError("type")
    return kind


def _number(parent: Mapping[str, Any], name: str, most: int) -> int:
    value = parent.get(name)
    if isinstance(value, str) and _QUANTITY.fullmatch(value):
        value = int(value, 16)
    # type() rather than isinstance(): True is an int too, and signs as 1.
    if type(value) is not int or not 0 <= value <= most:
        raise UnsignableError(name)
    return value


def _data(transaction: Mapping[str, Any]) -> bytes:
    data = transaction.get("data", b"")
    if isinstance(data, str) and len(data) <= 2 + 2 * MAX_DATA_BYTES and _DATA.fullmatch(data):
        data = bytes.fromhex(data[2:])
    if not isinstance(data, bytes) or len(data) > MAX_DATA_BYTES:
        raise UnsignableError("data")
    return bytes(data)


def _address(recipient: object) -> str:
    from eth_utils.address import to_checksum_address

    if not isinstance(recipient, str) or not _ADDRESS.fullmatch(recipient):
        raise UnsignableError("to")
    spelled = str(to_checksum_address(recipient))
    # All lower or all upper case carries no EIP-55 checksum; any other spelling that differs is a typing error.
    if recipient != spelled and recipient[2:] not in (recipient[2:].lower(), recipient[2:].upper()):
        raise UnsignableError("to")
    return spelled


def _exact(types: Mapping[str, Any], kind: str, value: object, depth: int, left: list[int]) -> None:
    left[0] -= 1
    if depth == 0 or left[0] < 0:
        raise UnsignableError("typed data is too deep or too large")
    if array := _ARRAY.fullmatch(kind):
        if not isinstance(value, list) or len(value) != int(array.group(2) or len(value)):
            raise UnsignableError("typed data")
        for each in value:
            _exact(types, array.group(1), each, depth - 1, left)
        return
    fields = types.get(kind)
    if fields is None:
        if not _plain(kind, value):
            raise UnsignableError("typed data")
        return
    if not isinstance(fields, list) or not isinstance(value, dict):
        raise UnsignableError("typed data")
    named: dict[str, str] = {}
    for each in fields:
        name, type_ = (each.get("name"), each.get("type")) if isinstance(each, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(type_, str) or name in named:
            raise UnsignableError("typed data")
        named[name] = type_
    if named.keys() != value.keys():
        raise UnsignableError("typed data names other fields than its types")
    for name, type_ in named.items():
        _exact(types, type_, value[name], depth - 1, left)


def _plain(kind: str, value: object) -> bool:
    """Whether a value is of a plain Solidity type as written: eth-account would turn "no" into true and -1 into 0."""
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "string":
        return isinstance(value, str)
    if kind == "address":
        return isinstance(value, str) and _ADDRESS.fullmatch(value) is not None
    if integer := _INTEGER.fullmatch(kind):
        if isinstance(value, str):
            if not (_QUANTITY.fullmatch(value) or _DECIMAL.fullmatch(value)):
                return False
            value = int(value, 16 if value[:2].lower() == "0x" else 10)
        if type(value) is not int:
            return False
        bits = int(integer.group(1))
        if bits % 8 or bits > 256:
            return False
        lowest = 0 if kind.startswith("u") else -(2 ** (bits - 1))
        return bool(lowest <= value < lowest + 2**bits)
    if isinstance(value, str) and _DATA.fullmatch(value):
        value = bytes.fromhex(value[2:])
    if not isinstance(value, bytes):
        return False
    sized = _BYTES_N.fullmatch(kind)
    return kind == "bytes" if sized is None else len(value) == int(sized.group(1))
