"""A node on the right chain that lies about money: what can be noticed is no answer, and nothing ends in a crash.

Each lie is told over HTTP by a real chain that is honest otherwise. What cannot be noticed stands in the room's
README under "can".
"""

from __future__ import annotations

import string
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.lying_endpoint import CHAIN_ID, RICH, SOMEBODY, Lie, LyingNode, served
from parley.chain.api import (
    Call,
    ChainError,
    EndpointHealth,
    EndpointsUnreachableError,
    EthereumChain,
    Evidence,
    InsufficientFundsError,
    NonceTakenError,
    NotATokenError,
    RefusedError,
    SimulatedBy,
    Stage,
    TransactionRefusedError,
    UnderpricedError,
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


def field(name: str, value: Any) -> Lie:
    return lambda honest: honest | {name: value}


def without(name: str) -> Lie:
    return lambda honest: {key: value for key, value in honest.items() if key != name}


def simulated(**more: Any) -> Lie:
    """Something else said of the one call."""
    return lambda honest: [honest[0] | {"calls": [honest[0]["calls"][0] | more]}]


def other(value: Any) -> Lie:
    return lambda _honest: value


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


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[LyingNode, str, str]]:
    """A liar's address and an honest one's, of the same chain."""
    node, honest = LyingNode(), LyingNode()
    honest.chain = node.chain
    with served(node) as url, served(honest) as honest_url:
        yield node, url, honest_url


@pytest.fixture
def node(shared: tuple[LyingNode, str, str]) -> LyingNode:
    """Honest at first."""
    shared[0].lies, shared[0].errors = {}, {}
    return shared[0]


@pytest.fixture
def liar(shared: tuple[LyingNode, str, str], node: LyingNode) -> EthereumChain:
    """Asks the liar alone."""
    return EthereumChain(CHAIN_ID, [shared[1]], b"")


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


RETURNED: dict[str, Any] = {
    "nothing": "0x",
    "a word too few": "0x" + "00" * 31,
    "no text": "0x" + "ff" * 96,
    "a long text": "0x" + f"{32:064x}" + f"{200:064x}" + "61" * 224,
    "a text that turns": "0x" + f"{32:064x}" + f"{3:064x}" + "e280ae" + "00" * 29,
    "many decimals": "0x" + f"{37:064x}",
}


@pytest.mark.parametrize("name", RETURNED)
async def test_a_token_that_says_something_else(name: str, liar: EthereumChain, node: LyingNode) -> None:
    node.lies["eth_call"] = other(RETURNED[name])
    with pytest.raises(NotATokenError):
        await liar.token(node.token)
    if name != "many decimals":
        assert await liar.token_balances(RICH.address, [node.token]) == (), "left out, and not 0"
    assert liar.endpoints()[0].health is EndpointHealth.ANSWERING, "it may be the token's doing"


async def test_an_older_token_says_its_symbol_in_32_bytes(liar: EthereumChain, node: LyingNode) -> None:
    answers = iter(["0x" + f"{18:064x}", "0x" + f"{1:064x}"] + ["0x" + b"MKR".hex() + "00" * 29] * 2)
    node.lies["eth_call"] = lambda _honest: next(answers)
    found = await liar.token(node.token)

    assert (found.name, found.symbol, found.decimals) == ("MKR", "MKR", 18)


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (-32000, "nonce too low: next nonce 3, tx nonce 1", NonceTakenError),
        (-32010, "OldNonce", NonceTakenError),
        (-32000, "replacement transaction underpriced", UnderpricedError),
        (-32000, "max fee per gas less than block base fee: address 0x..", UnderpricedError),
        (-32010, "FeeTooLow, EffectivePriorityFeePerGas too low", UnderpricedError),
        (-32003, "Insufficient funds for gas * price + value", InsufficientFundsError),
        (-32004, "Upfront cost exceeds account balance", InsufficientFundsError),
        (-32000, "intrinsic gas too low", TransactionRefusedError),
        (-32000, "\u202eno\x00 " + "x" * 5000, TransactionRefusedError),
        (-32000, "", TransactionRefusedError),
    ],
)
async def test_why_a_transaction_is_refused(
    code: int, message: str, kind: type[RefusedError], liar: EthereumChain, node: LyingNode
) -> None:
    node.errors["eth_sendRawTransaction"] = (code, message)
    with pytest.raises(kind) as caught:
        await liar.send(node.raw(40))
    assert caught.value.reason.isprintable()
    assert 0 < len(caught.value.reason) <= 200


@pytest.mark.parametrize(
    ("code", "message"), [(-32005, "limit exceeded"), (-32000, "txpool is full"), (-32601, "no such method")]
)
async def test_a_nodes_own_trouble_refuses_nothing(
    code: int, message: str, liar: EthereumChain, node: LyingNode
) -> None:
    node.errors["eth_sendRawTransaction"] = (code, message)
    with pytest.raises(EndpointsUnreachableError):
        await liar.send(node.raw(5))


async def test_what_one_node_refuses_another_may_take(
    node: LyingNode, shared: tuple[LyingNode, str, str]
) -> None:
    node.errors["eth_sendRawTransaction"] = (-32000, "insufficient funds for gas * price + value")
    chain = EthereumChain(CHAIN_ID, [shared[1], shared[2]], b"")
    sent = await chain.send(node.raw(5))

    assert (await chain.inclusion(sent)).stage is Stage.PENDING
    assert await EthereumChain(CHAIN_ID, [shared[2]], b"").send(node.raw(5)) == sent, "once"


@pytest.mark.parametrize("message", ["already known", "nonce too low"])
async def test_a_mined_transaction_is_handed_in_again(
    message: str, liar: EthereumChain, node: LyingNode
) -> None:
    """The answer to the first attempt may have been lost; that its nonce is taken is then its own doing."""
    node.errors["eth_sendRawTransaction"] = (-32000, message)

    assert await liar.send(node.raw(1)) == node.coin


async def test_fees_of_a_node_without_history(liar: EthereumChain, node: LyingNode) -> None:
    node.errors["eth_feeHistory"] = (-32601, "no such method")
    node.lies["eth_gasPrice"] = other(hex(30 * GWEI))
    found = await liar.fees()

    assert found.slow.max_fee_per_gas <= found.normal.max_fee_per_gas <= found.fast.max_fee_per_gas
    assert found.slow.max_priority_fee_per_gas == 30 * GWEI - found.base_fee
    node.lies["eth_gasPrice"] = other(hex(10**6 * GWEI))
    with pytest.raises(EndpointsUnreachableError):
        await liar.fees()


async def test_a_node_that_cannot_simulate(liar: EthereumChain, node: LyingNode) -> None:
    node.errors["eth_simulateV1"] = (-32601, "no such method")
    good = await liar.simulate(RICH.address, [encode_transfer(node.token, SOMEBODY, 5), node.call])
    bad = await liar.simulate(RICH.address, [node.call, encode_transfer(node.token, SOMEBODY, 10**18)])

    assert (good.by, good.succeeds, good.movements) == (SimulatedBy.CALL, True, ())
    assert good.gas > 42_000
    assert (bad.by, bad.succeeds, bad.failing) == (SimulatedBy.CALL, False, 1)
    assert bad.reason


async def test_a_simulation_that_logs_without_end(liar: EthereumChain, node: LyingNode) -> None:
    """A contract can log and return much on purpose: what moves is not known then, and the node not to blame."""
    node.lies["eth_simulateV1"] = other("x" * 2_000_000)
    found = await liar.simulate(RICH.address, [node.call])

    assert (found.by, found.succeeds, found.gas) == (SimulatedBy.CALL, True, 21_000)
    assert liar.endpoints()[0].health is EndpointHealth.ANSWERING


async def test_a_receipt_whose_block_was_replaced(liar: EthereumChain, node: LyingNode) -> None:
    node.lies["eth_getTransactionReceipt"] = field("blockHash", WORD)

    assert (await liar.inclusion(node.coin)).stage is Stage.PENDING


@pytest.mark.parametrize("lie", [field("type", "0x7e"), other("x" * 2_000_000), other(None)], ids=range(3))
async def test_a_claimed_hash_of_something_odd(lie: Lie, liar: EthereumChain, node: LyingNode) -> None:
    """Whoever claims a hash chooses it; it makes no node look broken."""
    node.lies["eth_getTransactionByHash"] = lie

    assert (await liar.inclusion(node.coin)).stage is Stage.UNKNOWN
    assert liar.endpoints()[0].health is EndpointHealth.ANSWERING


async def test_a_batch_of_a_contract_account_by_its_trace(liar: EthereumChain, node: LyingNode) -> None:
    three, four = Call(SOMEBODY, 3), Call(SOMEBODY, 4)
    both = await liar.settlement(node.batch, node.payer, [three, four])
    second = await liar.settlement(node.batch, node.payer, [three], taken=[0])
    third = await liar.settlement(node.batch, node.payer, [three], taken=[0, 1])
    of_another = await liar.settlement(node.batch, RICH.address, [three])

    assert (both.verdict, both.evidence, both.positions) == (Verdict.PAID, Evidence.TRACE, (0, 2))
    assert (second.verdict, second.positions) == (Verdict.PAID, (1,))
    assert (third.verdict, of_another.verdict) == (Verdict.DIFFERS, Verdict.DIFFERS)
    node.errors["debug_traceTransaction"] = (-32601, "no such method")
    untraced = await liar.settlement(node.batch, node.payer, [three])
    assert (untraced.verdict, untraced.evidence) == (Verdict.UNPROVABLE, Evidence.NONE)
    assert liar.endpoints()[0].health is EndpointHealth.ANSWERING


TRACES: dict[str, Any] = {
    "null": None,
    "text": "x",
    "another transaction's": {
        "type": "CALL",
        "from": SOMEBODY,
        "to": SOMEBODY,
        "value": "0x5",
        "input": "0x",
    },
    "endless": "x" * 2_000_000,
}


@pytest.mark.parametrize("name", TRACES)
async def test_a_trace_of_something_else_pays_nothing(
    name: str, liar: EthereumChain, node: LyingNode
) -> None:
    node.lies["debug_traceTransaction"] = other(TRACES[name])
    claimed = Call(SOMEBODY, 5)
    found = await liar.settlement(node.coin, RICH.address, [claimed])

    assert (found.verdict, found.evidence) == (Verdict.DIFFERS, Evidence.FIELDS)
    by_another = await liar.settlement(node.coin, SOMEBODY, [claimed])
    assert by_another.verdict is Verdict.UNPROVABLE


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
