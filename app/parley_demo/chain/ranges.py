"""What looks over many blocks at once, and is bounded for it: logs and the history of fees."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth.abc import LogAPI

from parley_demo.chain.blocks import Block
from parley_demo.chain.errors import INVALID_PARAMS, RpcError
from parley_demo.chain.evm import base_fee_after, base_fee_of
from parley_demo.chain.ledger import Ledger
from parley_demo.chain.shapes import gas_used, log_shapes

LOG_BLOCKS = 10_000
LOGS = 10_000
FILTER_CHOICES = 1000
FEE_BLOCKS = 1024
PERCENTILES = 100


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which logs are asked for: of any of `addresses` (all if empty), and per place any of its topics."""

    addresses: frozenset[bytes]
    topics: tuple[frozenset[int], ...]

    def matches(self, log: LogAPI) -> bool:
        """Whether a log is one of them. An empty set of topics is met by any, but not by a missing one."""
        if self.addresses and bytes(log.address) not in self.addresses:
            return False
        if len(self.topics) > len(log.topics):
            return False
        return all(
            not wanted or topic in wanted for wanted, topic in zip(self.topics, log.topics, strict=False)
        )


def find_logs(blocks: Sequence[Block], wanted: LogFilter) -> list[dict[str, Any]]:
    """The logs of some blocks. Raises RpcError beyond `LOGS`."""
    found: list[dict[str, Any]] = []
    for block in blocks:
        for index, receipt in enumerate(block.receipts):
            if not any(wanted.matches(log) for log in receipt.logs):
                continue
            shapes = zip(receipt.logs, log_shapes(block, index), strict=True)
            found += [shape for log, shape in shapes if wanted.matches(log)]
            if len(found) > LOGS:
                raise RpcError(INVALID_PARAMS, f"query returned more than {LOGS} results")
    return found


def fee_history(ledger: Ledger, count: int, newest: int, percentiles: Sequence[float]) -> dict[str, Any]:
    """`eth_feeHistory`: base fees including the next block's, how full the blocks were, and what tips were paid."""
    if not all(0 <= each <= 100 for each in percentiles) or list(percentiles) != sorted(percentiles):
        raise RpcError(INVALID_PARAMS, "percentiles rise from 0 to 100")
    if len(percentiles) > PERCENTILES:
        raise RpcError(INVALID_PARAMS, f"at most {PERCENTILES} percentiles")
    first = max(0, newest - min(count, FEE_BLOCKS) + 1)
    blocks = [block for number in range(first, newest + 1) if (block := ledger.blocks.block(number))]
    history: dict[str, Any] = {
        "oldestBlock": hex(first),
        "baseFeePerGas": [hex(base_fee_of(each.header)) for each in blocks],
        "gasUsedRatio": [each.header.gas_used / each.header.gas_limit for each in blocks],
    }
    if blocks:
        history["baseFeePerGas"].append(hex(base_fee_after(blocks[-1].header, 0)))
    if percentiles:
        history["reward"] = [[hex(tip) for tip in _tips(each, percentiles)] for each in blocks]
    return history


def _tips(block: Block, percentiles: Sequence[float]) -> list[int]:
    """The tips below which so many percent of a block's gas paid."""
    base_fee = base_fee_of(block.header)
    paid = sorted(
        (each.tip(base_fee), gas_used(block, index)) for index, each in enumerate(block.transactions)
    )
    found: list[int] = []
    for percentile in percentiles:
        threshold = block.header.gas_used * percentile / 100
        passed = itertools.accumulate(gas for _, gas in paid)
        found.append(next((tip for (tip, _), gas in zip(paid, passed, strict=True) if gas >= threshold), 0))
    return found
