"""Sign-in texts: built, read back strictly, and refused for every field that is wrong."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from hypothesis import given
from hypothesis import strategies as st

from parley.chain.api import (
    MemoryChain,
    SignedBy,
    SignInError,
    SignInMessage,
    build_sign_in,
    parse_sign_in,
    recover_digest_signer,
    verify_sign_in,
)

ACCOUNT = Account.from_key((7).to_bytes(32, "big"))
NOW_MS = 1_795_392_000_000  # 2026-11-23T00:00:00Z
MESSAGE = SignInMessage(
    domain="localhost:4000",
    account=ACCOUNT.address,
    uri="http://localhost:4000/",
    chain_id=31337,
    nonce="abcdefgh12345678",
    issued_at="2026-11-22T23:59:30Z",
    statement="Sign in to Parley.",
    expiration_time="2026-11-23T00:05:00.5+00:00",
)
EXPECTED: dict[str, Any] = {
    "domain": MESSAGE.domain,
    "uri": MESSAGE.uri,
    "nonce": MESSAGE.nonce,
    "now_ms": NOW_MS,
}


def signed(text: str) -> bytes:
    return bytes(ACCOUNT.sign_message(encode_defunct(text=text)).signature)


def test_the_text_is_the_standards() -> None:
    """Field by field as EIP-4361 orders them."""
    message = replace(
        MESSAGE,
        scheme="https",
        not_before="2026-11-22T00:00:00Z",
        request_id="r-1",
        resources=("ipfs://a", "https://b/c"),
    )
    text = build_sign_in(message)
    assert text == (
        "https://localhost:4000 wants you to sign in with your Ethereum account:\n"
        f"{ACCOUNT.address}\n"
        "\n"
        "Sign in to Parley.\n"
        "\n"
        "URI: http://localhost:4000/\n"
        "Version: 1\n"
        "Chain ID: 31337\n"
        "Nonce: abcdefgh12345678\n"
        "Issued At: 2026-11-22T23:59:30Z\n"
        "Expiration Time: 2026-11-23T00:05:00.5+00:00\n"
        "Not Before: 2026-11-22T00:00:00Z\n"
        "Request ID: r-1\n"
        "Resources:\n"
        "- ipfs://a\n"
        "- https://b/c"
    )
    assert parse_sign_in(text) == message


@pytest.mark.parametrize("statement", [None, "", "A sentence."])
def test_with_and_without_a_statement(statement: str | None) -> None:
    message = replace(MESSAGE, statement=statement)
    if statement == "":
        with pytest.raises(SignInError):
            build_sign_in(message)
    else:
        assert parse_sign_in(build_sign_in(message)) == message


async def test_a_sign_in() -> None:
    text = build_sign_in(MESSAGE)
    message, verification = await verify_sign_in(MemoryChain(), text, signed(text), **EXPECTED)
    assert message.account == ACCOUNT.address
    assert verification.signed_by is SignedBy.KEY


async def test_a_contract_account_signs_in() -> None:
    chain = MemoryChain()
    wallet = "0x" + "00" * 19 + "42"
    chain.set_contract(
        wallet, lambda digest, signature: recover_digest_signer(digest, signature) == ACCOUNT.address
    )
    text = build_sign_in(replace(MESSAGE, account=wallet))
    _, verification = await verify_sign_in(chain, text, signed(text), **EXPECTED)
    assert verification.signed_by is SignedBy.CONTRACT
    with pytest.raises(SignInError, match="signature"):
        await verify_sign_in(MemoryChain(), text, signed(text), **EXPECTED)


async def test_an_account_of_a_key_signs_in_on_any_chain() -> None:
    """Without a chain nobody is asked: a key is the same everywhere."""
    for chain_id in (1, 31337, 11155111):
        text = build_sign_in(replace(MESSAGE, chain_id=chain_id))
        message, verification = await verify_sign_in(None, text, signed(text), **EXPECTED)
        assert (message.account, verification.signed_by) == (ACCOUNT.address, SignedBy.KEY)


async def test_without_a_chain_only_the_key_signs_in() -> None:
    other = Account.create()
    text = build_sign_in(replace(MESSAGE, account=other.address))
    for signature in (signed(text), b"", b"\x01" * 65, signed(text)[:64], bytes(40_000)):
        with pytest.raises(SignInError, match="signature"):
            await verify_sign_in(None, text, signature, **EXPECTED)
    with pytest.raises(SignInError, match="nonce"):
        await verify_sign_in(None, text, signed(text), **(EXPECTED | {"nonce": "another-one"}))


@pytest.mark.parametrize("chain_id", [1, 31338])
async def test_a_contract_account_signs_in_on_its_own_chain_only(chain_id: int) -> None:
    """Its contract would accept the text, which names another chain."""
    chain = MemoryChain()
    wallet = "0x" + "00" * 19 + "42"
    chain.set_contract(wallet, lambda _digest, _signature: True)
    text = build_sign_in(replace(MESSAGE, account=wallet, chain_id=chain_id))
    with pytest.raises(SignInError, match="chain id"):
        await verify_sign_in(chain, text, b"yes", **EXPECTED)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"domain": "evil.example"}, "domain"),
        ({"domain": "localhost"}, "domain"),
        ({"domain": "LOCALHOST:4000"}, "domain"),
        ({"uri": "http://evil.example/"}, "uri"),
        ({"chain_id": 1}, "chain id"),
        ({"nonce": "abcdefgh12345679"}, "nonce"),
        ({"issued_at": "2026-11-23T00:02:00Z"}, "issued at"),
        ({"expiration_time": "2026-11-23T00:00:00Z"}, "expiration time"),
        ({"expiration_time": "2026-11-23T01:00:00+02:00"}, "expiration time"),
        ({"not_before": "2026-11-23T00:02:00Z"}, "not before"),
    ],
)
async def test_a_wrong_field_is_refused_although_signed(change: dict[str, object], field: str) -> None:
    text = replace(MESSAGE, **change).text()  # type: ignore[arg-type]
    with pytest.raises(SignInError) as caught:
        await verify_sign_in(MemoryChain(), text, signed(text), **EXPECTED)
    assert caught.value.field == field


@pytest.mark.parametrize("signature", [b"", b"\x01" * 64, b"\x01" * 65, b"\xff" * 65, bytes(40_000)])
async def test_a_wrong_signature_is_refused(signature: bytes) -> None:
    with pytest.raises(SignInError, match="signature"):
        await verify_sign_in(MemoryChain(), MESSAGE.text(), signature, **EXPECTED)


async def test_anothers_signature_is_refused() -> None:
    other = build_sign_in(replace(MESSAGE, nonce="anothernonce"))
    with pytest.raises(SignInError, match="signature"):
        await verify_sign_in(MemoryChain(), MESSAGE.text(), signed(other), **EXPECTED)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("localhost:4000 wants", "user@localhost:4000 wants"),
        ("localhost:4000 wants", "localhost:4000/x wants"),
        ("localhost:4000 wants", " localhost:4000 wants"),
        (ACCOUNT.address, ACCOUNT.address.lower()),
        (ACCOUNT.address, ACCOUNT.address[:-1]),
        (ACCOUNT.address, "alice.eth"),
        ("Version: 1", "Version: 2"),
        ("Version: 1\n", ""),
        ("Chain ID: 31337", "Chain ID: 031337"),
        ("Chain ID: 31337", "Chain ID: -1"),
        ("Chain ID: 31337", "Chain ID: \u0663"),
        ("Nonce: abcdefgh12345678", "Nonce: short"),
        ("Nonce: abcdefgh12345678", "Nonce: abcdefgh 12345678"),
        ("Nonce: ", "nonce: "),
        ("\nNonce: abcdefgh12345678", "\nNonce: abcdefgh12345678\nNonce: abcdefgh12345678"),
        ("Version: 1\nChain ID: 31337", "Chain ID: 31337\nVersion: 1"),
        ("Issued At: 2026-11-22T23:59:30Z", "Issued At: yesterday"),
        ("Issued At: 2026-11-22T23:59:30Z", "Issued At: 2026-11-22T23:59:30"),
        ("Issued At: 2026-11-22T23:59:30Z", "Issued At: 2026-13-22T23:59:30Z"),
        ("Issued At: 2026-11-22T23:59:30Z\n", ""),
        ("Expiration Time: ", "Expires: "),
        ("Sign in to Parley.", "Sign in\nto Parley."),
        ("Sign in to Parley.", "Sign in\u202e to Parley."),
        ("\n\nSign in", "\nSign in"),
        ("\n", "\r\n"),
        ("URI: http://localhost:4000/", "URI: http://localhost:4000/ x"),
        ("\nURI", "\n\nURI"),
    ],
)
def test_malformed_texts_are_refused(old: str, new: str) -> None:
    text = build_sign_in(MESSAGE)
    assert old in text
    with pytest.raises(SignInError):
        parse_sign_in(text.replace(old, new))


@pytest.mark.parametrize(
    "end", ["\n", " ", "\nX: y", "\nResources:", "\nResources:\n- a b", "\nResources:\n-a", "\n- a"]
)
def test_nothing_may_follow(end: str) -> None:
    with pytest.raises(SignInError):
        parse_sign_in(build_sign_in(MESSAGE) + end)


@given(st.text(max_size=400))
def test_any_text_is_refused_or_reads_back(text: str) -> None:
    with suppress(SignInError):
        assert parse_sign_in(text).text() == text


@given(st.integers(min_value=0, max_value=len(MESSAGE.text())), st.text(max_size=3))
def test_any_change_is_refused_or_reads_back(position: int, inserted: str) -> None:
    """Whatever is read gives the same text again, so two texts never read as one message."""
    text = MESSAGE.text()
    changed = text[:position] + inserted + text[position + len(inserted) :]
    with suppress(SignInError):
        assert parse_sign_in(changed).text() == changed


def test_a_long_text_is_not_read() -> None:
    with pytest.raises(SignInError, match="format"):
        parse_sign_in("a" * 5000)
