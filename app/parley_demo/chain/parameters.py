"""Parameters of JSON-RPC requests: read strictly and within bounds.

Whatever is not as it should be raises RpcError, or an error of Python's that `rpc` answers as invalid parameters.
"""

from __future__ import annotations

from typing import Any

from eth_typing import Address

from parley_demo.chain.errors import CLIENT_LIMIT, INVALID_PARAMS, RpcError
from parley_demo.chain.evm import Call
from parley_demo.chain.ranges import FILTER_CHOICES, LogFilter
from parley_demo.chain.simulation import SimulatedCall, Simulation
from parley_demo.chain.transactions import GAS_LIMIT

SIMULATED_BLOCKS = 4
SIMULATED_CALLS = 64
"""Of all simulated blocks together."""


def call_of(call: dict[str, Any]) -> Call:
    """What `eth_call` and `eth_estimateGas` run."""
    data = call.get("input", call.get("data", "0x"))
    return Call(
        sender=bytes_of(call.get("from") or "0x" + "00" * 20, 20),
        to=bytes_of(call["to"], 20) if call.get("to") else b"",
        data=bytes_of(data),
        value=quantity_of(call.get("value", "0x0")),
        gas=min(quantity_of(call.get("gas", hex(GAS_LIMIT))), GAS_LIMIT),
    )


def simulation_of(options: dict[str, Any]) -> Simulation:
    """What `eth_simulateV1` runs. Raises RpcError for what this chain does not simulate."""
    if unknown := options.keys() - {
        "blockStateCalls",
        "traceTransfers",
        "validation",
        "returnFullTransactions",
    }:
        raise RpcError(INVALID_PARAMS, f"there is no option {min(unknown)[:64]}")
    if options.get("validation", False) is not False:
        raise RpcError(INVALID_PARAMS, "validation is not supported")
    blocks = options["blockStateCalls"]
    if not isinstance(blocks, list) or not blocks:
        raise RpcError(INVALID_PARAMS, "blockStateCalls is a list, and not empty")
    if len(blocks) > SIMULATED_BLOCKS:
        raise RpcError(CLIENT_LIMIT, f"too many blocks: at most {SIMULATED_BLOCKS}")
    if any(block.get("stateOverrides") or block.get("blockOverrides") for block in blocks):
        raise RpcError(INVALID_PARAMS, "overrides are not supported")
    calls = tuple(tuple(block.get("calls") or ()) for block in blocks)
    # Before any of them is run: each may cost as much as it likes. Guarded by test_a_simulation_is_bounded.
    if sum(map(len, calls)) > SIMULATED_CALLS:
        raise RpcError(CLIENT_LIMIT, f"too many calls: at most {SIMULATED_CALLS} in all blocks together")
    return Simulation(
        tuple(tuple(_simulated_call(each) for each in block) for block in calls),
        transfers=_flag(options.get("traceTransfers", False)),
        full=_flag(options.get("returnFullTransactions", False)),
    )


def only_top_of(options: dict[str, Any]) -> bool:
    """What `debug_traceTransaction` is asked for: only the top call, or all. Raises RpcError unless it can be had."""
    if options.get("tracer") != "callTracer":
        raise RpcError(INVALID_PARAMS, "the only tracer is callTracer")
    chosen = options.get("tracerConfig") or {}
    if unknown := chosen.keys() - {"onlyTopCall", "withLog"}:
        raise RpcError(INVALID_PARAMS, f"callTracer has no option {min(unknown)[:64]}")
    if chosen.get("withLog", False) is not False:
        raise RpcError(INVALID_PARAMS, "withLog is not supported")
    return _flag(chosen.get("onlyTopCall", False))


def filter_of(wanted: dict[str, Any]) -> LogFilter:
    """What `eth_getLogs` looks for."""
    topics = [_choices(each) for each in wanted.get("topics") or ()]
    addresses = _choices(wanted.get("address"))
    if len(topics) > 4 or sum(map(len, (addresses, *topics))) > FILTER_CHOICES:
        raise RpcError(INVALID_PARAMS, f"at most 4 topics, and {FILTER_CHOICES} choices")
    return LogFilter(
        frozenset(bytes_of(each, 20) for each in addresses),
        tuple(frozenset(int.from_bytes(bytes_of(each, 32)) for each in place) for place in topics),
    )


def address_of(text: Any) -> Address:
    """The 20 bytes of an address."""
    return Address(bytes_of(text, 20))


def bytes_of(text: Any, length: int | None = None) -> bytes:
    """Bytes, so many if it says so."""
    if not isinstance(text, str) or not text.startswith("0x"):
        raise ValueError("bytes are hex with 0x")
    found = bytes.fromhex(text[2:])
    if length is not None and len(found) != length:
        raise ValueError(f"{length} bytes belong here")
    return found


def quantity_of(value: Any) -> int:
    """A number of at most 256 bits."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError("a quantity is hex with 0x")
    number = value if isinstance(value, int) else int(value, 16)
    if not 0 <= number < 2**256:
        raise ValueError("a quantity has at most 256 bits")
    return number


def _simulated_call(call: dict[str, Any]) -> SimulatedCall:
    return SimulatedCall(call_of(call), quantity_of(call["gas"]) if call.get("gas") is not None else None)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("a flag is true or false")
    return value


def _choices(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
