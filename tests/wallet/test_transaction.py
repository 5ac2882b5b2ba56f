"""What is signed is exactly what was shown, by the published examples and by hostile requests."""

from typing import Any

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from parley.wallet.accounts import read_key
from parley.wallet.api import UnsignableError, WrongChainError
from parley.wallet.signing import message_signature, transaction_signature, typed_data_signature
from parley.wallet.transaction import MAX_DATA_BYTES, MAX_MESSAGE_BYTES
from wallet.wallet_samples import EIP155_ACCOUNT, JUNK_ACCOUNTS, LEGACY, imported_key, one_field

DYNAMIC: dict[str, Any] = {
    "type": "0x2",
    "chainId": "0xaa36a7",
    "nonce": "0x0",
    "maxFeePerGas": "0x77359400",
    "maxPriorityFeePerGas": "0x3b9aca00",
    "gas": "0x186a0",
    "to": JUNK_ACCOUNTS[1],
    "value": "0x1",
    "data": "0xa9059cbb",
}
SEPOLIA = 11_155_111
MAIL: dict[str, Any] = {
    "types": {
        "EIP712Domain": [
            {"name": "name", "type": "string"},
            {"name": "version", "type": "string"},
            {"name": "chainId", "type": "uint256"},
            {"name": "verifyingContract", "type": "address"},
        ],
        "Person": [{"name": "name", "type": "string"}, {"name": "wallet", "type": "address"}],
        "Mail": [
            {"name": "from", "type": "Person"},
            {"name": "to", "type": "Person"},
            {"name": "contents", "type": "string"},
        ],
    },
    "primaryType": "Mail",
    "domain": {
        "name": "Ether Mail",
        "version": "1",
        "chainId": 1,
        "verifyingContract": "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC",
    },
    "message": {
        "from": {"name": "Cow", "wallet": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},
        "to": {"name": "Bob", "wallet": "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"},
        "contents": "Hello, Bob!",
    },
}


def sign(transaction: dict[str, Any], chain_id: int = 1) -> Any:
    """As the account of EIP-155's example."""
    return transaction_signature(imported_key(), transaction, address=EIP155_ACCOUNT, chain_id=chain_id)


def test_the_published_legacy_transaction() -> None:
    """EIP-155's example, to the byte."""
    signed = sign(LEGACY)

    assert signed.raw.hex() == (
        "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025"
        "a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"
        "a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
    )
    assert len(signed.hash) == 32
    assert sign({**LEGACY, "type": 0, "from": EIP155_ACCOUNT.lower()}) == signed


def test_a_dynamic_fee_transaction() -> None:
    """Type 2, its fields as given, recovering to the account."""
    from eth_account.typed_transactions.typed_transaction import TypedTransaction
    from hexbytes import HexBytes

    signed = sign(DYNAMIC, SEPOLIA)

    assert signed.raw[0] == 2
    assert Account.recover_transaction(signed.raw) == EIP155_ACCOUNT
    fields = TypedTransaction.from_bytes(HexBytes(signed.raw)).as_dict()
    assert (fields["chainId"], fields["nonce"], fields["gas"], fields["value"]) == (SEPOLIA, 0, 100_000, 1)
    assert (fields["maxFeePerGas"], fields["maxPriorityFeePerGas"]) == (2 * 10**9, 10**9)
    assert bytes(fields["to"]).hex() == JUNK_ACCOUNTS[1][2:].lower()
    assert bytes(fields["data"]).hex() == "a9059cbb"
    without = {name: value for name, value in DYNAMIC.items() if name != "type"}
    assert sign(without, SEPOLIA) == signed


@pytest.mark.parametrize("transaction", [LEGACY, DYNAMIC])
def test_another_chain_than_the_one_shown_is_refused(transaction: dict[str, Any]) -> None:
    """Told with both."""
    with pytest.raises(WrongChainError) as caught:
        sign(transaction, 137)

    assert caught.value.shown == 137
    assert caught.value.asked in (1, SEPOLIA)


@pytest.mark.parametrize(
    "extra",
    [
        {"accessList": []},
        {"maxFeePerBlobGas": 1},
        {"blobVersionedHashes": []},
        {"authorizationList": []},
        {"input": "0xdeadbeef"},
        {"gasPrice": 1},
        {5: 1},
    ],
)
def test_a_field_that_nobody_was_shown_is_refused(extra: dict[Any, Any]) -> None:
    """Among them EIP-7702's authorisation, which would hand over the account."""
    with pytest.raises(UnsignableError):
        sign({**DYNAMIC, **extra}, SEPOLIA)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nonce", ...),
        ("nonce", -1),
        ("nonce", 2**64 - 1),
        ("nonce", True),
        ("nonce", 1.0),
        ("nonce", "9"),
        ("nonce", None),
        ("gas", ...),
        ("gas", 2**64),
        ("gasPrice", ...),
        ("gasPrice", 2**256),
        ("maxFeePerGas", 1),
        ("value", -1),
        ("value", 2**256),
        ("value", "0x" + "f" * 65),
        ("value", None),
        ("chainId", ...),
        ("chainId", None),
        ("chainId", 2**63),
        ("to", ...),
        ("to", None),
        ("to", ""),
        ("to", "vitalik.eth"),
        ("to", "0x" + "35" * 19),
        ("to", b"5" * 20),
        ("to", JUNK_ACCOUNTS[0].replace("f39F", "f39f")),
        ("data", "0x0"),
        ("data", "zz"),
        ("data", 7),
        ("data", bytes(MAX_DATA_BYTES + 1)),
        ("data", "0x" + "00" * (MAX_DATA_BYTES + 1)),
        ("from", JUNK_ACCOUNTS[0]),
        ("from", None),
        ("type", 1),
        ("type", 3),
        ("type", 4),
        ("type", 2),
        ("type", "legacy"),
    ],
)
def test_a_field_out_of_bounds_is_refused(name: str, value: Any) -> None:
    """Each is named."""
    transaction = {**LEGACY, name: value}
    if value is ...:
        del transaction[name]

    with pytest.raises(UnsignableError):
        sign(transaction)


def test_a_tip_above_the_whole_fee_is_refused() -> None:
    """No node would take it."""
    with pytest.raises(UnsignableError):
        sign({**DYNAMIC, "maxPriorityFeePerGas": 2 * 10**9 + 1}, SEPOLIA)


def test_a_contract_is_made_of_code() -> None:
    """Without a recipient only with data."""
    creation = {**LEGACY, "data": b"\x60\x00", "value": 0}
    del creation["to"]

    assert Account.recover_transaction(sign(creation).raw) == EIP155_ACCOUNT


@given(
    st.dictionaries(
        st.sampled_from([*LEGACY, *DYNAMIC, "accessList"]),
        st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.binary(max_size=4),
    )
)
def test_any_transaction_is_signed_or_refused(changes: dict[str, Any]) -> None:
    """Nothing but the room's own errors comes out, and what is signed is for the shown chain."""
    try:
        signed = sign({**LEGACY, **changes})
    except (UnsignableError, WrongChainError):
        return

    assert Account.recover_transaction(signed.raw) == EIP155_ACCOUNT


def test_the_published_typed_data() -> None:
    """EIP-712's example, to the byte."""
    from eth_utils.crypto import keccak

    key = read_key(keccak(b"cow").hex())

    assert typed_data_signature(key, MAIL, chain_id=1).hex() == (
        "4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d"
        "07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b91562"
        "1c"
    )


@pytest.mark.parametrize(("named", "shown"), [(1, 137), (1, None), (None, 1)])
def test_typed_data_for_another_chain_is_refused(named: int | None, shown: int | None) -> None:
    """Also if only one of the page and the data names a chain."""
    data = MAIL if named else one_field("string", "x")

    with pytest.raises(WrongChainError):
        typed_data_signature(imported_key(), data, chain_id=shown)


@pytest.mark.parametrize(
    "message",
    [
        {**MAIL["message"], "amount": 10**18},
        {name: value for name, value in MAIL["message"].items() if name != "contents"},
        {**MAIL["message"], "contents": None},
        {**MAIL["message"], "from": {**MAIL["message"]["from"], "hidden": 1}},
        {**MAIL["message"], "from": "Cow"},
        {},
    ],
)
def test_typed_data_with_a_value_beside_its_types_is_refused(message: dict[str, Any]) -> None:
    """eth-account would leave it out of the signature, or sign zero for what is missing."""
    with pytest.raises(UnsignableError):
        typed_data_signature(imported_key(), {**MAIL, "message": message}, chain_id=1)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("bool", True),
        ("uint8", 255),
        ("uint256", "115792089237316195423570985008687907853269984665640564039457584007913129639935"),
        ("int16", -32768),
        ("uint64", "0xff"),
        ("bytes", b"any"),
        ("bytes", "0x"),
        ("bytes4", "0x01020304"),
        ("address", JUNK_ACCOUNTS[0]),
        ("string", ""),
        ("uint8[]", []),
        ("uint8[2]", [1, 2]),
        ("bytes32[][]", [[bytes(32)], []]),
    ],
)
def test_plain_values_are_signed(type_: str, value: Any) -> None:
    """Each as its type says, and recovering to the account."""
    from eth_account.messages import encode_typed_data

    data = one_field(type_, value)
    signature = typed_data_signature(imported_key(), data, chain_id=None)

    assert (
        Account.recover_message(encode_typed_data(full_message=data), signature=signature) == EIP155_ACCOUNT
    )


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("bool", "no"),
        ("bool", 0),
        ("uint8", 256),
        ("uint8", -1),
        ("uint8", True),
        ("uint8", "0x100"),
        ("uint8", "one"),
        ("uint", 1),
        ("uint7", 1),
        ("uint264", 1),
        ("int16", 32768),
        ("bytes", -1),
        ("bytes", "text"),
        ("bytes4", b"123"),
        ("bytes33", bytes(33)),
        ("bytes0", b""),
        ("address", 5),
        ("address", "0x12"),
        ("string", 5),
        ("string", b"x"),
        ("Unknown", {}),
        ("Thing", {"value": 1}),
        ("uint8[2]", [1]),
        ("uint8[]", "12"),
        ("uint8[]", (1, 2)),
        ("uint8[]", [1] * 10_001),
        ("uint8" + "[]" * 20, []),
        ("", 1),
    ],
)
def test_plain_values_that_are_not_of_their_type_are_refused(type_: str, value: Any) -> None:
    """eth-account reads "no" as true and -1 as nothing: the page would have shown something else."""
    nested = value
    for _ in range(type_.count("[]") - 1):
        nested = [nested]

    with pytest.raises(UnsignableError):
        typed_data_signature(imported_key(), one_field(type_, nested), chain_id=None)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {**MAIL, "types": []},
        {**MAIL, "types": {"Mail": {}}},
        {**MAIL, "types": {"Mail": [5]}},
        {**MAIL, "types": {"Mail": [{"name": "a"}]}},
        {**MAIL, "types": {**MAIL["types"], "Person": [{"name": "name", "type": "string"}] * 2}},
        {**MAIL, "types": {**MAIL["types"], "Other": [{"name": "name", "type": "string"}]}},
        {**MAIL, "types": {**MAIL["types"], "EIP712Domain": [{"name": "name", "type": "string"}]}},
        {**MAIL, "types": {**MAIL["types"], "EIP712Domain": None}},
        {**MAIL, "types": {**MAIL["types"], "EIP712Domain": MAIL["types"]["EIP712Domain"][::-1]}},
        {**MAIL, "primaryType": "Person"},
        {**MAIL, "primaryType": 5},
        {**MAIL, "primaryType": "Nothing"},
        {**MAIL, "domain": {**MAIL["domain"], "extra": 1}},
        {**MAIL, "domain": {**MAIL["domain"], "chainId": True}},
        {**MAIL, "domain": {**MAIL["domain"], "version": 1}},
        {**MAIL, "domain": None},
        {**MAIL, "message": []},
    ],
)
def test_what_is_no_typed_data_is_refused(broken: dict[str, Any]) -> None:
    """By one error."""
    with pytest.raises(UnsignableError):
        typed_data_signature(imported_key(), broken, chain_id=1)


def test_a_long_chain_of_types_is_refused() -> None:
    """eth-account follows types by recursion, and an empty list at the top would hide thousands of them."""
    chain = {f"T{n}": [{"name": "next", "type": f"T{n + 1}[]"}] for n in range(5000)}
    data = {
        "types": {**chain, "T5000": [{"name": "value", "type": "bool"}]},
        "primaryType": "T0",
        "domain": {"name": "Test"},
        "message": {"next": []},
    }

    with pytest.raises(UnsignableError):
        typed_data_signature(imported_key(), data, chain_id=None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "type", "from", "to", "wallet", "Mail"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(st.sampled_from(["types", "primaryType", "domain", "message"]), JSON)
def test_any_typed_data_is_signed_or_refused(name: str, value: Any) -> None:
    """Nothing but the room's own errors comes out."""
    with pytest.raises((UnsignableError, WrongChainError)):
        typed_data_signature(imported_key(), {**MAIL, name: value}, chain_id=1)


def test_the_published_message() -> None:
    """EIP-191 as web3's documentation shows it."""
    key = read_key("0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318")

    assert message_signature(key, "Some data").hex() == (
        "b91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd"
        "6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a029"
        "1c"
    )


@pytest.mark.parametrize("text", ["", "x" * (MAX_MESSAGE_BYTES + 1), "é" * MAX_MESSAGE_BYTES, "\ud800"])
def test_a_text_is_bounded(text: str) -> None:
    """1 byte to 16 KiB of Unicode."""
    with pytest.raises(UnsignableError):
        message_signature(imported_key(), text)
