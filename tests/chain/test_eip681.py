"""Payments as URIs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.chain.api import InvalidPaymentUriError, PaymentUri, build_payment_uri, parse_payment_uri

TO = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
TOKEN = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"


@pytest.mark.parametrize(
    ("text", "payment"),
    [
        (f"ethereum:{TO}", PaymentUri(TO)),
        (f"ethereum:pay-{TO}@1?value=2.014e18", PaymentUri(TO, 1, None, 2_014_000_000_000_000_000)),
        (f"ethereum:{TO.lower()}@11155111", PaymentUri(TO, 11155111)),
        (f"ethereum:{TO}?value=5", PaymentUri(TO, None, None, 5)),
        (f"ethereum:{TO}?value=1.50e+1", PaymentUri(TO, None, None, 15)),
        (f"ethereum:{TO}?gas=21000&value=5&gasPrice=1", PaymentUri(TO, None, None, 5)),
        (f"ethereum:{TOKEN}@1/transfer?address={TO}&uint256=25e6", PaymentUri(TO, 1, TOKEN, 25_000_000)),
        (f"ethereum:{TOKEN}/transfer?address={TO}", PaymentUri(TO, None, TOKEN)),
    ],
)
def test_what_is_read(text: str, payment: PaymentUri) -> None:
    assert parse_payment_uri(text) == payment


@pytest.mark.parametrize(
    "text",
    [
        "",
        TO,
        f"bitcoin:{TO}",
        f"ETHEREUM:{TO}",
        "ethereum:vitalik.eth",
        f"ethereum:{TO[:-1]}",
        f"ethereum:{TO[:-1]}F",  # Another checksum.
        f"ethereum:{TO}@0",
        f"ethereum:{TO}@0x1",
        f"ethereum:{TO}@9999999999999999999",
        f"ethereum:{TO}?value=",
        f"ethereum:{TO}?value=0",
        f"ethereum:{TO}?value=-1",
        f"ethereum:{TO}?value=1.5",
        f"ethereum:{TO}?value=1e-3",
        f"ethereum:{TO}?value=1.23e1",
        f"ethereum:{TO}?value=1e99",
        f"ethereum:{TO}?value=0x10",
        f"ethereum:{TO}?value=5&value=6",
        f"ethereum:{TO}?value=5&data=aa",
        f"ethereum:{TO}?address={TOKEN}&value=5",
        f"ethereum:{TO}?uint256=5",
        f"ethereum:{TOKEN}/transfer",
        f"ethereum:{TOKEN}/transfer?uint256=5",
        f"ethereum:{TOKEN}/transfer?address={TO}&uint256=5&value=1",
        f"ethereum:{TOKEN}/transfer?address=vitalik.eth&uint256=5",
        f"ethereum:{TOKEN}/approve?address={TO}&uint256=5",
        f"ethereum:{TOKEN}/transferFrom?address={TO}&uint256=5",
        f"ethereum:{TO}?value=5#x",
        f"ethereum:{TO}?value=%35",
        f"ethereum:{TO}?value=\u0665",  # An Arabic digit.
        f"ethereum:{TO}?value=" + "1" * 600,
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(InvalidPaymentUriError):
        parse_payment_uri(text)


ADDRESSES = st.sampled_from([TO, TOKEN])


@given(
    st.builds(
        PaymentUri,
        ADDRESSES,
        st.none() | st.integers(1, 2**63 - 1),
        st.none() | ADDRESSES,
        st.none() | st.integers(1, 2**256 - 1),
    )
)
def test_what_is_built_is_read(payment: PaymentUri) -> None:
    assert parse_payment_uri(build_payment_uri(payment)) == payment


@pytest.mark.parametrize(
    "payment",
    [
        PaymentUri("x"),
        PaymentUri(TO, 0),
        PaymentUri(TO, amount=0),
        PaymentUri(TO, amount=2**256),
        PaymentUri(TO, token="y"),
    ],
)
def test_what_cannot_be_built(payment: PaymentUri) -> None:
    with pytest.raises(ValueError, match="no"):
        build_payment_uri(payment)


@given(st.text(max_size=100).map(lambda rest: f"ethereum:{TO}{rest}"))
def test_any_text_is_a_payment_or_refused(text: str) -> None:
    try:
        found = parse_payment_uri(text)
    except InvalidPaymentUriError:
        return
    assert parse_payment_uri(build_payment_uri(found)) == found
