"""Blocks, and ether as of a block. Run in a thread, on one endpoint; what is no answer raises EndpointAnswerError."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parley.chain.errors import EndpointAnswerError
from parley.chain.port import Balance, Block, BlockTag

if TYPE_CHECKING:
    from web3 import Web3

WEI_BITS = 128  # All ether there is fits in 87.


def read_block(web3: Web3, tag: BlockTag | int) -> Block:
    """The latest or the latest finalised block, or the one of a number."""
    found = web3.eth.get_block(tag)
    number, block_hash, timestamp = found["number"], bytes(found["hash"]), found["timestamp"]
    if type(number) is not int or type(timestamp) is not int or len(block_hash) != 32:
        raise EndpointAnswerError("no block")
    if not 0 <= number < 2**63 or not 0 <= timestamp < 2**40:
        raise EndpointAnswerError("no block")
    if type(tag) is int and number != tag:
        raise EndpointAnswerError("another block")
    return Block(number, block_hash, timestamp * 1000)


def read_balance(web3: Web3, account: str) -> Balance:
    """The ether of an account after the latest block: both from one block, by its number."""
    from eth_typing import ChecksumAddress

    block = read_block(web3, "latest")
    wei = web3.eth.get_balance(ChecksumAddress(account), block.number)  # type: ignore[arg-type]
    if type(wei) is not int or not 0 <= wei < 2**WEI_BITS:
        raise EndpointAnswerError("no balance")
    return Balance(account, wei, block)
