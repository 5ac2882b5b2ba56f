"""What a call does, read from its bytes alone; and calls that pay.

Nothing is asked, so nobody can make a call look like another. A known selector says what a function is called, and
not what a contract does: anybody can write a contract whose `vote` spends. What is not on the list is unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import Any

from parley.chain.account import checksummed
from parley.chain.functions import DATA_BYTES, Function, decode_arguments, parse_function, shown
from parley.chain.money import Call

UNLIMITED_FROM = 2**128
"""More than there is of any token: an approval of so much or more has no limit, whatever its digits."""

INNER_CALLS = 16


class CallKind(StrEnum):
    """What a call does."""

    COIN = "coin"
    TOKEN_TRANSFER = "token-transfer"  # noqa: S105
    TOKEN_TRANSFER_FROM = "token-transfer-from"  # noqa: S105
    PIECE_TRANSFER = "piece-transfer"  # of a collection: ERC-721, ERC-1155
    APPROVE = "approve"
    APPROVAL_FOR_ALL = "approval-for-all"
    PERMIT = "permit"
    FUNCTION = "function"  # a known function, with its arguments
    UNKNOWN = "unknown"
    CREATE = "create"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A call, read from its bytes. What its kind does not have is None.

    Attributes:
        token: the contract whose token moves or may be spent. ERC-20 and ERC-721 spell `transferFrom` and `approve`
            alike: of a collection, `amount` is the number of a piece.
        amount: exact, in the smallest unit. Of a coin transfer the wei; of an approval what may be spent then.
        unlimited: of an approval: the amount has no limit in effect, or it is for all there is.
        recipient: who receives, or who may spend.
        owner: whose it is, where that is not the caller.
        function: the signature of a known function, or the selector of an unknown one as "0x........".
        arguments: name and value of each argument, printable.
        inner: the calls in a multicall, which the same contract makes as the caller's.
    """

    kind: CallKind
    call: Call
    token: str | None = None
    amount: int | None = None
    unlimited: bool = False
    recipient: str | None = None
    owner: str | None = None
    token_id: int | None = None
    function: str = ""
    arguments: tuple[tuple[str, str], ...] = ()
    inner: tuple[Decoded, ...] = field(default=(), repr=False)


def decode_call(call: Call) -> Decoded:
    """Read a call of at most 16 KiB; a longer one is unknown. Never raises, whatever the bytes are."""
    return _decode(call, nested=False)


def encode_transfer(token: str | None, to: str, amount: int) -> Call:
    """The call that pays an amount of a token (None: the coin) to an address.

    Raises ValueError for what is no address, and for an amount that is not positive or has more than 256 bits.
    """
    if type(amount) is not int or not 0 < amount < 2**256:
        raise ValueError("no amount")
    recipient = checksummed(to)
    if token is None:
        return Call(recipient, amount)
    from eth_abi.abi import encode

    return Call(checksummed(token), 0, _TRANSFER.selector + encode(_TRANSFER.types, [recipient, amount]))


def is_unlimited(amount: int) -> bool:
    """Whether an approval of this amount is one without limit: beyond any supply, or the most that a type holds."""
    return amount >= UNLIMITED_FROM or amount in _MAXIMA


def _decode(call: Call, *, nested: bool) -> Decoded:
    if call.to is None:
        return Decoded(CallKind.CREATE, call)
    if not call.data:
        return Decoded(CallKind.COIN, call, amount=call.value, recipient=call.to)
    unknown = Decoded(CallKind.UNKNOWN, call, function="0x" + call.data[:4].hex())
    if not 4 <= len(call.data) <= DATA_BYTES:
        return unknown
    known = _known().get(call.data[:4])
    values = decode_arguments(known[0], call.data[4:]) if known else None
    if known is None or values is None:
        return unknown
    function, read = known
    arguments = tuple(
        (name, shown(kind, value))
        for name, kind, value in zip(function.names, function.types, values, strict=True)
    )
    decoded = replace(
        read(call, values) if read else Decoded(CallKind.FUNCTION, call),
        function=function.signature,
        arguments=arguments,
    )
    if function.name != "multicall":
        return decoded
    # Its calls come from the caller itself, so an approval inside one is an approval; one level is enough.
    inner = tuple(values[-1])
    if nested or len(inner) > INNER_CALLS:
        return unknown
    return replace(
        decoded, inner=tuple(_decode(Call(call.to, 0, bytes(each)), nested=True) for each in inner if each)
    )


_Reader = Callable[[Call, tuple[Any, ...]], Decoded]


def _transfer(call: Call, values: tuple[Any, ...]) -> Decoded:
    to, amount = values
    return Decoded(CallKind.TOKEN_TRANSFER, call, call.to, amount, recipient=checksummed(to))


def _transfer_from(call: Call, values: tuple[Any, ...]) -> Decoded:
    owner, to, amount = values
    return Decoded(
        CallKind.TOKEN_TRANSFER_FROM,
        call,
        call.to,
        amount,
        owner=checksummed(owner),
        recipient=checksummed(to),
    )


def _permit2_transfer_from(call: Call, values: tuple[Any, ...]) -> Decoded:
    owner, to, amount, token = values
    return replace(_transfer_from(call, (owner, to, amount)), token=checksummed(token))


def _piece(call: Call, values: tuple[Any, ...]) -> Decoded:
    owner, to, token_id = values[:3]
    # ERC-1155 names how many of a piece; ERC-721 has one of each.
    amount = values[3] if len(values) == 5 else 1
    return Decoded(
        CallKind.PIECE_TRANSFER,
        call,
        call.to,
        amount,
        owner=checksummed(owner),
        recipient=checksummed(to),
        token_id=token_id,
    )


def _pieces(call: Call, values: tuple[Any, ...]) -> Decoded:
    owner, to = values[:2]
    return Decoded(
        CallKind.PIECE_TRANSFER, call, call.to, owner=checksummed(owner), recipient=checksummed(to)
    )


def _approve(call: Call, values: tuple[Any, ...]) -> Decoded:
    spender, amount = values
    return Decoded(
        CallKind.APPROVE, call, call.to, amount, is_unlimited(amount), recipient=checksummed(spender)
    )


def _permit2_approve(call: Call, values: tuple[Any, ...]) -> Decoded:
    token, spender, amount, _ = values
    return replace(_approve(call, (spender, amount)), token=checksummed(token))


def _approval_for_all(call: Call, values: tuple[Any, ...]) -> Decoded:
    operator, approved = values
    return Decoded(
        CallKind.APPROVAL_FOR_ALL, call, call.to, unlimited=approved, recipient=checksummed(operator)
    )


def _permit(call: Call, values: tuple[Any, ...]) -> Decoded:
    owner, spender, amount = values[:3]
    return Decoded(
        CallKind.PERMIT,
        call,
        call.to,
        amount,
        is_unlimited(amount),
        owner=checksummed(owner),
        recipient=checksummed(spender),
    )


def _dai_permit(call: Call, values: tuple[Any, ...]) -> Decoded:
    # DAI's own permit is for all or for nothing.
    owner, spender, _, _, allowed = values[:5]
    return replace(_permit(call, (owner, spender, 0)), amount=None if allowed else 0, unlimited=allowed)


def _permit2_permit(call: Call, values: tuple[Any, ...]) -> Decoded:
    owner, ((token, amount, _, _), spender, _), _ = values
    return replace(_permit(call, (owner, spender, amount)), token=checksummed(token))


_TRANSFER = parse_function("transfer(address to, uint256 amount)")
_READ: tuple[tuple[Function, _Reader], ...] = (
    (_TRANSFER, _transfer),
    (parse_function("transferFrom(address from, address to, uint256 amount)"), _transfer_from),
    (parse_function("approve(address spender, uint256 amount)"), _approve),
    (parse_function("increaseAllowance(address spender, uint256 added)"), _approve),
    (parse_function("setApprovalForAll(address operator, bool approved)"), _approval_for_all),
    (parse_function("safeTransferFrom(address from, address to, uint256 id)"), _piece),
    (parse_function("safeTransferFrom(address from, address to, uint256 id, bytes data)"), _piece),
    (
        parse_function("safeTransferFrom(address from, address to, uint256 id, uint256 amount, bytes data)"),
        _piece,
    ),
    (
        parse_function(
            "safeBatchTransferFrom(address from, address to, uint256[] ids, uint256[] amounts, bytes data)"
        ),
        _pieces,
    ),
    (
        parse_function(
            "permit(address owner, address spender, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)"
        ),
        _permit,
    ),
    (
        parse_function(
            "permit(address holder, address spender, uint256 nonce, uint256 expiry, bool allowed, "
            "uint8 v, bytes32 r, bytes32 s)"
        ),
        _dai_permit,
    ),
    # Permit2, which most exchanges spend by; a tuple is no elementary type.
    (
        parse_function("approve(address token, address spender, uint160 amount, uint48 expiration)"),
        _permit2_approve,
    ),
    (
        parse_function("transferFrom(address from, address to, uint160 amount, address token)"),
        _permit2_transfer_from,
    ),
    (
        Function(
            "permit",
            ("address", "((address,uint160,uint48,uint48),address,uint256)", "bytes"),
            ("owner", "permit", "signature"),
        ),
        _permit2_permit,
    ),
)
_NAMED = (
    "decreaseAllowance(address spender, uint256 removed)",
    "vote(uint256 option)",
    "vote(uint8 option)",
    "vote(uint256 proposal, bool support)",
    "castVote(uint256 proposal, uint8 support)",
    "castVoteWithReason(uint256 proposal, uint8 support, string reason)",
    "delegate(address delegatee)",
    "deposit()",
    "deposit(uint256 amount)",
    "deposit(uint256 assets, address receiver)",
    "withdraw()",
    "withdraw(uint256 amount)",
    "withdraw(uint256 assets, address receiver, address owner)",
    "redeem(uint256 shares, address receiver, address owner)",
    "mint(address to, uint256 amount)",
    "burn(uint256 amount)",
    "claim()",
    "stake(uint256 amount)",
    "transferOwnership(address owner)",
    "renounceOwnership()",
)
_MULTICALLS = (
    Function("multicall", ("bytes[]",), ("calls",)),
    Function("multicall", ("uint256", "bytes[]"), ("deadline", "calls")),
)
_MAXIMA = frozenset(2**bits - 1 for bits in range(64, 257, 8))


@cache
def _known() -> dict[bytes, tuple[Function, _Reader | None]]:
    """The list by selectors; made on first use, since hashing loads a library."""
    named = [*map(parse_function, _NAMED), *_MULTICALLS]
    found: dict[bytes, tuple[Function, _Reader | None]] = {each.selector: (each, None) for each in named}
    return found | {function.selector: (function, read) for function, read in _READ}
