"""Requests as content: what is signed is what is read, and whatever else arrives is no request."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.two_sides import (
    ALICE,
    BOB,
    CHANNEL_ID,
    DAY_MS,
    NOW_MS,
    TOKEN,
    own_device,
    request,
    token_transfer,
)
from parley.chain.api import recover_typed_data_signer
from parley.chat.content import Content, decode_content, encode_content, shown_text
from parley.chat.errors import MalformedPaymentContentError
from parley.chat.payments import payments_pb2
from parley.chat.payments.bounds import MAX_CALL_DATA_BYTES, MAX_OPEN_MS, MAX_WEI
from parley.chat.payments.model import RequestedCall, TransactionRequest
from parley.chat.payments.requests import (
    FALLBACK,
    Parties,
    named_request,
    read_request,
    request_content,
)
from parley.chat.payments.signing import request_bytes, request_typed_data
from parley.chat.payments.wire import read_extension, write_extension
from parley.wallet.api import account_of, new_account_key, sign_typed_data

BOBS = own_device(BOB)
PARTIES = Parties(CHANNEL_ID, BOB, ALICE)

addresses = st.sampled_from([ALICE, BOB, TOKEN])
calls = st.builds(RequestedCall, addresses, st.integers(0, MAX_WEI), st.binary(max_size=200))
requests = st.builds(
    lambda calls, note, chain_id, opened: request(
        calls=tuple(calls), note=note, chain_id=chain_id, expires_at_ms=NOW_MS + opened
    ),
    st.lists(calls, min_size=1, max_size=16),
    st.text(st.characters(codec="utf-8"), max_size=280),
    st.integers(1, 2**53 - 1),
    st.integers(1, MAX_OPEN_MS),
)


def read(
    content: Content, device_id: bytes = BOBS.device_id, parties: Parties = PARTIES
) -> TransactionRequest:
    """Read a content as Alice does."""
    return read_request(content, parties, device_id, NOW_MS).request


def altered(content: Content, change: dict[str, Any]) -> Content:
    """A content with other fields in its JSON."""
    return replace(content, content=json.dumps({**json.loads(content.content), **change}).encode())


def with_extension(content: Content, **changes: Any) -> Content:
    """A content with other fields in what Parley adds."""
    extension = payments_pb2.RequestExtension()
    read_extension(json.loads(content.content)["capabilities"]["parley"], extension)
    for name, value in changes.items():
        setattr(extension, name, value)
    return altered(content, {"capabilities": {"parley": write_extension(extension)}})


@given(requests, st.binary(max_size=200))
def test_what_is_written_is_read(asked: TransactionRequest, wallet_signature: bytes) -> None:
    """Every number and text exactly, through the encoding of contents."""
    content = request_content(asked, BOBS, wallet_signature)
    received = read_request(decode_content(encode_content(content)), PARTIES, BOBS.device_id, NOW_MS)

    assert received.request == asked
    assert received.wallet_signature == wallet_signature
    assert named_request(content) == asked.request_id


def test_other_clients_find_xmtps_fields() -> None:
    """As `walletSendCalls` 1.0 names them; the metadata is for them alone."""
    asked = request(calls=(token_transfer(25_000_000),))
    found = json.loads(request_content(asked, BOBS, b"").content)

    assert (found["version"], found["chainId"], found["from"]) == ("1.0", "0x7a69", ALICE)
    assert found["calls"][0]["to"] == TOKEN
    assert found["calls"][0]["value"] == "0x0"
    assert found["calls"][0]["metadata"] == {
        "transactionType": "transfer",
        "currency": "tUSD",
        "amount": "25000000",
        "decimals": 6,
        "toAddress": BOB,
    }


def test_a_reader_that_does_not_know_it_shows_a_sentence_without_an_amount() -> None:
    """A fallback is its sender's text; an amount in it would be believed."""
    assert shown_text(encode_content(request_content(request(), BOBS, b""))) == FALLBACK
    assert not any(each.isdigit() for each in FALLBACK)


def test_metadata_is_not_read() -> None:
    """It could say anything: the request is its calls."""
    content = request_content(request(), BOBS, b"")
    call = {**json.loads(content.content)["calls"][0], "metadata": {"amount": "1", "currency": "USDC"}}

    assert read(altered(content, {"calls": [call]})) == request()


@pytest.mark.parametrize(
    "change",
    [
        {"chainId": "0x1"},
        {"calls": [{"to": ALICE, "value": "0x6f05b59d3b20000"}]},
        {"calls": [{"to": BOB, "value": "0x6f05b59d3b20001"}]},
        {"calls": [{"to": BOB, "value": "0x6f05b59d3b20000", "data": "0x00"}]},
        {"calls": [{"to": BOB, "value": "0x6f05b59d3b20000"}] * 2},
    ],
)
def test_every_altered_field_is_noticed(change: dict[str, Any]) -> None:
    """The device signed the chain and every call."""
    with pytest.raises(MalformedPaymentContentError, match="not signed"):
        read(altered(request_content(request(), BOBS, b""), change))


@pytest.mark.parametrize(
    "change",
    [
        {"request_id": bytes(31) + b"\1"},
        {"created_at_ms": NOW_MS - 1},
        {"expires_at_ms": NOW_MS + DAY_MS + 1},
        {"note": "dinner"},
        {"device_signature": bytes(64)},
        {"device_signature": b""},
    ],
)
def test_every_altered_addition_is_noticed(change: dict[str, Any]) -> None:
    """The device signed the id, the times and the note too."""
    with pytest.raises(MalformedPaymentContentError, match="not signed"):
        read(with_extension(request_content(request(), BOBS, b""), **change))


def test_it_cannot_be_moved() -> None:
    """Not to another conversation, another requester, or another device."""
    content = request_content(request(), BOBS, b"")

    for parties in (replace(PARTIES, channel_id=bytes(32)), replace(PARTIES, requester=TOKEN)):
        with pytest.raises(MalformedPaymentContentError, match="not signed"):
            read(content, parties=parties)
    with pytest.raises(MalformedPaymentContentError, match="not signed"):
        read(content, device_id=own_device(ALICE).device_id)
    with pytest.raises(MalformedPaymentContentError, match="somebody else"):
        read(content, parties=replace(PARTIES, payer=BOB))


@pytest.mark.parametrize(
    "change",
    [
        {"request_id": b"short"},
        {"chain_id": 0},
        {"chain_id": 2**53},
        {"calls": ()},
        {"calls": (RequestedCall(BOB, 1),) * 17},
        {"calls": (RequestedCall(BOB, 0, bytes(MAX_CALL_DATA_BYTES + 1)),)},
        {"calls": (RequestedCall(BOB, MAX_WEI + 1),)},
        {"calls": (RequestedCall(BOB, -1),)},
        {"created_at_ms": 0},
        {"expires_at_ms": NOW_MS},
        {"expires_at_ms": NOW_MS + MAX_OPEN_MS + 1},
        {"note": "n" * 281},
        {"note": "\ud800"},
        {"payer": f"eip155:1:{ALICE}"},
    ],
)
def test_what_a_reader_would_refuse_is_not_written(change: dict[str, Any]) -> None:
    """The requester is told at once."""
    with pytest.raises(MalformedPaymentContentError):
        request_content(request(**change), BOBS, b"")


def test_a_request_from_tomorrow_is_refused_and_one_from_an_odd_clock_is_not() -> None:
    """A day of difference is allowed, as for messages."""
    early = request_content(
        request(created_at_ms=NOW_MS + DAY_MS, expires_at_ms=NOW_MS + 2 * DAY_MS), BOBS, b""
    )
    late = request_content(
        request(created_at_ms=NOW_MS + DAY_MS + 1, expires_at_ms=NOW_MS + 2 * DAY_MS), BOBS, b""
    )

    assert read(early).created_at_ms == NOW_MS + DAY_MS
    with pytest.raises(MalformedPaymentContentError, match="time"):
        read(late)


def test_a_contract_accounts_request_names_its_chain() -> None:
    """A contract account pays on its own chain only."""
    account = f"eip155:31337:{ALICE}"
    asked = request(payer=account)
    content = request_content(asked, BOBS, b"")

    assert read(content, parties=replace(PARTIES, payer=account)) == asked


def test_no_two_requests_sign_the_same_bytes() -> None:
    """Each part has its length before it, so that nothing moves from one to another."""
    moved = [
        request(note="ab", calls=(RequestedCall(BOB, 0, b"c"),)),
        request(note="a", calls=(RequestedCall(BOB, 0, b"bc"),)),
        request(calls=(RequestedCall(BOB, 0), RequestedCall(BOB, 0))),
        request(calls=(RequestedCall(BOB, 0),)),
        request(calls=(RequestedCall(None, 0, bytes.fromhex(BOB[2:])),)),
    ]

    assert len({request_bytes(each) for each in moved}) == len(moved)


def test_the_wallet_signs_all_that_the_card_shows() -> None:
    """EIP-712; another amount is another signature's."""
    key = new_account_key()
    asked = request(calls=(token_transfer(1), RequestedCall(None, 0, b"\x60")))
    signature = sign_typed_data(key, request_typed_data(asked))

    assert recover_typed_data_signer(request_typed_data(asked), signature) == account_of(key)
    other = replace(asked, calls=(token_transfer(2), asked.calls[1]))
    assert recover_typed_data_signer(request_typed_data(other), signature) != account_of(key)
