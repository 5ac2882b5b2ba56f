"""Functions of contracts: their signatures, their selectors, and arguments as texts (Solidity's ABI, strict)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from parley.chain.account import checksummed
from parley.chain.errors import InvalidArgumentError, InvalidFunctionError
from parley.chain.money import Call
from parley.chain.printable import printable

DATA_BYTES = 16 * 1024
"""Longer call data is neither made nor read."""

SIGNATURE_CHARACTERS = 256
PARAMETERS = 16
ELEMENTS = 64
TEXT_CHARACTERS = 4096
SHOWN_CHARACTERS = 512

_SIGNATURE = re.compile(r"\s*([A-Za-z_$][A-Za-z0-9_$]{0,63})\s*\(([^()]*)\)\s*")
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{0,63}")
_INTEGER = re.compile(r"(u?)int([0-9]{0,3})")
_FIXED_BYTES = re.compile(r"bytes([1-9]|[12][0-9]|3[0-2])")
_ARRAY = re.compile(r"([a-z0-9]+)\[([1-9][0-9]?)?\]")
_DECIMAL = re.compile(r"0|-?[1-9][0-9]{0,77}")
_HEX = re.compile(r"0x(?:[0-9a-fA-F]{2})*")


@dataclass(frozen=True, slots=True)
class Function:
    """A function by its name, its parameters' canonical ABI types, and their names ("" where none is known)."""

    name: str
    types: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def signature(self) -> str:
        """What the selector is the hash of: "transfer(address,uint256)"."""
        return f"{self.name}({','.join(self.types)})"

    @property
    def selector(self) -> bytes:
        """The first four bytes of a call of it."""
        from eth_utils.crypto import keccak

        return keccak(text=self.signature)[:4]


def parse_function(text: str) -> Function:
    """Read "vote(uint256)" or "vote(uint256 option)": elementary types and lists of them, at most 16 parameters.

    Raises InvalidFunctionError.
    """
    # ASCII alone: a letter that looks like another would name another function.
    found = _SIGNATURE.fullmatch(text) if len(text) <= SIGNATURE_CHARACTERS and text.isascii() else None
    if found is None:
        raise InvalidFunctionError("a function is a name and its types in parentheses")
    inside = found[2].strip()
    parameters = inside.split(",") if inside else []
    if len(parameters) > PARAMETERS:
        raise InvalidFunctionError(f"at most {PARAMETERS} parameters")
    types, names = [], []
    for each in parameters:
        words = each.split()
        if not 1 <= len(words) <= 2 or (len(words) == 2 and not _NAME.fullmatch(words[1])):
            raise InvalidFunctionError("a parameter is a type, and a name if it has one")
        types.append(_canonical(words[0]))
        names.append(words[1] if len(words) == 2 else "")
    return Function(found[1], tuple(types), tuple(names))


def encode_call(to: str, function: Function, arguments: Sequence[str], value: int = 0) -> Call:
    """A call of a function with arguments as a person writes them.

    Numbers are decimal; bytes are hex with 0x; a truth is true or false; an address is checked by EIP-55; the
    elements of a list are divided by commas.

    Raises:
        InvalidArgumentError: with the index of the first one that is none of its type, or None for their number.
        ValueError: `to` is no address, or the value is no amount of wei.
    """
    from eth_abi.abi import encode

    if not 0 <= value < 2**256:
        raise ValueError("no amount of wei")
    if len(arguments) != len(function.types):
        raise InvalidArgumentError(None, f"{len(function.types)} arguments")
    values = []
    for index, (kind, text) in enumerate(zip(function.types, arguments, strict=True)):
        try:
            values.append(_value(kind, text))
        except ValueError:
            raise InvalidArgumentError(index, kind) from None
    data = function.selector + encode(function.types, values)
    if len(data) > DATA_BYTES:
        raise InvalidArgumentError(None, f"at most {DATA_BYTES} bytes")
    return Call(checksummed(to), value, data)


def decode_arguments(function: Function, data: bytes) -> tuple[Any, ...] | None:
    """The values in call data after its selector, or None unless they are exactly what would be encoded.

    What is encoded otherwise - bytes behind the arguments, padding that is not zero, offsets that overlap - can read
    differently to a contract than to us. Guarded by tests/chain/test_decode.py::test_only_the_one_encoding_is_read.
    """
    from eth_abi.abi import decode, encode
    from eth_abi.exceptions import DecodingError, EncodingError

    try:
        values = decode(function.types, data)
        again = encode(function.types, values)
    # eth-abi fails on what is no text, and on offsets beyond all bounds, in other ways too.
    except (DecodingError, EncodingError, OverflowError, ValueError, TypeError):
        return None
    return tuple(values) if again == data else None


def shown(kind: str, value: Any) -> str:
    """A decoded value as text of at most 512 printable characters."""
    return printable(_text(kind, value), SHOWN_CHARACTERS)


def _text(kind: str, value: Any) -> str:
    if isinstance(value, (tuple, list)):
        # A list has one type; a tuple's own are in its parentheses, and none of ours holds a list.
        inner = kind[: kind.rindex("[")] if kind.endswith("]") else ""
        parts = [_text(inner, each) for each in value[:ELEMENTS]]
        return "[" + ", ".join(parts) + (f", … ({len(value)})" if len(value) > ELEMENTS else "") + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return "0x" + value[:SHOWN_CHARACTERS].hex()
    # Addresses come as small hex digits; inside a tuple nothing else of that form is text.
    if isinstance(value, str) and (kind == "address" or (not kind and re.fullmatch("0x[0-9a-f]{40}", value))):
        return checksummed(value)
    return str(value)


def _canonical(kind: str) -> str:
    """The canonical spelling of an elementary type or a list of one. Raises InvalidFunctionError."""
    if (listed := _ARRAY.fullmatch(kind)) is not None:
        inner = _canonical(listed[1])
        if inner in ("string", "bytes"):
            raise InvalidFunctionError("a list of texts has no commas of its own")
        return f"{inner}[{listed[2] or ''}]"
    if kind in ("address", "bool", "string", "bytes") or _FIXED_BYTES.fullmatch(kind):
        return kind
    integer = _INTEGER.fullmatch(kind)
    bits = int(integer[2] or 256) if integer else 0
    if integer is None or not 8 <= bits <= 256 or bits % 8 or integer[2].startswith("0"):
        raise InvalidFunctionError("this is no elementary type")
    return f"{integer[1]}int{bits}"


def _value(kind: str, text: str) -> Any:
    """Raises ValueError unless the text is exactly a value of the type."""
    if (listed := _ARRAY.fullmatch(kind)) is not None:
        elements = [each.strip() for each in text.split(",")] if text.strip() else []
        if len(elements) > ELEMENTS or (listed[2] and len(elements) != int(listed[2])):
            raise ValueError("another number of elements")
        return [_value(listed[1], each) for each in elements]
    if kind == "string":
        if len(text) > TEXT_CHARACTERS:
            raise ValueError("too long")
        text.encode()  # A lone surrogate is no text; its UnicodeEncodeError is a ValueError.
        return text
    text = text.strip()
    if kind == "address":
        return checksummed(text)
    if kind == "bool":
        if text not in ("true", "false"):
            raise ValueError("neither true nor false")
        return text == "true"
    if kind.startswith("bytes"):
        data = bytes.fromhex(text[2:]) if _HEX.fullmatch(text) else None
        if data is None or len(data) > DATA_BYTES or (kind != "bytes" and len(data) != int(kind[5:])):
            raise ValueError("not bytes of that length")
        return data
    return _integer(kind, text)


def _integer(kind: str, text: str) -> int:
    if not _DECIMAL.fullmatch(text):
        raise ValueError("not a decimal number")
    number = int(text)
    bits = int(kind.removeprefix("u")[3:])
    low, high = (0, 2**bits) if kind.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1))
    if not low <= number < high:
        raise ValueError("out of bounds")
    return number
