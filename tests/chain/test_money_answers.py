"""Answers about money that are odd and still answers: no node is called broken for what others can bring about."""

from __future__ import annotations

from typing import Any

import pytest

from chain.lying_endpoint import Lie, LyingNode, field, other, simulated
from harness.small_chain import CHAIN_ID, RICH, SOMEBODY
from parley.chain.api import (
    Call,
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
WORD = "0x" + "11" * 32


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
        (-32603, "the nonce is too low, said an old node: nonce too low", NonceTakenError),
        (-32000, "intrinsic gas too low", TransactionRefusedError),
        (-32000, "unknown transaction type", TransactionRefusedError),
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


async def test_a_tip_of_nothing_is_none(liar: EthereumChain, node: LyingNode) -> None:
    """In quiet blocks; a node's pool would refuse it."""
    node.lies["eth_feeHistory"] = field("reward", [["0x0", "0x0", hex(3 * GWEI)]])
    node.lies["eth_maxPriorityFeePerGas"] = other(hex(2 * GWEI))
    found = await liar.fees()
    tips = [each.max_priority_fee_per_gas for each in (found.slow, found.normal, found.fast)]

    assert tips == [2 * GWEI, 2 * GWEI, 3 * GWEI]
    node.lies["eth_maxPriorityFeePerGas"] = other(hex(501 * GWEI))
    with pytest.raises(EndpointsUnreachableError):
        await liar.fees()


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


ERROR = "0x08c379a0" + f"{32:064x}" + f"{3:064x}" + b"no!".hex() + "00" * 29


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"error": {"code": 3, "message": "execution reverted", "data": ERROR}}, "no!"),
        ({"error": {"code": -32000, "message": "failed"}, "returnData": ERROR}, "no!"),
        ({"error": {"code": 3, "message": "x", "data": "0x4e487b71" + f"{17:064x}"}}, "panic 0x11"),
        ({"error": {"code": 3, "message": "x", "data": "0xdeadbeef"}}, "error 0xdeadbeef"),
        ({"error": {"code": 3, "message": "out of gas"}}, "out of gas"),
        (
            {"error": {"code": 3, "message": "a\u202e\n" + "b" * 5000, "data": "0x08c379a0ff"}},
            "a " + "b" * 197 + "…",
        ),
        ({"error": None}, "an error"),
    ],
    ids=range(7),
)
async def test_why_a_call_would_fail(more: Any, reason: str, liar: EthereumChain, node: LyingNode) -> None:
    node.lies["eth_simulateV1"] = simulated(**({"status": "0x0", "returnData": "0x"} | more))
    found = await liar.simulate(RICH.address, [node.call])

    assert (found.succeeds, found.failing, found.reason) == (False, 0, reason)


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
