"""Small contracts written in bytes, for what no compiler would make."""

from __future__ import annotations

import pytest

from harness.small_chain import RICH, SmallChain, signed

CALL, CALLCODE, DELEGATECALL, STATICCALL = 0xF1, 0xF2, 0xF4, 0xFA
STOP, REVERT, INVALID, SELFDESTRUCT = "00", "60006000fd", "fe", "ff"

ENDING = pytest.mark.filterwarnings("ignore:SELFDESTRUCT opcode present:DeprecationWarning")
"""For a test whose contract ends itself: py-evm warns that this may change one day."""


def creation(runtime: str) -> bytes:
    """The code that deploys some code, in hex."""
    length = len(runtime) // 2
    return bytes.fromhex(f"61{length:04x}80600c6000396000f3" + runtime)


def calling(opcode: int, to: str, value: int = 0, size: int = 0) -> str:
    """Make a call with so many zeros, all the gas there is, and no care for what comes of it."""
    amount = f"63{value:08x}" if opcode in (CALL, CALLCODE) else ""
    return f"6000600063{size:08x}6000{amount}73{to.removeprefix('0x')}5a{opcode:02x}50"


def forever(code: str) -> str:
    """Do something again and again."""
    return f"5b{code}600056"


def deployed(chain: SmallChain, runtime: str, wei: int = 0) -> str:
    """Put a contract on a chain without a block time, with so much ether; its address."""
    return deployed_from(chain, creation(runtime), wei)


def deployed_from(chain: SmallChain, code: bytes, wei: int = 0) -> str:
    """Put what a compiler made on such a chain; its address."""
    nonce = int(chain.rpc("eth_getTransactionCount", RICH.address, "latest"), 16)
    sent = chain.send(signed(RICH, nonce, to=None, data=code, gas=6_000_000, value=wei))
    receipt = chain.rpc("eth_getTransactionReceipt", sent)
    assert receipt["status"] == "0x1"
    return str(receipt["contractAddress"])
