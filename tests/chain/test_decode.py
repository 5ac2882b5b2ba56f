"""What a call does, from its bytes alone."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from harness.embedded_world import call_data
from parley.chain.api import (
    Call,
    CallKind,
    Decoded,
    decode_call,
    encode_transfer,
    is_unlimited,
)

ALICE = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
BOB = "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"
TOKEN = "0xF2E246BB76DF876Cef8b38ae84130F4F55De395b"
OTHER = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
MOST = 2**256 - 1


def decoded(signature: str, *arguments: object, value: int = 0) -> Decoded:
    return decode_call(Call(TOKEN, value, call_data(signature, *arguments)))


def test_the_coin() -> None:
    found = decode_call(Call(BOB, 5))

    assert (found.kind, found.amount, found.recipient, found.token) == (CallKind.COIN, 5, BOB, None)


def test_a_contract_that_would_be_made() -> None:
    assert decode_call(Call(None, 0, b"\x60\x00")).kind is CallKind.CREATE
    assert decode_call(Call(None, 0, call_data("transfer(address,uint256)", BOB, 5))).kind is CallKind.CREATE


def test_a_token_transfer() -> None:
    found = decoded("transfer(address,uint256)", BOB, 25_000_000)

    assert found.kind is CallKind.TOKEN_TRANSFER
    assert (found.token, found.recipient, found.amount, found.owner) == (TOKEN, BOB, 25_000_000, None)
    assert found.function == "transfer(address,uint256)"
    assert found.arguments == (("to", BOB), ("amount", "25000000"))


def test_a_token_transfer_of_somebody_elses() -> None:
    found = decoded("transferFrom(address,address,uint256)", ALICE, BOB, 3)

    assert found.kind is CallKind.TOKEN_TRANSFER_FROM
    assert (found.owner, found.recipient, found.amount) == (ALICE, BOB, 3)


@pytest.mark.parametrize(
    ("amount", "unlimited"),
    [(0, False), (10**30, False), (2**255, True), (MOST, True), (2**96 - 1, True), (2**160 - 1, True)],
)
@pytest.mark.parametrize("name", ["approve", "increaseAllowance"])
def test_an_approval(name: str, amount: int, unlimited: bool) -> None:
    found = decoded(f"{name}(address,uint256)", BOB, amount)

    assert found.kind is CallKind.APPROVE
    assert (found.token, found.recipient, found.amount) == (TOKEN, BOB, amount)
    assert found.unlimited is unlimited


@pytest.mark.parametrize(
    ("amount", "unlimited"),
    [(2**128, True), (2**200 + 7, True), (2**64 - 1, True), (2**96, False), (255, False)],
)
def test_what_has_no_limit(amount: int, unlimited: bool) -> None:
    """An amount beyond any supply is none, whether or not its digits are those that people know."""
    assert is_unlimited(amount) is unlimited


def test_less_may_be_spent() -> None:
    found = decoded("decreaseAllowance(address,uint256)", BOB, 5)

    assert (found.kind, found.arguments) == (CallKind.FUNCTION, (("spender", BOB), ("removed", "5")))


@pytest.mark.parametrize("approved", [True, False])
def test_all_pieces_of_a_collection(approved: bool) -> None:
    found = decoded("setApprovalForAll(address,bool)", BOB, approved)

    assert (found.kind, found.recipient, found.unlimited) == (CallKind.APPROVAL_FOR_ALL, BOB, approved)


def test_permits() -> None:
    sent = (27, bytes(32), bytes(32))
    plain = decoded(
        "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)", ALICE, BOB, MOST, 99, *sent
    )
    dai = decoded(
        "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)", ALICE, BOB, 0, 99, True, *sent
    )
    back = decoded(
        "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)", ALICE, BOB, 0, 99, False, *sent
    )

    assert {each.kind for each in (plain, dai, back)} == {CallKind.PERMIT}
    assert {(each.owner, each.recipient) for each in (plain, dai, back)} == {(ALICE, BOB)}
    assert [(each.amount, each.unlimited) for each in (plain, dai, back)] == [
        (MOST, True),
        (None, True),
        (0, False),
    ]


def test_permit2() -> None:
    approve = decoded("approve(address,address,uint160,uint48)", OTHER, BOB, 2**160 - 1, 99)
    move = decoded("transferFrom(address,address,uint160,address)", ALICE, BOB, 5, OTHER)
    signature = "permit(address,((address,uint160,uint48,uint48),address,uint256),bytes)"
    types = ["address", "((address,uint160,uint48,uint48),address,uint256)", "bytes"]
    data = parse_selector(signature) + encode(types, [ALICE, ((OTHER, 7, 99, 0), BOB, 99), b"\x01" * 65])
    permit = decode_call(Call(TOKEN, 0, data))

    assert (approve.kind, approve.token, approve.recipient, approve.unlimited) == (
        CallKind.APPROVE,
        OTHER,
        BOB,
        True,
    )
    assert (move.kind, move.token, move.owner, move.amount) == (CallKind.TOKEN_TRANSFER_FROM, OTHER, ALICE, 5)
    assert (permit.kind, permit.token, permit.owner, permit.recipient, permit.amount) == (
        CallKind.PERMIT,
        OTHER,
        ALICE,
        BOB,
        7,
    )
    assert permit.arguments[1] == ("permit", f"[[{OTHER}, 7, 99, 0], {BOB}, 99]")


def parse_selector(signature: str) -> bytes:
    from eth_utils.crypto import keccak

    return keccak(text=signature)[:4]


def test_pieces_of_collections() -> None:
    one = decoded("safeTransferFrom(address,address,uint256)", ALICE, BOB, 7)
    more = decoded("safeTransferFrom(address,address,uint256,uint256,bytes)", ALICE, BOB, 7, 30, b"x")
    many = decoded(
        "safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)", ALICE, BOB, [1, 2], [3, 4], b""
    )

    assert {each.kind for each in (one, more, many)} == {CallKind.PIECE_TRANSFER}
    assert (one.token_id, one.amount, more.token_id, more.amount) == (7, 1, 7, 30)
    assert many.arguments[2:4] == (("ids", "[1, 2]"), ("amounts", "[3, 4]"))


@pytest.mark.parametrize(
    ("signature", "arguments", "shown"),
    [
        ("vote(uint256)", [2], (("option", "2"),)),
        ("castVote(uint256,uint8)", [2**255, 1], (("proposal", str(2**255)), ("support", "1"))),
        ("delegate(address)", [BOB], (("delegatee", BOB),)),
        ("deposit()", [], ()),
        ("withdraw(uint256)", [9], (("amount", "9"),)),
    ],
)
def test_a_function_by_its_name(signature: str, arguments: list[object], shown: object) -> None:
    found = decode_call(Call(TOKEN, 3, parse_selector(signature) + encode(types_of(signature), arguments)))

    assert (found.kind, found.function, found.arguments) == (CallKind.FUNCTION, signature, shown)


def types_of(signature: str) -> list[str]:
    inside = signature[signature.index("(") + 1 : -1]
    return inside.split(",") if inside else []


def test_a_text_in_a_call_is_printable() -> None:
    found = decoded("castVoteWithReason(uint256,uint8,string)", 1, 1, "yes\u202e\n" + "x" * 3000)

    assert found.arguments[2][1].startswith("yes xx")
    assert len(found.arguments[2][1]) == 512


def test_an_approval_inside_a_multicall_is_seen() -> None:
    approve = call_data("approve(address,uint256)", BOB, MOST)
    found = decoded("multicall(bytes[])", [approve, b"\x01\x02\x03\x04"])

    assert found.kind is CallKind.FUNCTION
    assert [each.kind for each in found.inner] == [CallKind.APPROVE, CallKind.UNKNOWN]
    assert (found.inner[0].token, found.inner[0].unlimited) == (TOKEN, True)
    dated = decoded("multicall(uint256,bytes[])", 99, [approve])
    assert [each.kind for each in dated.inner] == [CallKind.APPROVE]


def test_a_multicall_that_hides_its_calls_is_unknown() -> None:
    inner = call_data("multicall(bytes[])", [call_data("approve(address,uint256)", BOB, MOST)])
    found = decoded("multicall(bytes[])", [inner])

    assert [each.kind for each in found.inner] == [CallKind.UNKNOWN]
    assert decoded("multicall(bytes[])", [b"\x01\x02\x03\x04"] * 17).kind is CallKind.UNKNOWN


TRANSFER = call_data("transfer(address,uint256)", BOB, 5)


@pytest.mark.parametrize(
    "data",
    [
        b"\x01",
        b"\x01\x02\x03",
        b"\xde\xad\xbe\xef" + bytes(64),
        TRANSFER[:4],
        TRANSFER[:-1],
        TRANSFER + b"\x00",
        TRANSFER + bytes(32),
        TRANSFER[:4] + b"\x01" + TRANSFER[5:],  # Padding of the address.
        call_data("setApprovalForAll(address,bool)", BOB, True)[:-1] + b"\x02",
        # Two arrays in one place, and a bytes[] whose elements lie in each other.
        parse_selector("multicall(bytes[])")
        + b"".join(each.to_bytes(32, "big") for each in (32, 2, 64, 64, 4, 1 << 224)),
        parse_selector("multicall(bytes[])") + b"\xff" * 64,
        parse_selector("castVoteWithReason(uint256,uint8,string)")
        + encode(["uint256", "uint8", "bytes"], [1, 1, b"\xff\xfe"]),  # No text.
        TRANSFER + bytes(16 * 1024),
    ],
    ids=range(13),
)
def test_only_the_one_encoding_is_read(data: bytes) -> None:
    """What a contract might read in another way than we do is shown as unknown, never as a payment."""
    found = decode_call(Call(TOKEN, 0, data))

    assert found.kind is CallKind.UNKNOWN
    assert found.function == "0x" + data[:4].hex()
    assert (found.recipient, found.amount) == (None, None)


SELECTORS = st.sampled_from(
    [
        parse_selector(each)
        for each in (
            "transfer(address,uint256)",
            "approve(address,uint256)",
            "multicall(bytes[])",
            "safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)",
            "castVoteWithReason(uint256,uint8,string)",
            "permit(address,((address,uint160,uint48,uint48),address,uint256),bytes)",
        )
    ]
)
WORDS = st.lists(
    st.integers(0, 320).map(lambda each: each.to_bytes(32, "big")) | st.binary(min_size=32, max_size=32)
)


@given(
    st.builds(lambda selector, words, rest: selector + b"".join(words) + rest, SELECTORS, WORDS, st.binary())
)
def test_any_bytes_are_read_without_harm(data: bytes) -> None:
    found = decode_call(Call(TOKEN, 0, data))

    assert found.call.data == data
    assert all(len(value) <= 512 for _, value in found.arguments)


@given(st.integers(1, MOST))
def test_a_payment_is_read_back(amount: int) -> None:
    token, coin = (
        decode_call(encode_transfer(TOKEN, BOB, amount)),
        decode_call(encode_transfer(None, BOB, amount)),
    )

    assert (token.kind, token.token, token.recipient, token.amount) == (
        CallKind.TOKEN_TRANSFER,
        TOKEN,
        BOB,
        amount,
    )
    assert (coin.kind, coin.recipient, coin.amount) == (CallKind.COIN, BOB, amount)


@pytest.mark.parametrize("amount", [0, -1, 2**256, True, 1.5])
def test_what_is_no_payment(amount: int) -> None:
    with pytest.raises(ValueError, match="amount"):
        encode_transfer(TOKEN, BOB, amount)
    with pytest.raises(ValueError, match="address"):
        encode_transfer(TOKEN, "bob.eth", 1)
