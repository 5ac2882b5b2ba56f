"""The JSON-RPC methods of the development chain: what is on the list, and nothing else.

No method signs or sends for an account: there are no unlocked accounts here, whoever asks. `eth_accounts` is empty
and `eth_sendTransaction` does not exist, so a page that reaches this port can spend nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from eth_tester.exceptions import BlockNotFound, TransactionFailed, TransactionNotFound, ValidationError

from parley_demo.chain.errors import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    SERVER_ERROR,
    RpcError,
)
from parley_demo.chain.ledger import CHAIN_ID, GAS_LIMIT, Ledger

BATCH_LENGTH = 20
LOG_BLOCKS = 1000
PRIORITY_FEE_WEI = 10**9
TAGS = ("latest", "pending", "safe", "finalized", "earliest")

_RENAMED = {"coinbase": "miner"}


class RpcMethods:
    """Answers JSON-RPC requests, one at a time."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._tester = ledger.tester
        # py-evm is not made for threads: without the lock most parallel sends fail.
        self._lock = threading.Lock()
        self._methods: dict[str, Callable[..., Any]] = {
            "eth_accounts": list,
            "eth_blockNumber": self._block_number,
            "eth_call": self._call,
            "eth_chainId": lambda: CHAIN_ID,
            "eth_estimateGas": self._estimate_gas,
            "eth_feeHistory": self._fee_history,
            "eth_gasPrice": lambda: self._base_fee() * 2 + PRIORITY_FEE_WEI,
            "eth_getBalance": lambda account, block="latest": self._tester.get_balance(
                account, _block(block)
            ),
            "eth_getBlockByHash": self._block_by_hash,
            "eth_getBlockByNumber": self._block_by_number,
            "eth_getCode": lambda account, block="latest": self._tester.get_code(account, _block(block)),
            "eth_getLogs": self._logs,
            "eth_getStorageAt": lambda account, slot, block="latest": self._tester.get_storage_at(
                account, _quantity(slot), _block(block)
            ),
            "eth_getTransactionByHash": self._transaction,
            "eth_getTransactionCount": lambda account, block="latest": self._tester.get_nonce(
                account, _block(block)
            ),
            "eth_getTransactionReceipt": self._receipt,
            "eth_maxPriorityFeePerGas": lambda: PRIORITY_FEE_WEI,
            "eth_sendRawTransaction": self._send_raw,
            "eth_syncing": lambda: False,
            "net_version": lambda: str(CHAIN_ID),
            "web3_clientVersion": lambda: "parley-development-chain/1",
        }

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
                return _outbound(method(*parameters))
            except RpcError:
                raise
            except (BlockNotFound, TransactionNotFound):
                return None
            except TransactionFailed as error:
                raise RpcError(SERVER_ERROR, str(error)[:200]) from None
            except ValidationError as error:
                raise RpcError(INVALID_PARAMS, str(error)[:200]) from None
            except (TypeError, ValueError, KeyError, OverflowError) as error:
                raise RpcError(INVALID_PARAMS, f"invalid parameters: {str(error)[:200]}") from None
            except Exception as error:
                # py-evm has validation errors of several libraries; whatever it raises is this request's fault
                # alone, and the chain goes on.
                raise RpcError(SERVER_ERROR, f"{type(error).__name__}: {str(error)[:200]}") from None

    def _block_number(self) -> int:
        return int(self._tester.get_block_by_number("latest")["number"])

    def _base_fee(self) -> int:
        return int(self._tester.get_block_by_number("latest")["base_fee_per_gas"])

    def _call(self, call: dict[str, Any], block: Any = "latest", *_overrides: Any) -> bytes:
        if _overrides:
            raise RpcError(INVALID_PARAMS, "state overrides are not supported")
        return self._ledger.call(*_parts(call), _block(block))

    def _estimate_gas(self, call: dict[str, Any], _block: Any = "latest") -> int:
        return self._ledger.estimate(*_parts(call))

    def _fee_history(self, count: Any, newest: Any = "latest", percentiles: Any = ()) -> Any:
        found = self._tester.get_fee_history(
            min(_quantity(count), 100), _block(newest), list(percentiles or ())
        )
        return dict(found)

    def _block_by_number(self, number: Any, full: bool = False) -> Any:
        return dict(self._tester.get_block_by_number(_block(number), full))

    def _block_by_hash(self, block_hash: str, full: bool = False) -> Any:
        return dict(self._tester.get_block_by_hash(block_hash, full))

    def _transaction(self, transaction_hash: str) -> Any:
        found = dict(self._tester.get_transaction_by_hash(transaction_hash))
        found["input"] = found.pop("data", "0x")
        return found | {"to": found.get("to") or None}

    def _receipt(self, transaction_hash: str) -> Any:
        found = dict(self._tester.get_transaction_receipt(transaction_hash))
        return found | {"to": found.get("to") or None}

    def _send_raw(self, raw: str) -> str:
        return str(self._tester.send_raw_transaction(raw))

    def _logs(self, wanted: dict[str, Any]) -> Any:
        latest = self._block_number()
        first = _number_of(wanted.get("fromBlock", "latest"), latest)
        last = min(_number_of(wanted.get("toBlock", "latest"), latest), latest)
        if last - first >= LOG_BLOCKS:
            raise RpcError(INVALID_PARAMS, f"at most {LOG_BLOCKS} blocks at once")
        return list(self._tester.get_logs(first, last, wanted.get("address"), wanted.get("topics")))


def _refusal(identifier: Any, error: RpcError) -> dict[str, Any]:
    facts: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.data is not None:
        facts["data"] = "0x" + error.data.hex()
    return {"jsonrpc": "2.0", "id": identifier, "error": facts}


def _parts(call: dict[str, Any]) -> tuple[bytes, bytes, bytes, int, int]:
    """From, to (empty for a creation), data, value and gas of a call object."""
    data = call.get("input", call.get("data", "0x"))
    gas = min(_quantity(call.get("gas", hex(GAS_LIMIT))), GAS_LIMIT)
    sender = _bytes(call.get("from") or "0x" + "00" * 20, 20)
    to = _bytes(call["to"], 20) if call.get("to") else b""
    return sender, to, _bytes(data), _quantity(call.get("value", "0x0")), gas


def _bytes(text: Any, length: int | None = None) -> bytes:
    if not isinstance(text, str) or not text.startswith("0x"):
        raise ValueError("bytes are hex with 0x")
    found = bytes.fromhex(text[2:])
    if length is not None and len(found) != length:
        raise ValueError(f"{length} bytes belong here")
    return found


def _quantity(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError("a quantity is hex with 0x")
    number = value if isinstance(value, int) else int(value, 16)
    if not 0 <= number < 2**256:
        raise ValueError("a quantity has at most 256 bits")
    return number


def _block(value: Any) -> int | str:
    """A tag, or a number; "pending" is the latest, since every transaction is mined as it comes."""
    if value == "pending":
        return "latest"
    return str(value) if value in TAGS else _quantity(value)


def _number_of(value: Any, latest: int) -> int:
    block = _block(value)
    if isinstance(block, int):
        return block
    return 0 if block == "earliest" else latest


def _outbound(value: Any, key: str = "") -> Any:
    """JSON-RPC's form of eth-tester's: names in camelCase, numbers in hex, bytes in hex."""
    if isinstance(value, bool) or value is None or isinstance(value, (str, float)):
        return value
    if isinstance(value, int):
        return hex(value)
    if isinstance(value, (bytes, bytearray)):
        return "0x" + value.hex()
    if isinstance(value, (list, tuple)):
        return [_outbound(each, key) for each in value]
    return {_camel(name): _outbound(each, name) for name, each in dict(value).items()}


def _camel(name: str) -> str:
    head, *rest = _RENAMED.get(name, name).split("_")
    return head + "".join(part.capitalize() for part in rest)
