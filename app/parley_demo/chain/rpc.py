"""The JSON-RPC methods of the development chain: what is on the list, and nothing else.

No method signs or sends for an account: there are no unlocked accounts here, whoever asks. `eth_accounts` is empty
and `eth_sendTransaction` does not exist, so a page that reaches this port can spend nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from eth.abc import BlockHeaderAPI, StateAPI

from parley_demo.chain.blocks import Block
from parley_demo.chain.errors import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    SERVER_ERROR,
    JournalError,
    RpcError,
)
from parley_demo.chain.evm import base_fee_of
from parley_demo.chain.ledger import Ledger
from parley_demo.chain.parameters import (
    address_of,
    bytes_of,
    call_of,
    filter_of,
    only_top_of,
    quantity_of,
    simulation_of,
)
from parley_demo.chain.ranges import LOG_BLOCKS, fee_history, find_logs
from parley_demo.chain.shapes import block_shape, hex_bytes, receipt_shape, transaction_shape
from parley_demo.chain.simulation import simulate
from parley_demo.chain.trace import trace_calls
from parley_demo.chain.transactions import CHAIN_ID, PRIORITY_FEE_WEI

BATCH_LENGTH = 20
HEAD_TAGS = ("latest", "safe", "finalized")
"""Every block is final as soon as it is there."""


class RpcMethods:
    """Answers JSON-RPC requests, one at a time."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._blocks = ledger.blocks
        # py-evm is not made for threads: without the lock most parallel sends fail.
        self._lock = threading.Lock()
        self._methods: dict[str, Callable[..., Any]] = {
            "debug_traceTransaction": self._trace,
            "eth_accounts": list,
            "eth_blockNumber": lambda: hex(self._blocks.head.block_number),
            "eth_call": self._call,
            "eth_chainId": lambda: hex(CHAIN_ID),
            "eth_estimateGas": self._estimate_gas,
            "eth_feeHistory": self._fee_history,
            "eth_gasPrice": lambda: hex(base_fee_of(self._blocks.head) * 2 + PRIORITY_FEE_WEI),
            "eth_getBalance": self._balance,
            "eth_getBlockByHash": self._block_by_hash,
            "eth_getBlockByNumber": self._block_by_number,
            "eth_getCode": self._code,
            "eth_getLogs": self._logs,
            "eth_getStorageAt": self._storage,
            "eth_getTransactionByHash": self._transaction,
            "eth_getTransactionCount": self._transaction_count,
            "eth_getTransactionReceipt": self._receipt,
            "eth_maxPriorityFeePerGas": lambda: hex(PRIORITY_FEE_WEI),
            "eth_sendRawTransaction": self._send_raw,
            "eth_simulateV1": self._simulate,
            "eth_syncing": lambda: False,
            "net_version": lambda: str(CHAIN_ID),
            "web3_clientVersion": lambda: "parley-development-chain/2",
        }

    def due(self) -> int:
        """When the next block is due, in seconds since 1970."""
        with self._lock:
            return self._blocks.head.timestamp + self._ledger.block_time

    def tick(self) -> None:
        """Make the block that is due. Raises JournalError."""
        with self._lock:
            self._ledger.tick()

    def answer(self, request: Any) -> Any:
        """The answer to a parsed request, or to a batch of at most `BATCH_LENGTH`."""
        if not isinstance(request, list):
            return self._answer_one(request)
        if not 0 < len(request) <= BATCH_LENGTH:
            return _refusal(None, RpcError(INVALID_REQUEST, f"a batch has 1 to {BATCH_LENGTH} requests"))
        return [self._answer_one(each) for each in request]

    def _answer_one(self, request: Any) -> dict[str, Any]:
        identifier = request.get("id") if isinstance(request, dict) else None
        try:
            if not isinstance(request, dict) or not isinstance(request.get("method"), str):
                raise RpcError(INVALID_REQUEST, "not a request")
            method = self._methods.get(request["method"])
            if method is None:
                raise RpcError(METHOD_NOT_FOUND, f"the method {request['method'][:64]} does not exist")
            parameters = request.get("params") or []
            if not isinstance(parameters, list):
                raise RpcError(INVALID_PARAMS, "params must be a list")
            return {"jsonrpc": "2.0", "id": identifier, "result": self._run(method, parameters)}
        except RpcError as error:
            return _refusal(identifier, error)

    def _run(self, method: Callable[..., Any], parameters: list[Any]) -> Any:
        with self._lock:
            try:
                return method(*parameters)
            except RpcError:
                raise
            except JournalError as error:
                raise RpcError(SERVER_ERROR, str(error)) from None
            except (TypeError, ValueError, KeyError, OverflowError, AttributeError) as error:
                raise RpcError(INVALID_PARAMS, f"invalid parameters: {str(error)[:200]}") from None
            except Exception as error:
                # py-evm has validation errors of several libraries; whatever it raises is this request's fault
                # alone, and the chain goes on.
                raise RpcError(SERVER_ERROR, f"{type(error).__name__}: {str(error)[:200]}") from None

    def _balance(self, account: str, block: Any = "latest") -> str:
        return hex(self._state(block).get_balance(address_of(account)))

    def _code(self, account: str, block: Any = "latest") -> str:
        return hex_bytes(self._state(block).get_code(address_of(account)))

    def _storage(self, account: str, slot: Any, block: Any = "latest") -> str:
        found = self._state(block).get_storage(address_of(account), quantity_of(slot))
        return hex_bytes(found.to_bytes(32, "big"))

    def _transaction_count(self, account: str, block: Any = "latest") -> str:
        sender = address_of(account)
        nonce = self._state("latest" if block == "pending" else block).get_nonce(sender)
        return hex(self._ledger.pool.next_nonce(sender, nonce) if block == "pending" else nonce)

    def _call(self, call: dict[str, Any], block: Any = "latest", *overrides: Any) -> str:
        if overrides:
            raise RpcError(INVALID_PARAMS, "state overrides are not supported")
        return hex_bytes(self._ledger.call(self._header(block), call_of(call)))

    def _estimate_gas(self, call: dict[str, Any], block: Any = "latest", *overrides: Any) -> str:
        if overrides:
            raise RpcError(INVALID_PARAMS, "state overrides are not supported")
        return hex(self._ledger.estimate(self._header(block), call_of(call)))

    def _simulate(self, options: dict[str, Any], block: Any = "latest") -> list[dict[str, Any]]:
        return simulate(self._ledger, self._header(block), simulation_of(options))

    def _trace(self, transaction_hash: str, options: dict[str, Any] | None = None) -> dict[str, Any]:
        only_top = only_top_of(options or {})
        found = self._blocks.transaction(bytes_of(transaction_hash, 32))
        if found is None:
            raise RpcError(SERVER_ERROR, "transaction not found")
        return trace_calls(self._ledger, *found, only_top=only_top)

    def _fee_history(self, count: Any, newest: Any = "latest", percentiles: Any = None) -> dict[str, Any]:
        # What waits is no history, so "pending" means the newest block that there is.
        last = self._header("latest" if newest == "pending" else newest).block_number
        return fee_history(
            self._ledger, quantity_of(count), last, [float(each) for each in percentiles or ()]
        )

    def _block_by_number(self, number: Any, full: bool = False) -> Any:
        if number == "pending":
            return block_shape(self._ledger.pending(), full=bool(full), pending=True)
        found = self._blocks.block(self._number(number))
        return block_shape(found, full=bool(full)) if found else None

    def _block_by_hash(self, block_hash: str, full: bool = False) -> Any:
        found = self._blocks.by_hash(bytes_of(block_hash, 32))
        return block_shape(found, full=bool(full)) if found else None

    def _transaction(self, transaction_hash: str) -> Any:
        wanted = bytes_of(transaction_hash, 32)
        if (waiting := self._ledger.pool.get(wanted)) is not None:
            return transaction_shape(waiting, None)
        found = self._blocks.transaction(wanted)
        if found is None:
            return None
        block, index = found
        return transaction_shape(block.transactions[index], block, index)

    def _receipt(self, transaction_hash: str) -> Any:
        found = self._blocks.transaction(bytes_of(transaction_hash, 32))
        return receipt_shape(*found) if found else None

    def _send_raw(self, raw: str) -> str:
        return hex_bytes(self._ledger.submit(bytes_of(raw)))

    def _logs(self, wanted: dict[str, Any]) -> Any:
        chosen = filter_of(wanted)
        if "blockHash" in wanted:
            if "fromBlock" in wanted or "toBlock" in wanted:
                raise RpcError(INVALID_PARAMS, "either a block's hash or a range")
            return find_logs([self._block_of_hash(wanted["blockHash"])], chosen)
        first = self._number(wanted.get("fromBlock") or "latest")
        last = min(self._number(wanted.get("toBlock") or "latest"), self._blocks.head.block_number)
        if last - first >= LOG_BLOCKS:
            raise RpcError(INVALID_PARAMS, f"at most {LOG_BLOCKS} blocks at once")
        return find_logs(self._blocks.held(first, last), chosen)

    def _state(self, block: Any) -> StateAPI:
        return self._ledger.state(self._header(block))

    def _header(self, block: Any) -> BlockHeaderAPI:
        """The header that a tag, a number or an EIP-1898 object means. Raises RpcError if there is none."""
        if block == "pending":
            return self._ledger.pending().header
        if isinstance(block, dict) and "blockHash" in block:
            return self._block_of_hash(block["blockHash"]).header
        number = self._number(block["blockNumber"] if isinstance(block, dict) else block)
        header = self._blocks.header(number)
        if header is None:
            raise RpcError(SERVER_ERROR, "header not found")
        return header

    def _block_of_hash(self, block_hash: Any) -> Block:
        found = self._blocks.by_hash(bytes_of(block_hash, 32))
        if found is None:
            raise RpcError(SERVER_ERROR, "header for hash not found")
        return found

    def _number(self, value: Any) -> int:
        """The number that a tag or a quantity means; of logs "pending" are none yet."""
        if value in HEAD_TAGS or value == "pending":
            return self._blocks.head.block_number
        return 0 if value == "earliest" else quantity_of(value)


def _refusal(identifier: Any, error: RpcError) -> dict[str, Any]:
    facts: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.data is not None:
        facts["data"] = hex_bytes(error.data)
    return {"jsonrpc": "2.0", "id": identifier, "error": facts}
