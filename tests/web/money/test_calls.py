"""Any call in words: never a crash, never a call that does more than the words say."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from harness.memory_messenger import MemoryMessenger
from harness.memory_purse import DEMO_CHAIN, TEST_DOLLAR, transfer
from harness.sample_money import CONTRACT, STRANGER, approve, vote
from parley.chain.api import checksummed
from parley.chat.payments.model import RequestedCall
from parley.messenger.money.decoding import known_assets, show_calls
from parley.messenger.money.model import CallKind
from parley.web.money.calls import MAX_SHOWN_DATA, CallView, call_view
from parley.web.money.parties import Parties, read_parties
from parley.web.rendering import Renderer
from web.money.reading import words

SIGNATURES = (
    "transfer(address,uint256)",
    "transferFrom(address,address,uint256)",
    "approve(address,uint256)",
    "increaseAllowance(address,uint256)",
    "setApprovalForAll(address,bool)",
    "safeTransferFrom(address,address,uint256)",
    "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
    "vote(uint256)",
    "deposit()",
    "withdraw(uint256)",
    "multicall(bytes[])",
)
SELECTORS = [keccak(text=each)[:4] for each in SIGNATURES]
WORDS = st.lists(
    st.one_of(
        st.integers(0, 2**256 - 1).map(lambda number: number.to_bytes(32, "big")),
        st.sampled_from([bytes(12) + bytes.fromhex(STRANGER[2:]), bytes(31) + b"\x01", b"\xff" * 32]),
    ),
    max_size=8,
).map(b"".join)
ADDRESSES = st.one_of(
    st.sampled_from([TEST_DOLLAR, CONTRACT, STRANGER]),
    st.binary(min_size=20, max_size=20).map(lambda raw: checksummed("0x" + raw.hex())),
)
CALLS = st.builds(
    RequestedCall,
    st.one_of(st.none(), ADDRESSES),
    st.one_of(st.just(0), st.integers(0, 2**256 - 1)),
    st.one_of(
        st.binary(max_size=100), st.builds(bytes.__add__, st.sampled_from(SELECTORS), WORDS), st.just(b"")
    ),
)
RISKY = {
    CallKind.APPROVE,
    CallKind.APPROVAL_FOR_ALL,
    CallKind.PERMIT,
    CallKind.UNKNOWN,
    CallKind.CREATE,
}


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    """The templates."""
    return Renderer()


@pytest.fixture
async def who(alice: MemoryMessenger) -> Parties:
    """Whom Alice knows."""
    return await read_parties(alice)


def _shown(call: RequestedCall, who: Parties) -> CallView:
    (shown,) = show_calls((call,), known_assets(DEMO_CHAIN, ()))
    view = call_view(shown, DEMO_CHAIN, who)
    assert view.risky == (shown.kind in RISKY)
    return view


async def test_any_call_is_told(renderer: Renderer, who: Parties) -> None:
    """Whatever its bytes are: value and bytes are always there, and so is whoever gets something."""

    @given(CALLS)
    def told(call: RequestedCall) -> None:
        (shown,) = show_calls((call,), known_assets(DEMO_CHAIN, ()))
        view = _shown(call, who)
        html = renderer.environment.globals["money"].call(view)  # type: ignore[attr-defined]
        text = words(str(html))
        assert view.title in text
        if call.value:
            whole, part = divmod(call.value, 10**18)
            assert f"{whole}" in text
            assert str(part).rstrip("0") in text
        if call.data:
            assert f"Data: {len(call.data)} bytes" in text
            assert call.data[:MAX_SHOWN_DATA].hex() in text
        if shown.recipient is not None:
            assert shown.recipient in text
        if shown.owner is not None:
            assert shown.owner in text
        if call.to is not None and shown.kind is not CallKind.COIN:
            assert call.to in text

    told()


@pytest.mark.parametrize(
    ("call", "title", "amount"),
    [
        (transfer(None, STRANGER, 1), "Send", "0.000000000000000001 ETH"),
        (transfer(TEST_DOLLAR, STRANGER, 1), "Send", "0.000001 tUSD"),
        (approve(TEST_DOLLAR, STRANGER, 5), "Let somebody spend a token", "0.000005 tUSD"),
        (approve(TEST_DOLLAR, STRANGER, 2**256 - 1), "Let somebody spend all of a token", "All tUSD"),
        (vote(), "Call vote(uint256)", None),
        (RequestedCall(None, 0, b"\x60"), "Create a contract", None),
        (RequestedCall(CONTRACT, 0, b"\x12\x34\x56\x78"), "Call an unknown function, 0x12345678", None),
        # Too short for what it claims to be: its words would say something that it does not do.
        (RequestedCall(TEST_DOLLAR, 0, SELECTORS[0]), "Call an unknown function, 0xa9059cbb", None),
    ],
)
async def test_what_a_call_is_called(
    who: Parties, call: RequestedCall, title: str, amount: str | None
) -> None:
    """By what it does, with the amount to the last digit."""
    view = _shown(call, who)

    assert view.title == title
    assert (view.amount and f"{view.amount.text} {view.amount.unit}") == amount


async def test_the_calls_in_a_call_are_told(who: Parties, renderer: Renderer) -> None:
    """An approval does not hide in a multicall."""
    inside = approve(TEST_DOLLAR, STRANGER, 2**256 - 1).data
    data = keccak(text="multicall(bytes[])")[:4] + encode(["bytes[]"], [[inside]])
    view = _shown(RequestedCall(TEST_DOLLAR, 0, data), who)

    assert [each.title for each in view.inner] == ["Let somebody spend all of a token"]
    text = words(str(renderer.environment.globals["money"].call(view)))  # type: ignore[attr-defined]
    assert "Let somebody spend all of a token" in text
    assert STRANGER in text
