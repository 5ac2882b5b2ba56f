"""An account's text: a bare address, or CAIP-10 in its one spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.e2ee import api as e2ee


@given(st.binary(min_size=20, max_size=20), st.integers(1, 2**64 - 1))
def test_a_contract_account_has_one_text(address: bytes, chain_id: int) -> None:
    text = e2ee.contract_account("0x" + address.hex(), chain_id)

    assert text == f"eip155:{chain_id}:0x{address.hex()}"
    assert e2ee.split_account(text) == ("0x" + address.hex(), chain_id)


@given(st.text(max_size=80) | st.from_regex(r"eip155:[0-9]{1,21}:0x[0-9a-f]{38,42}", fullmatch=True))
def test_any_text_is_a_bare_account_or_the_one_text_or_refused(text: str) -> None:
    try:
        address, chain_id = e2ee.split_account(text)
    except ValueError:
        assert ":" in text
        return
    assert text == (address if chain_id is None else e2ee.contract_account(address, chain_id))


@pytest.mark.parametrize(
    "text",
    [
        "eip155:0:0x" + "1" * 40,
        "eip155:01:0x" + "1" * 40,
        "eip155:+1:0x" + "1" * 40,
        "eip155:\u0661:0x" + "1" * 40,
        "eip155:18446744073709551616:0x" + "1" * 40,
        "EIP155:1:0x" + "1" * 40,
        "eip155:1:0X" + "1" * 40,
        "eip155:1:" + "1" * 40,
        "eip155:1:0x" + "1" * 39,
        "eip155:1:0x" + "1" * 40 + "\n",
        "eip155::0x" + "1" * 40,
        "cosmos:1:0x" + "1" * 40,
        ":",
    ],
)
def test_what_is_no_account_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="account"):
        e2ee.split_account(text)
