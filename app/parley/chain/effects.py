"""What logs say moved, and who may spend: ERC-20, ERC-721, ERC-1155, and the coin where a simulation logs it.

A log is its contract's word: a token may say that it moved and keep everything. Whoever shows one names the token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from parley.chain.account import checksummed
from parley.chain.answers import address, data, fields, items, word
from parley.chain.decode import is_unlimited
from parley.chain.money import Allowance, Movement

COIN_LOGS = "0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE"
"""Who a simulation says logged a move of the coin (traceTransfers of eth_simulateV1); there is no contract there."""

LOGS = 2048
LOG_BYTES = 16 * 1024
BATCH = 64


@dataclass(frozen=True, slots=True)
class Log:
    """A log: the contract that wrote it, 0 to 4 topics of 32 bytes, and data."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Effects:
    """What moved and who may spend, in the order of the logs."""

    movements: tuple[Movement, ...] = ()
    allowances: tuple[Allowance, ...] = ()


def read_logs(answer: Any) -> tuple[Log, ...]:
    """At most 2048 logs as a node gives them; data beyond 16 KiB, which no event of ours has, is left out.

    Raises ValueError.
    """
    found = []
    for each in items(answer, LOGS):
        log = fields(each)
        topics = tuple(word(topic) for topic in items(log["topics"], 4))
        raw = log["data"]
        content = b"" if isinstance(raw, str) and len(raw) > 2 * LOG_BYTES + 2 else data(raw, LOG_BYTES)
        found.append(Log(address(log["address"]), topics, content))
    return tuple(found)


def effects_of(logs: Sequence[Log], *, coin_logs: bool = False) -> Effects:
    """What logs say. `coin_logs`: they are a simulation's, so what COIN_LOGS logged are moves of the coin."""
    movements: list[Movement] = []
    allowances: list[Allowance] = []
    for log in logs:
        movements += movements_of(log, coin_logs=coin_logs)
        allowances += _allowances_of(log)
    return Effects(tuple(movements), tuple(allowances))


def movements_of(log: Log, *, coin_logs: bool = False) -> list[Movement]:
    """What one log says moved; usually one movement or none."""
    event = log.topics[0] if log.topics else b""
    kind = (event, len(log.topics), len(log.data))
    if kind == (_event("Transfer(address,address,uint256)"), 3, 32) and _accounts(log.topics[1:]):
        token = None if coin_logs and log.address == COIN_LOGS else log.address
        sender, recipient = map(_account, log.topics[1:])
        return [Movement(token, sender, recipient, int.from_bytes(log.data, "big"))]
    if kind == (_event("Transfer(address,address,uint256)"), 4, 0) and _accounts(log.topics[1:3]):
        sender, recipient = map(_account, log.topics[1:3])
        return [Movement(log.address, sender, recipient, 1, int.from_bytes(log.topics[3], "big"))]
    if len(log.topics) != 4 or not _accounts(log.topics[1:]):
        return []
    sender, recipient = map(_account, log.topics[2:])
    if kind == (_event("TransferSingle(address,address,address,uint256,uint256)"), 4, 64):
        token_id, amount = (int.from_bytes(log.data[at : at + 32], "big") for at in (0, 32))
        return [Movement(log.address, sender, recipient, amount, token_id)]
    if event == _event("TransferBatch(address,address,address,uint256[],uint256[])"):
        pairs = _batch(log.data)
        return [Movement(log.address, sender, recipient, amount, token_id) for token_id, amount in pairs]
    return []


def _allowances_of(log: Log) -> list[Allowance]:
    event = log.topics[0] if log.topics else b""
    kind = (event, len(log.topics), len(log.data))
    if len(log.topics) < 3 or not _accounts(log.topics[1:3]):
        return []
    owner, spender = map(_account, log.topics[1:3])
    if kind == (_event("Approval(address,address,uint256)"), 3, 32):
        amount = int.from_bytes(log.data, "big")
        return [Allowance(log.address, owner, spender, None if is_unlimited(amount) else amount)]
    if kind == (_event("Approval(address,address,uint256)"), 4, 0):
        return [Allowance(log.address, owner, spender, 1 if any(log.topics[2]) else 0)]
    if kind == (_event("ApprovalForAll(address,address,bool)"), 3, 32):
        return [Allowance(log.address, owner, spender, None if any(log.data) else 0)]
    return []


def _batch(content: bytes) -> list[tuple[int, int]]:
    """Numbers of pieces and how many of each; nothing if they are not two short lists of one length."""
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    try:
        token_ids, amounts = decode(["uint256[]", "uint256[]"], content)
    except (DecodingError, OverflowError, ValueError):
        return []
    if len(token_ids) != len(amounts) or len(token_ids) > BATCH:
        return []
    return list(zip(token_ids, amounts, strict=True))


def _accounts(topics: Sequence[bytes]) -> bool:
    return not any(any(each[:12]) for each in topics)


def _account(topic: bytes) -> str:
    return checksummed("0x" + topic[12:].hex())


@cache
def _event(signature: str) -> bytes:
    from eth_utils.crypto import keccak

    return keccak(text=signature)
