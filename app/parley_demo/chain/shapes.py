"""Blocks, transactions, receipts and logs as JSON-RPC has them: all in hex, addresses with their checksum."""

from __future__ import annotations

from typing import Any

import rlp
from eth.vm.forks.prague.blocks import PragueBlock
from eth_utils.address import to_checksum_address

from parley_demo.chain.blocks import Block
from parley_demo.chain.evm import base_fee_of
from parley_demo.chain.ledger import SUCCEEDED
from parley_demo.chain.transactions import (
    CHAIN_ID,
    DYNAMIC_FEE,
    LEGACY,
    SET_CODE,
    Transaction,
    created_address,
)


def hex_bytes(data: bytes) -> str:
    """Bytes with 0x in front."""
    return "0x" + bytes(data).hex()


def block_shape(block: Block, *, full: bool, pending: bool = False) -> dict[str, Any]:
    """A block, with its transactions or their hashes. One that is not made yet has no hash and no nonce."""
    header = block.header
    body = PragueBlock(header, tuple(each.evm for each in block.transactions), (), withdrawals=())
    return {
        "number": hex(header.block_number),
        "hash": None if pending else hex_bytes(header.hash),
        "parentHash": hex_bytes(header.parent_hash),
        "nonce": None if pending else hex_bytes(header.nonce),
        "sha3Uncles": hex_bytes(header.uncles_hash),
        "logsBloom": hex_bytes(header.bloom.to_bytes(256, "big")),
        "transactionsRoot": hex_bytes(header.transaction_root),
        "stateRoot": hex_bytes(header.state_root),
        "receiptsRoot": hex_bytes(header.receipt_root),
        "miner": to_checksum_address(header.coinbase),
        "difficulty": hex(header.difficulty),
        "extraData": hex_bytes(header.extra_data),
        "size": hex(len(rlp.encode(body))),
        "gasLimit": hex(header.gas_limit),
        "gasUsed": hex(header.gas_used),
        "timestamp": hex(header.timestamp),
        "transactions": [
            transaction_shape(each, None if pending else block, index) if full else hex_bytes(each.hash)
            for index, each in enumerate(block.transactions)
        ],
        "uncles": [],
        "withdrawals": [],
        "baseFeePerGas": hex(base_fee_of(header)),
        "mixHash": hex_bytes(header.mix_hash),
        **_later_fields(header),
    }


def transaction_shape(transaction: Transaction, block: Block | None, index: int = 0) -> dict[str, Any]:
    """A transaction; `block` is None while it waits."""
    evm = transaction.evm
    base_fee = base_fee_of(block.header) if block else None
    shape: dict[str, Any] = {
        "hash": hex_bytes(transaction.hash),
        "type": hex(transaction.kind),
        "chainId": hex(CHAIN_ID),
        "nonce": hex(evm.nonce),
        "from": to_checksum_address(transaction.sender),
        "to": to_checksum_address(evm.to) if evm.to else None,
        "value": hex(evm.value),
        "gas": hex(evm.gas),
        "gasPrice": hex(evm.max_fee_per_gas if base_fee is None else _paid(transaction, base_fee)),
        "input": hex_bytes(evm.data),
        "r": hex(evm.r),
        "s": hex(evm.s),
        "blockHash": hex_bytes(block.header.hash) if block else None,
        "blockNumber": hex(block.number) if block else None,
        "transactionIndex": hex(index) if block else None,
    }
    if transaction.kind == LEGACY:
        return shape | {"v": hex(2 * CHAIN_ID + 35 + evm.y_parity)}
    shape |= {
        "v": hex(evm.y_parity),
        "yParity": hex(evm.y_parity),
        "accessList": [
            {
                "address": to_checksum_address(account),
                "storageKeys": [hex_bytes(key.to_bytes(32, "big")) for key in keys],
            }
            for account, keys in evm.access_list
        ],
    }
    if transaction.kind in (DYNAMIC_FEE, SET_CODE):
        shape |= {
            "maxFeePerGas": hex(evm.max_fee_per_gas),
            "maxPriorityFeePerGas": hex(evm.max_priority_fee_per_gas),
        }
    if transaction.kind == SET_CODE:
        shape["authorizationList"] = [
            {
                "chainId": hex(each.chain_id),
                "address": to_checksum_address(each.address),
                "nonce": hex(each.nonce),
                "yParity": hex(each.y_parity),
                "r": hex(each.r),
                "s": hex(each.s),
            }
            for each in evm.authorization_list
        ]
    return shape


def receipt_shape(block: Block, index: int) -> dict[str, Any]:
    """The receipt of a block's transaction."""
    transaction = block.transactions[index]
    receipt = block.receipts[index]
    return {
        "transactionHash": hex_bytes(transaction.hash),
        "transactionIndex": hex(index),
        "blockHash": hex_bytes(block.header.hash),
        "blockNumber": hex(block.number),
        "from": to_checksum_address(transaction.sender),
        "to": to_checksum_address(transaction.evm.to) if transaction.evm.to else None,
        "contractAddress": (
            None if transaction.evm.to else created_address(transaction.sender, transaction.nonce)
        ),
        "cumulativeGasUsed": hex(receipt.gas_used),
        "gasUsed": hex(gas_used(block, index)),
        "effectiveGasPrice": hex(_paid(transaction, base_fee_of(block.header))),
        "logs": log_shapes(block, index),
        "logsBloom": hex_bytes(receipt.bloom.to_bytes(256, "big")),
        "status": hex(receipt.state_root == SUCCEEDED),
        "type": hex(transaction.kind),
    }


def log_shapes(block: Block, index: int) -> list[dict[str, Any]]:
    """The logs of a block's transaction."""
    before = sum(len(each.logs) for each in block.receipts[:index])
    return [
        {
            "address": to_checksum_address(log.address),
            "topics": [hex_bytes(topic.to_bytes(32, "big")) for topic in log.topics],
            "data": hex_bytes(log.data),
            "blockNumber": hex(block.number),
            "blockHash": hex_bytes(block.header.hash),
            "blockTimestamp": hex(block.header.timestamp),
            "transactionHash": hex_bytes(block.transactions[index].hash),
            "transactionIndex": hex(index),
            "logIndex": hex(before + place),
            "removed": False,
        }
        for place, log in enumerate(block.receipts[index].logs)
    ]


def gas_used(block: Block, index: int) -> int:
    """What a block's transaction used by itself."""
    return block.receipts[index].gas_used - (block.receipts[index - 1].gas_used if index else 0)


def _paid(transaction: Transaction, base_fee: int) -> int:
    return base_fee + transaction.tip(base_fee)


def _later_fields(header: Any) -> dict[str, Any]:
    """What Shanghai, Cancun and Prague added."""
    return {
        "withdrawalsRoot": hex_bytes(header.withdrawals_root),
        "blobGasUsed": hex(header.blob_gas_used),
        "excessBlobGas": hex(header.excess_blob_gas),
        "parentBeaconBlockRoot": hex_bytes(header.parent_beacon_block_root),
        "requestsHash": hex_bytes(header.requests_hash),
    }
