"""Contracts and ERC-20 tokens as of a block. Run in a thread, on one endpoint.

What a token says of itself is anybody's text: it has to be short, printable and complete, or there is no token. Its
code may run and return only so much, so that no token can make an endpoint look slow or its answer too long.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from parley.chain.answers import data
from parley.chain.balances import read_block
from parley.chain.errors import NotATokenError
from parley.chain.money import TokenBalance, TokenFacts
from parley.chain.node import NodeError, ask
from parley.chain.port import Block
from parley.chain.printable import is_printable
from parley.chain.signatures import is_delegation

if TYPE_CHECKING:
    from web3 import Web3

CODE_BYTES = 256 * 1024
TOKEN_GAS = 300_000
"""What one question to a token may use; so much memory as would fill an answer costs more."""

RETURNED_BYTES = 512 * 1024
NAME_CHARACTERS = 64
SYMBOL_CHARACTERS = 20
DECIMALS = 36


def read_has_code(web3: Web3, address: str) -> bool:
    """Whether there is a contract. What an EIP-7702 account delegates to leaves it an account of a key."""
    code = data(ask(web3, "eth_getCode", address, "latest"), CODE_BYTES)
    return bool(code) and not is_delegation(code)


def read_token(web3: Web3, address: str) -> TokenFacts:
    """See `MoneyChain.token`."""
    block = read_block(web3, "latest")
    if not data(ask(web3, "eth_getCode", address, hex(block.number)), CODE_BYTES):
        raise NotATokenError("there is no contract")
    decimals = _number(_asked(web3, address, "decimals()", b"", block))
    if decimals is None or decimals > DECIMALS:
        raise NotATokenError("its decimals")
    if _number(_asked(web3, address, "totalSupply()", b"", block)) is None:
        raise NotATokenError("its supply")
    symbol = _text(_asked(web3, address, "symbol()", b"", block))
    if symbol is None or len(symbol) > SYMBOL_CHARACTERS or not is_printable(symbol):
        raise NotATokenError("its symbol")
    name = _text(_asked(web3, address, "name()", b"", block))
    if name is None or len(name) > NAME_CHARACTERS or not is_printable(name):
        raise NotATokenError("its name")
    return TokenFacts(address, name, symbol, decimals)


def read_token_balances(web3: Web3, account: str, tokens: Sequence[str]) -> tuple[TokenBalance, ...]:
    """See `MoneyChain.token_balances`: all of one block, by its number."""
    block = read_block(web3, "latest")
    holder = bytes(12) + bytes.fromhex(account[2:])
    amounts = [(each, _number(_asked(web3, each, "balanceOf(address)", holder, block))) for each in tokens]
    return tuple(TokenBalance(each, account, amount, block) for each, amount in amounts if amount is not None)


def _asked(web3: Web3, token: str, function: str, arguments: bytes, block: Block) -> bytes | None:
    """What a function returns, or None if it fails."""
    from eth_utils.crypto import keccak

    call = {
        "to": token,
        "data": "0x" + (keccak(text=function)[:4] + arguments).hex(),
        "gas": hex(TOKEN_GAS),
    }
    try:
        return data(ask(web3, "eth_call", call, hex(block.number)), RETURNED_BYTES)
    except NodeError as error:
        if error.failed:
            return None
        raise


def _number(returned: bytes | None) -> int | None:
    return int.from_bytes(returned, "big") if returned is not None and len(returned) == 32 else None


def _text(returned: bytes | None) -> str | None:
    """A string, or the 32 bytes with zeros behind that the oldest tokens return."""
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    if returned is None:
        return None
    try:
        if len(returned) == 32:
            return returned.rstrip(b"\0").decode()
        return str(decode(["string"], returned)[0])
    except (DecodingError, OverflowError, ValueError):
        return None
