"""Functions and their arguments, as a person writes them."""

from __future__ import annotations

import pytest
from eth_abi.abi import decode

from parley.chain.api import InvalidArgumentError, InvalidFunctionError, encode_call, parse_function

BOB = "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"
TOKEN = "0xF2E246BB76DF876Cef8b38ae84130F4F55De395b"
MOST = 2**256 - 1


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        ("vote(uint256)", "vote(uint256)"),
        (" vote ( uint option , address[] who )", "vote(uint256,address[])"),
        ("claim()", "claim()"),
        ("f(bytes32,int8,bytes,string,bool,uint8[3])", "f(bytes32,int8,bytes,string,bool,uint8[3])"),
    ],
)
def test_a_function_as_it_is_written(text: str, signature: str) -> None:
    assert parse_function(text).signature == signature


@pytest.mark.parametrize(
    "text",
    [
        "",
        "vote",
        "vote(",
        "vote(uint257)",
        "vote(uint08)",
        "vote(uint7)",
        "vote(bytes33)",
        "vote(bytes0)",
        "vote((uint256,bool))",
        "vote(uint256,)",
        "vote(string[])",
        "vote(uint256[][])",
        "vote(uint256[0])",
        "vote(tuple)",
        "vote(uint256 a b)",
        "1vote()",
        "v\u043ete(uint256)",  # Cyrillic
        "vote(uint256) payable",
        "vote(" + "uint256," * 16 + "uint256)",
        "v" * 300 + "()",
    ],
)
def test_what_is_no_function(text: str) -> None:
    with pytest.raises(InvalidFunctionError):
        parse_function(text)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("uint8", "255", 255),
        ("int8", "-128", -128),
        ("uint256", str(MOST), MOST),
        ("address", BOB.lower(), BOB.lower()),
        ("bool", "true", True),
        ("bytes2", "0xab01", b"\xab\x01"),
        ("bytes", "0x", b""),
        ("string", " h\u00e9 ", " h\u00e9 "),
        ("uint8[]", "1, 2,3", (1, 2, 3)),
        ("uint8[]", "", ()),
        ("bool[2]", "true,false", (True, False)),
    ],
)
def test_an_argument_as_it_is_written(kind: str, text: str, value: object) -> None:
    call = encode_call(TOKEN, parse_function(f"f({kind})"), [text], 3)

    assert (call.to, call.value) == (TOKEN, 3)
    assert decode([kind], call.data[4:]) == (value,)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("uint8", "256"),
        ("uint8", "-1"),
        ("int8", "128"),
        ("uint256", ""),
        ("uint256", "1.0"),
        ("uint256", "1e3"),
        ("uint256", "0x10"),
        ("uint256", "01"),
        ("uint256", "1_000"),
        ("uint256", "\u0661"),  # An Arabic digit.
        ("uint256", "9" * 5000),
        ("address", "0x12"),
        ("address", BOB[:-1] + "f"),  # Another checksum.
        ("address", "bob.eth"),
        ("bool", "True"),
        ("bool", "1"),
        ("bytes2", "0xab"),
        ("bytes2", "ab01"),
        ("bytes", "0xa"),
        ("bytes", "0x" + "00" * 16385),
        ("string", "x" * 4097),
        ("string", "\ud800"),
        ("uint8[]", "1,,2"),
        ("uint8[]", ",".join(["1"] * 65)),
        ("uint8[2]", "1"),
        ("address[]", BOB + ",x"),
    ],
)
def test_an_argument_that_is_none(kind: str, text: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        encode_call(TOKEN, parse_function(f"f(bool,{kind})"), ["true", text])
    assert (caught.value.index, caught.value.kind) == (1, kind)


def test_another_number_of_arguments() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        encode_call(TOKEN, parse_function("f(bool)"), [])
    assert caught.value.index is None
    with pytest.raises(ValueError, match="wei"):
        encode_call(TOKEN, parse_function("f()"), [], -1)
