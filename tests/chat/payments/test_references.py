"""Transactions as content."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.two_sides import ALICE, BOB, TOKEN, payment, request
from parley.chat.content import Content
from parley.chat.errors import MalformedPaymentContentError
from parley.chat.payments import payments_pb2
from parley.chat.payments.bounds import MAX_CALL_DATA_BYTES, MAX_WEI
from parley.chat.payments.model import RequestedCall
from parley.chat.payments.references import TRANSACTION_REFERENCE, read_reference, reference_content
from parley.chat.payments.wire import write_extension

calls = st.builds(
    RequestedCall,
    st.sampled_from([ALICE, BOB, TOKEN, None]),
    st.integers(0, MAX_WEI),
    st.binary(min_size=1, max_size=100),
)


def reference(extension: payments_pb2.ReferenceExtension | str, **changes: Any) -> Content:
    """A reference with this in its metadata."""
    written = extension if isinstance(extension, str) else write_extension(extension)
    fields = {"networkId": "0x7a69", "reference": "0x" + "ab" * 32, "metadata": {"parley": written}}
    return Content(TRANSACTION_REFERENCE, json.dumps({**fields, **changes}).encode())


GOOD = payments_pb2.ReferenceExtension(version=1, request_id=bytes(31) + b"\1")


def test_it_names_the_request_that_it_pays_and_nothing_beside() -> None:
    """What was asked for is known at the requester, and not to be said anew."""
    asked = request()
    paid = payment(1, asked)
    found = read_reference(reference_content(paid))

    assert (found.request_id, found.chain_id) == (asked.request_id, 31337)
    assert found.transaction_hash == paid.transaction_hash
    assert (found.sender, found.calls) == ("", ())
    assert json.loads(reference_content(paid).content)["networkId"] == "0x7a69"


@given(st.lists(calls, min_size=1, max_size=16))
def test_a_plain_payment_says_what_it_does(made: list[RequestedCall]) -> None:
    """Exactly, for the chain to confirm."""
    found = read_reference(reference_content(payment(1, calls=tuple(made))))

    assert (found.request_id, found.sender, found.calls) == (None, ALICE, tuple(made))


@pytest.mark.parametrize(
    "content",
    [
        reference("!"),
        reference("A"),
        reference(""),
        reference(payments_pb2.ReferenceExtension(version=2, request_id=bytes(32))),
        reference(payments_pb2.ReferenceExtension(version=1, request_id=bytes(31))),
        reference(payments_pb2.ReferenceExtension(version=1, sender=bytes(20))),
        reference(payments_pb2.ReferenceExtension(version=1, sender=bytes(19), calls=[payments_pb2.Call()])),
        reference(
            payments_pb2.ReferenceExtension(
                version=1, sender=bytes(20), calls=[payments_pb2.Call(value=bytes(33))]
            )
        ),
        reference(
            payments_pb2.ReferenceExtension(
                version=1, sender=bytes(20), calls=[payments_pb2.Call(data=bytes(MAX_CALL_DATA_BYTES + 1))]
            )
        ),
        reference(
            payments_pb2.ReferenceExtension(version=1, sender=bytes(20), calls=[payments_pb2.Call(to=b"x")])
        ),
        reference(GOOD, networkId=31337),
        reference(GOOD, networkId="0x0"),
        reference(GOOD, networkId="0x20000000000000"),
        reference(GOOD, reference="0x" + "ab" * 31),
        reference(GOOD, reference="ab" * 32),
        reference(GOOD, reference=None),
        reference(GOOD, metadata=None),
        reference(GOOD, metadata=[]),
        replace(reference(GOOD), content=b"[]"),
        replace(reference(GOOD), content=b"{"),
        replace(reference(GOOD), content=b'{"a":1,"a":1}'),
        replace(reference(GOOD), content=b"[" * 60_000),
        replace(reference(GOOD), content=b'{"a":' + b"9" * 10_000 + b"}"),
        replace(reference(GOOD), content=b'{"a":NaN}'),
        replace(reference(GOOD), content=b"\xff\xfe"),
    ],
)
def test_what_is_out_of_bounds_is_none(content: Content) -> None:
    """It is shown as its fallback."""
    with pytest.raises(MalformedPaymentContentError):
        read_reference(content)


def test_a_good_one_is_read() -> None:
    """The table above differs from this in one place each."""
    assert read_reference(reference(GOOD)).request_id == bytes(31) + b"\1"
