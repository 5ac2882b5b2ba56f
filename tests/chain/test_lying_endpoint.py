"""A node on the right chain that lies about money: what can be noticed is no answer, and nothing ends in a crash.

Each lie is told over HTTP by a real chain that is honest otherwise. What cannot be noticed stands in the room's
README under "can".
"""

from __future__ import annotations

import string
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.lying_endpoint import Lie, LyingNode, field, other, simulated, without
from harness.small_chain import CHAIN_ID, RICH, SOMEBODY
from parley.chain.api import (
    ChainError,
    EndpointHealth,
    EndpointsUnreachableError,
    EthereumChain,
    Verdict,
    encode_transfer,
)

GWEI = 10**9
Question = Callable[[EthereumChain, LyingNode], Awaitable[Any]]

QUESTIONS: dict[str, Question] = {
    "balance": lambda chain, _node: chain.balance(RICH.address),
    "code": lambda chain, node: chain.has_code(node.token),
    "token": lambda chain, node: chain.token(node.token),
    "holdings": lambda chain, node: chain.token_balances(RICH.address, [node.token]),
    "fees": lambda chain, _node: chain.fees(),
    "nonces": lambda chain, _node: chain.nonces(RICH.address),
    "simulation": lambda chain, node: chain.simulate(
        RICH.address, [encode_transfer(node.token, SOMEBODY, 5)]
    ),
    "send": lambda chain, node: chain.send(node.raw(5)),
    "inclusion": lambda chain, node: chain.inclusion(node.coin),
    "settlement": lambda chain, node: chain.settlement(node.coin, RICH.address, [node.call]),
}


SEEN, BLOCK, RECEIPT = "eth_getTransactionByHash", "eth_getBlockByNumber", "eth_getTransactionReceipt"
COUNT, HISTORY, RUN = "eth_getTransactionCount", "eth_feeHistory", "eth_simulateV1"
WORD = "0x" + "11" * 32

NOTICED: dict[str, tuple[str, str, Lie]] = {
    "balance null": ("balance", "eth_getBalance", other(None)),
    "balance a number": ("balance", "eth_getBalance", other(1.5)),
    "balance text": ("balance", "eth_getBalance", other("lots")),
    "balance negative": ("balance", "eth_getBalance", other("-0x5")),
    "balance beyond all ether": ("balance", "eth_getBalance", other(hex(2**200))),
    "balance a list": ("balance", "eth_getBalance", other(["0x1"])),
    "code null": ("code", "eth_getCode", other(None)),
    "code odd": ("code", "eth_getCode", other("0x123")),
    "code endless": ("code", "eth_getCode", other("0x" + "00" * 300_000)),
    "holdings null": ("holdings", "eth_call", other(None)),
    "holdings a number": ("holdings", "eth_call", other(7)),
    "holdings not hex": ("holdings", "eth_call", other("0xzz")),
    "fees null": ("fees", HISTORY, other(None)),
    "fees a list": ("fees", HISTORY, other([])),
    "fees without tips": ("fees", HISTORY, field("reward", [])),
    "fees with other tips": ("fees", HISTORY, field("reward", [["0x1"]])),
    "fees with a text": ("fees", HISTORY, field("baseFeePerGas", ["much"])),
    "fees negative": ("fees", HISTORY, field("baseFeePerGas", ["-0x1"])),
    "fees without a base": ("fees", HISTORY, field("baseFeePerGas", [])),
    "fees of many blocks": ("fees", HISTORY, field("baseFeePerGas", ["0x1"] * 1000)),
    "fees beyond all bounds": ("fees", HISTORY, field("baseFeePerGas", [hex(10_001 * GWEI)])),
    "fees with a tip for a friend": ("fees", HISTORY, field("reward", [[hex(501 * GWEI)] * 3])),
    "nonces null": ("nonces", COUNT, other(None)),
    "nonces negative": ("nonces", COUNT, other("-0x1")),
    "nonces beyond all bounds": ("nonces", COUNT, other(hex(2**64))),
    "transaction of another value": ("inclusion", SEEN, field("value", "0x2")),
    "transaction to another": ("inclusion", SEEN, field("to", RICH.address)),
    "transaction of another sender": ("inclusion", SEEN, field("from", SOMEBODY)),
    "transaction with data": ("inclusion", SEEN, field("input", "0x01")),
    "transaction of another nonce": ("inclusion", SEEN, field("nonce", "0x9")),
    "transaction without a value": ("inclusion", SEEN, without("value")),
    "transaction a text": ("inclusion", SEEN, other("mined")),
    "transaction settles": ("settlement", SEEN, field("value", "0x2")),
    "receipt of another": ("inclusion", RECEIPT, field("transactionHash", WORD)),
    "receipt a list": ("inclusion", RECEIPT, other([])),
    "receipt with an odd status": ("inclusion", RECEIPT, field("status", "0x2")),
    "receipt with a true status": ("inclusion", RECEIPT, field("status", True)),
    "receipt without a block": ("inclusion", RECEIPT, field("blockNumber", None)),
    "receipt in a block to come": ("inclusion", RECEIPT, field("blockNumber", hex(2**40))),
    "receipt of more gas than signed": ("inclusion", RECEIPT, field("gasUsed", hex(10**9))),
    "receipt of a higher price than signed": ("inclusion", RECEIPT, field("effectiveGasPrice", hex(10**15))),
    "receipt without logs": ("inclusion", RECEIPT, field("logs", None)),
    "receipt with odd logs": ("inclusion", RECEIPT, field("logs", [{"address": "0x1"}])),
    "receipt in another block's place": ("inclusion", BLOCK, field("number", "0x1")),
    "sent another": ("send", "eth_sendRawTransaction", other(WORD)),
    "sent null": ("send", "eth_sendRawTransaction", other(None)),
    "simulation null": ("simulation", RUN, other(None)),
    "simulation of nothing": ("simulation", RUN, other([])),
    "simulation of two blocks": ("simulation", RUN, lambda honest: honest * 2),
    "simulation of no calls": ("simulation", RUN, other([{"calls": []}])),
    "simulation with an odd status": ("simulation", RUN, simulated(status="0x5")),
    "simulation with a true status": ("simulation", RUN, simulated(status=True)),
    "simulation of negative gas": ("simulation", RUN, simulated(gasUsed="-0x1")),
    "simulation of endless gas": ("simulation", RUN, simulated(gasUsed=hex(2**60))),
    "simulation without logs": ("simulation", RUN, simulated(logs=None)),
    "simulation with odd logs": ("simulation", RUN, simulated(logs=[{"topics": "0x"}])),
}


@pytest.mark.parametrize("name", NOTICED)
async def test_a_lie_that_is_noticed(
    name: str, liar: EthereumChain, node: LyingNode, shared: tuple[LyingNode, str, str]
) -> None:
    """It is no answer; an honest node that is asked next gives what is true."""
    question, method, lie = NOTICED[name]
    both = EthereumChain(CHAIN_ID, [shared[1], shared[2]], b"")
    true = await QUESTIONS[question](liar, node) if question != "send" else None
    node.lies[method] = lie
    with trio.fail_after(10), pytest.raises(EndpointsUnreachableError):
        await QUESTIONS[question](liar, node)
    assert liar.endpoints()[0].health is EndpointHealth.BAD_ANSWER
    if true is not None:
        assert await QUESTIONS[question](both, node) == true


def test_there_are_many_lies() -> None:
    assert len(NOTICED) >= 50


async def test_the_questions_have_answers(liar: EthereumChain, node: LyingNode) -> None:
    """Without a lie; else none of the above would show anything."""
    for question in (each for name, each in QUESTIONS.items() if name != "send"):
        await question(liar, node)
    settled = await liar.settlement(node.transfer, RICH.address, [encode_transfer(node.token, SOMEBODY, 5)])
    assert settled.verdict is Verdict.PAID


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(string.printable, max_size=10)
    | st.just("0x" + "00" * 32),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(string.ascii_letters), inner, max_size=3)
    ),
    max_leaves=8,
)
METHODS = sorted(
    {method for _, method, _ in NOTICED.values()} | {"debug_traceTransaction", "eth_estimateGas"}
)


@given(
    question=st.sampled_from(sorted(QUESTIONS)),
    method=st.sampled_from(METHODS),
    content=JSON,
    nest=st.booleans(),
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_answer_at_all_does_harm(
    question: str, method: str, content: Any, nest: bool, liar: EthereumChain, node: LyingNode
) -> None:
    """Any JSON in place of an answer, or inside an honest one: an answer of its type, or an error of the room."""

    def lie(honest: Any) -> Any:
        if nest and isinstance(honest, dict) and honest:
            return honest | {sorted(honest)[len(str(content)) % len(honest)]: content}
        return content

    node.lies = {method: lie}
    try:
        await QUESTIONS[question](liar, node)
    except ChainError:
        return
