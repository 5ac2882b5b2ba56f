"""The chain itself: py-evm under eth-tester, one transaction a block, all of it in memory.

Nothing here locks: `rpc.RpcMethods` holds one lock around everything.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from eth.abc import BlockHeaderAPI
from eth.exceptions import Revert, VMError
from eth.vm.spoof import SpoofTransaction
from eth_keys.datatypes import PrivateKey
from eth_tester import EthereumTester, PyEVMBackend
from eth_typing import Address

from parley_demo.chain.errors import REVERTED, SERVER_ERROR, RpcError

CHAIN_ID = 31337
"""What wallets know as a local development chain."""

DEPLOYER_KEY = (1).to_bytes(32, "big")
"""Holds the development chain's ether and its names. Everybody knows it."""

DEPLOYER_WEI = 10**9 * 10**18
GAS_LIMIT = 30_000_000
SET_UP_S = 600


def address_of_key(key: bytes) -> str:
    """The EIP-55 address of a 32-byte private key."""
    return str(PrivateKey(key).public_key.to_checksum_address())


class Ledger:
    """A chain of blocks. `tester` is eth-tester's view of it, for what needs no care."""

    def __init__(self, contracts: Mapping[str, tuple[bytes, Mapping[int, int]]]) -> None:
        """Begin a chain; `contracts` are there from the first block: address -> (code, storage)."""
        deployer = address_of_key(DEPLOYER_KEY)
        genesis: dict[bytes, dict[str, Any]] = {
            _raw(deployer): {"balance": DEPLOYER_WEI, "nonce": 0, "code": b"", "storage": {}}
        }
        for address, (code, storage) in contracts.items():
            genesis[_raw(address)] = {"balance": 0, "nonce": 1, "code": code, "storage": dict(storage)}
        # Every block is a second later than the one before, so the people's names would be in the future.
        parameters = PyEVMBackend.generate_genesis_params({"timestamp": int(time.time()) - SET_UP_S})
        backend = PyEVMBackend(genesis_parameters=parameters, genesis_state=genesis)
        # A class attribute of a class made anew for each backend; it goes into what transactions are signed over.
        type(backend.chain).chain_id = CHAIN_ID
        self.deployer = deployer
        self.tester = EthereumTester(backend=backend)
        self._chain = backend.chain

    def send(self, to: str | None, data: bytes, value: int = 0) -> dict[str, Any]:
        """Send a transaction as the deployer, of this process only; its receipt. Raises RpcError if it fails."""
        transaction: dict[str, Any] = {
            "from": self.deployer,
            "data": "0x" + data.hex(),
            "value": value,
            "gas": 8_000_000 if data else 21_000,
        }
        if to is not None:
            transaction["to"] = to
        receipt: dict[str, Any] = self.tester.get_transaction_receipt(
            self.tester.send_transaction(transaction)
        )
        if receipt["status"] != 1:
            raise RpcError(SERVER_ERROR, f"the deployer's transaction to {to} failed")
        return receipt

    def call(self, sender: bytes, to: bytes, data: bytes, value: int, gas: int, block: int | str) -> bytes:
        """Run a call on the state after a block, and forget its effects. Raises RpcError, with data if reverted."""
        header = self._header(block)
        state = self._chain.get_vm(at_header=header).state
        # A call costs nothing, so the sender gets what py-evm is about to charge it.
        state.set_balance(
            Address(sender), state.get_balance(Address(sender)) + gas * (header.base_fee_per_gas or 0)
        )
        computation = state.apply_transaction(self._spoofed(header, sender, to, data, value, gas, state))
        if computation.is_error:
            raise _failed(computation.error)
        return bytes(computation.output)

    def estimate(self, sender: bytes, to: bytes, data: bytes, value: int, gas: int) -> int:
        """The gas a transaction needs on the latest state. Raises RpcError if it would fail."""
        header = self._header("latest")
        state = self._chain.get_vm(at_header=header).state
        spoofed = self._spoofed(header, sender, to, data, value, min(gas, 21_000), state)
        try:
            # A half more, since py-evm's estimate leaves no room for state that changes meanwhile.
            return int(self._chain.estimate_gas(spoofed, header)) * 3 // 2
        except VMError as error:
            raise _failed(error) from None

    def _spoofed(
        self, header: BlockHeaderAPI, sender: bytes, to: bytes, data: bytes, value: int, gas: int, state: Any
    ) -> Any:
        unsigned = self._chain.create_unsigned_transaction(
            nonce=state.get_nonce(Address(sender)),
            gas_price=header.base_fee_per_gas or 0,
            gas=gas,
            to=Address(to),
            value=value,
            data=data,
        )
        return SpoofTransaction(unsigned, from_=Address(sender))

    def _header(self, block: int | str) -> BlockHeaderAPI:
        number = self.tester.get_block_by_number(block)["number"]
        header: BlockHeaderAPI = self._chain.get_canonical_block_header_by_number(number)
        return header


def _failed(error: VMError) -> RpcError:
    if isinstance(error, Revert):
        data = bytes(error.args[0]) if error.args and isinstance(error.args[0], bytes) else b""
        return RpcError(REVERTED, "execution reverted", data)
    return RpcError(SERVER_ERROR, f"execution failed: {type(error).__name__}")


def _raw(address: str) -> bytes:
    return bytes.fromhex(address[2:])
