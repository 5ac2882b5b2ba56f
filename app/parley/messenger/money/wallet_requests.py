"""What a wallet outside is asked to do (EIP-1193, EIP-5792)."""

from __future__ import annotations

from typing import Any

from parley.chat.payments.model import PaymentRow, RequestedCall
from parley.messenger.money.model import FeeOption


def wallet_request(row: PaymentRow, option: FeeOption | None) -> dict[str, Any]:
    """What a wallet outside is asked (EIP-1193, EIP-5792 version 2.0.0)."""
    calls = [_call_params(each) for each in row.calls]
    if len(calls) > 1:
        batch = {
            "version": "2.0.0",
            "from": row.sender,
            "chainId": hex(row.chain_id),
            "atomicRequired": True,
            "calls": calls,
        }
        return {"method": "wallet_sendCalls", "params": [batch]}
    transaction = {"from": row.sender, "chainId": hex(row.chain_id), **calls[0]}
    if option is not None:
        transaction["maxFeePerGas"] = hex(option.max_fee_per_gas)
        transaction["maxPriorityFeePerGas"] = hex(option.max_priority_fee_per_gas)
    return {"method": "eth_sendTransaction", "params": [transaction]}


def _call_params(call: RequestedCall) -> dict[str, Any]:
    params = {"value": hex(call.value), "data": "0x" + call.data.hex()}
    return params if call.to is None else {"to": call.to, **params}
