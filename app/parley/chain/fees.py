"""What transactions cost now, in three grades, bounded against what a node may say. Run in a thread, on one endpoint.

What is above the base fee goes to whoever makes the block, which may be the node's friend: so a tip is bounded, and
a base fee that no chain has had is no answer. The person sees and confirms the most that a transaction can cost.
"""

from __future__ import annotations

from statistics import median_low
from typing import TYPE_CHECKING, Any

from parley.chain.answers import fields, items, quantity
from parley.chain.balances import read_block
from parley.chain.errors import EndpointAnswerError
from parley.chain.money import FeeChoices, Fees
from parley.chain.node import NodeError, ask
from parley.chain.port import Block

if TYPE_CHECKING:
    from web3 import Web3

GWEI = 10**9
BASE_FEE_MOST = 10_000 * GWEI
TIP_MOST = 500 * GWEI
BLOCKS = 10
PERCENTILES = (10, 50, 90)

# The base fee that is paid at most, in eighths of the next block's: it rises by an eighth in each full block.
_ROOM = (10, 16, 20)

Tips = tuple[int, int, int]


def read_fees(web3: Web3) -> FeeChoices:
    """See `MoneyChain.fees`. From the last blocks' fees; where a node keeps no such history, from its gas price."""
    block = read_block(web3, "latest")
    try:
        base, tips = _history(ask(web3, "eth_feeHistory", hex(BLOCKS), hex(block.number), PERCENTILES))
    except NodeError:
        base, tips = _priced(web3, block)
    if not all(tips):
        # In quiet blocks some paid none, and no pool takes that in: the node knows what it would take.
        least = _suggested(web3)
        tips = (max(least, tips[0]), max(least, tips[1]), max(least, tips[2]))
    # Guarded by tests/chain/test_lying_endpoint.py, cases "fees ...".
    if base > BASE_FEE_MOST or max(tips) > TIP_MOST:
        raise EndpointAnswerError("a fee beyond all bounds")
    slow, normal, fast = (Fees(base * room // 8 + tip, tip) for room, tip in zip(_ROOM, tips, strict=True))
    return FeeChoices(slow, normal, fast, base, block)


def _history(answer: Any) -> tuple[int, Tips]:
    """The base fee of the block to come, and the median of each percentile's tips."""
    history = fields(answer)
    bases = items(history["baseFeePerGas"], BLOCKS + 1)
    rewards = [
        [quantity(each) for each in items(row, len(PERCENTILES))]
        for row in items(history.get("reward") or [], BLOCKS)
    ]
    if not bases or not rewards or any(len(each) != len(PERCENTILES) for each in rewards):
        raise EndpointAnswerError("no fee history")
    slow, normal, fast = (median_low(each) for each in zip(*rewards, strict=True))
    # A grade is never below the one before it, whatever the blocks were like.
    return quantity(bases[-1]), (slow, max(slow, normal), max(slow, normal, fast))


def _priced(web3: Web3, block: Block) -> tuple[int, Tips]:
    """The block's base fee, 0 on a chain without, and as tips what the node's gas price has above it."""
    header = fields(ask(web3, "eth_getBlockByNumber", hex(block.number), False))
    base = quantity(header.get("baseFeePerGas") or "0x0")
    above = max(0, quantity(ask(web3, "eth_gasPrice")) - base)
    return base, (above, above * 5 // 4, above * 3 // 2)


def _suggested(web3: Web3) -> int:
    try:
        return quantity(ask(web3, "eth_maxPriorityFeePerGas"))
    except NodeError:
        return GWEI
