"""Account keys and what they sign."""

import pytest

from parley.chain.api import recover_typed_data_signer
from parley.wallet.api import (
    AccountKey,
    InvalidKeyError,
    account_of,
    new_account_key,
    read_key,
    sign_typed_data,
)

TYPED_DATA = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}],
        "Greeting": [{"name": "text", "type": "string"}, {"name": "ids", "type": "bytes32[]"}],
    },
    "primaryType": "Greeting",
    "domain": {"name": "Test"},
    "message": {"text": "hello", "ids": [b"\x01" * 32]},
}


def test_the_account_of_a_known_key() -> None:
    """The key 1 has the address that every Ethereum library gives for it."""
    assert account_of(AccountKey((1).to_bytes(32, "big"))) == "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"


def test_a_signature_recovers_to_its_account() -> None:
    """Signing and recovering agree."""
    key = new_account_key()

    signature = sign_typed_data(key, TYPED_DATA)

    assert len(signature) == 65
    assert recover_typed_data_signer(TYPED_DATA, signature) == account_of(key)


def test_other_data_recovers_to_another_account() -> None:
    """A signature over one text says nothing about another."""
    key = new_account_key()
    signature = sign_typed_data(key, TYPED_DATA)
    other = {**TYPED_DATA, "message": {"text": "hallo", "ids": []}}

    assert recover_typed_data_signer(other, signature) != account_of(key)


@pytest.mark.parametrize(
    "signature", [b"", b"\x00" * 64, b"\x00" * 65, b"\xff" * 65, b"\x01" * 64 + b"\x07", b"\x00" * 66]
)
def test_garbage_is_a_value_error(signature: bytes) -> None:
    """Whatever stands in place of a signature is refused by one error."""
    with pytest.raises(ValueError):  # noqa: PT011 - the contract is the type; texts come from several libraries.
        recover_typed_data_signer(TYPED_DATA, signature)


@pytest.mark.parametrize("broken", [{}, {"types": {}}, {**TYPED_DATA, "primaryType": "Nothing"}])
def test_data_that_is_not_typed_data_is_a_value_error(broken: dict[str, object]) -> None:
    """A hostile record cannot raise anything else."""
    with pytest.raises(ValueError):  # noqa: PT011
        recover_typed_data_signer(broken, b"\x01" * 65)


def test_a_key_never_shows_itself() -> None:
    """Neither repr, str nor a format shows the bytes of a key."""
    key = AccountKey(b"\x11" * 32)

    assert all("11" not in text and "\\x" not in text for text in (repr(key), str(key), f"{key}", f"{key!r}"))


ORDER = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"


@pytest.mark.parametrize("before", ["", "0x", "0X", "  0x", "\n"])
@pytest.mark.parametrize("after", ["", " \r\n"])
def test_an_exported_key_is_read(before: str, after: str) -> None:
    """With or without 0x, in either case, pasted with white space."""
    digits = "4C0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"

    assert read_key(before + digits + after) == bytes.fromhex(digits)


@pytest.mark.parametrize(
    ("digits", "right"), [("0" * 63 + "1", True), (ORDER[:-1] + "0", True), (ORDER, False)]
)
def test_the_bounds_of_a_key(digits: str, right: bool) -> None:
    """From 1 to below the order of the curve."""
    if right:
        assert read_key(digits).hex() == digits
    else:
        with pytest.raises(InvalidKeyError):
            read_key(digits)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "0x",
        "0" * 64,
        "f" * 64,
        "1" * 63,
        "1" * 65,
        "0x0x" + "1" * 60,
        "g" * 64,
        "\u0661" * 64,
        "1 " * 64,
        "1" * 10**6,
    ],
)
def test_what_is_no_key_is_told(typed: str) -> None:
    """By one error, whatever it is."""
    with pytest.raises(InvalidKeyError):
        read_key(typed)
