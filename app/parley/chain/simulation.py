"""What calls would do now: run by the node as a block, or else each for itself. Run in a thread, on one endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from parley.chain.answers import fields, items, quantity
from parley.chain.balances import read_block
from parley.chain.effects import Effects, effects_of, read_logs
from parley.chain.errors import AnswerTooLongError, EndpointAnswerError
from parley.chain.money import Call, SimulatedBy, Simulation
from parley.chain.node import NodeError, ask, node_error, why
from parley.chain.port import Block

if TYPE_CHECKING:
    from web3 import Web3

GAS_BITS = 40
EFFECTS = 256

# What eth_simulateV1 answers as a whole where one of the calls cannot even begin.
_CANNOT_BEGIN = (-38013, -38014, -38015, -32003)


def read_simulation(web3: Web3, sender: str, calls: Sequence[Call]) -> Simulation:
    """See `MoneyChain.simulate`."""
    block = read_block(web3, "latest")
    asked = [_shape(sender, each) for each in calls]
    try:
        options = {"blockStateCalls": [{"calls": asked}], "traceTransfers": True, "validation": False}
        answer = ask(web3, "eth_simulateV1", options, hex(block.number))
    except NodeError as error:
        if error.code in _CANNOT_BEGIN or "insufficient funds" in error.reason.lower():
            return _failed(SimulatedBy.SIMULATE_V1, 0 if len(calls) == 1 else None, error.reason, block)
        return _one_by_one(web3, asked, block)
    except AnswerTooLongError:
        # A contract can log and return much on purpose; what moves is then not known.
        return _one_by_one(web3, asked, block)
    found = _read(answer, sender, len(calls), block)
    if found.succeeds and len(found.movements) + len(found.allowances) > EFFECTS:
        return _one_by_one(web3, asked, block)
    if found.succeeds and len(calls) == 1:
        # What it used is less than what it has to be given: some is given back, or held back from inner calls.
        found = replace(found, gas=max(found.gas, _estimated(web3, asked[0], block)))
    return found


def _read(answer: Any, sender: str, count: int, block: Block) -> Simulation:
    (simulated,) = items(answer, 1)
    results = [fields(each) for each in items(fields(simulated)["calls"], count)]
    if len(results) != count:
        raise EndpointAnswerError("a simulation of other calls")
    gas = 0
    effects: list[Effects] = []
    for index, result in enumerate(results):
        if not quantity(result["status"], 1):
            # Some nodes give what the contract said as what it returned.
            error = {"data": result.get("returnData")} | fields(result.get("error") or {})
            reason = why(node_error(error))
            return _failed(SimulatedBy.SIMULATE_V1, index, reason, block)
        gas += quantity(result["gasUsed"], GAS_BITS)
        effects.append(effects_of(read_logs(result["logs"]), coin_logs=True))
    return Simulation(
        SimulatedBy.SIMULATE_V1,
        True,
        None,
        None,
        gas,
        tuple(
            each for found in effects for each in found.movements if sender in (each.sender, each.recipient)
        ),
        tuple(each for found in effects for each in found.allowances if each.owner == sender),
        block,
    )


def _one_by_one(web3: Web3, asked: Sequence[dict[str, str]], block: Block) -> Simulation:
    """Each call for itself on the same block, so one that needs what the one before it did seems to fail."""
    gas = 0
    for index, call in enumerate(asked):
        try:
            ask(web3, "eth_call", call, hex(block.number))
            gas += quantity(ask(web3, "eth_estimateGas", call, hex(block.number)), GAS_BITS)
        except NodeError as error:
            if error.failed or "insufficient" in error.reason.lower():
                return _failed(SimulatedBy.CALL, index, why(error), block)
            raise
        except AnswerTooLongError:
            return _failed(SimulatedBy.CALL, index, "it returns more than an answer holds", block)
    return Simulation(SimulatedBy.CALL, True, None, None, gas, (), (), block)


def _estimated(web3: Web3, call: dict[str, str], block: Block) -> int:
    try:
        return quantity(ask(web3, "eth_estimateGas", call, hex(block.number)), GAS_BITS)
    except NodeError:
        return 0


def _failed(by: SimulatedBy, index: int | None, reason: str, block: Block) -> Simulation:
    return Simulation(by, False, reason, index, 0, (), (), block)


def _shape(sender: str, call: Call) -> dict[str, str]:
    shape = {"from": sender, "value": hex(call.value), "input": "0x" + call.data.hex()}
    return shape if call.to is None else shape | {"to": call.to}
