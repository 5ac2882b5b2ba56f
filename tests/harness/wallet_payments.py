"""How a test wallet pays: a transaction filled in by its node, signed in Python (EIP-1559), and handed in raw.

A contract account, and one that delegates to a SmartWallet (EIP-7702), makes several calls by one transaction
(EIP-5792).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

from harness.contract_accounts import batch_data
from harness.signers import ContractSigner, KeySigner, Signer
from harness.wallet_prompts import WalletError

PENDING, CONFIRMED, REVERTED = 100, 200, 500
"""Statuses of a batch (EIP-5792)."""


class Node(Protocol):
    """Where a wallet asks a chain. `EmbeddedWorld` is one."""

    def post(self, content: Any) -> httpx.Response:
        """A JSON-RPC request."""
        ...


@dataclass
class Payments:
    """The payments of one wallet.

    Attributes:
        nodes: by chain id; on other chains nothing can be sent.
        hashes: of the transactions that were sent, in their order.
        batches: the chain id and the hash of each batch, by its id.
    """

    nodes: Mapping[int, Node]
    hashes: list[str] = field(default_factory=list)
    batches: dict[str, tuple[int, str]] = field(default_factory=dict)

    def send(self, chain_id: int, signer: Signer, transaction: Mapping[str, Any]) -> str:
        """Send what a page asked for; gives the hash. Raises WalletError."""
        call = _call(transaction)
        if isinstance(signer, ContractSigner):
            return self._send(chain_id, signer.owner, _batch(signer.address, [call]), transaction)
        return self._send(chain_id, _key(signer), call, transaction)

    def send_calls(self, chain_id: int, signer: Signer, calls: Sequence[Mapping[str, Any]]) -> str:
        """Send calls as one transaction; gives the id of the batch. Raises WalletError."""
        key = signer.owner if isinstance(signer, ContractSigner) else _key(signer)
        sent = self._send(chain_id, key, _batch(signer.address, [_call(each) for each in calls]), {})
        batch_id = "0x" + secrets.token_hex(32)
        self.batches[batch_id] = chain_id, sent
        return batch_id

    def makes_batches(self, chain_id: int, address: str) -> bool:
        """Whether an account is a contract or delegates to one, here always a SmartWallet."""
        return bool(self.ask(chain_id, "eth_getCode", address, "latest") != "0x")

    def status(self, batch_id: str) -> dict[str, Any]:
        """What became of a batch, as EIP-5792 has it. Raises WalletError."""
        if batch_id not in self.batches:
            raise WalletError(5730, "Unknown bundle id.")
        chain_id, sent = self.batches[batch_id]
        told = {"version": "2.0.0", "id": batch_id, "chainId": hex(chain_id), "atomic": True}
        receipt = self.ask(chain_id, "eth_getTransactionReceipt", sent)
        if receipt is None:
            return told | {"status": PENDING}
        names = ("logs", "status", "blockHash", "blockNumber", "gasUsed", "transactionHash")
        status = CONFIRMED if receipt["status"] == "0x1" else REVERTED
        return told | {"status": status, "receipts": [{name: receipt[name] for name in names}]}

    def ask(self, chain_id: int, method: str, *params: Any) -> Any:
        """Ask the node of a chain. Raises WalletError."""
        if chain_id not in self.nodes:
            raise WalletError(-32603, f"There is no node for chain {chain_id}.")
        answer = (
            self.nodes[chain_id].post({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).json()
        )
        if "error" in answer:
            raise WalletError(-32603, answer["error"]["message"])
        return answer["result"]

    def _send(self, chain_id: int, key: LocalAccount, call: dict[str, Any], wanted: Mapping[str, Any]) -> str:
        asked = {"from": key.address, **call}
        signed = key.sign_transaction(
            {
                "type": 2,
                "chainId": chain_id,
                "nonce": self._number(chain_id, "eth_getTransactionCount", key.address, "pending"),
                # What is estimated is just enough, and what is not used is not paid for.
                "gas": self._number(chain_id, "eth_estimateGas", asked) * 5 // 4,
                **self._fees(chain_id, wanted),
                **call,
            }
        )
        sent = self.ask(chain_id, "eth_sendRawTransaction", "0x" + bytes(signed.raw_transaction).hex())
        self.hashes.append(sent)
        return str(sent)

    def _fees(self, chain_id: int, wanted: Mapping[str, Any]) -> dict[str, int]:
        names = ("maxFeePerGas", "maxPriorityFeePerGas")
        if all(name in wanted for name in names):
            return {name: int(wanted[name], 16) for name in names}
        priority = self._number(chain_id, "eth_maxPriorityFeePerGas")
        return {names[0]: self._number(chain_id, "eth_gasPrice") * 2 + priority, names[1]: priority}

    def _number(self, chain_id: int, method: str, *params: Any) -> int:
        return int(self.ask(chain_id, method, *params), 16)


def _call(asked: Mapping[str, Any]) -> dict[str, Any]:
    call = {"value": asked.get("value", "0x0"), "data": asked.get("data", "0x")}
    return call if asked.get("to") is None else {"to": to_checksum_address(asked["to"]), **call}


def _batch(account: str, calls: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    try:
        parts = [(each["to"], int(each["value"], 16), bytes.fromhex(each["data"][2:])) for each in calls]
    except KeyError as error:
        raise WalletError(-32602, "A contract account creates no contracts.") from error
    return {"to": account, "value": "0x0", "data": "0x" + batch_data(*parts).hex()}


def _key(signer: Signer) -> LocalAccount:
    if not isinstance(signer, KeySigner):
        raise WalletError(4200, "This account sends nothing.")
    return signer.key
