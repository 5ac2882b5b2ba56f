"""Methods of a node that are asked for by their names, and what it says where it does not answer."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from parley.chain.answers import data
from parley.chain.errors import EndpointAnswerError
from parley.chain.printable import printable

if TYPE_CHECKING:
    from web3 import Web3

REASON_CHARACTERS = 200
REVERT_BYTES = 4096

# What nodes say where a call failed, and no question was wrong.
_FAILED = ("revert", "out of gas", "invalid opcode", "invalid jump", "stack", "execution failed", "evm error")
_FAILED_CODES = (3, -32015)
_STANDARD = (
    "ERC20InsufficientBalance(address,uint256,uint256)",
    "ERC20InsufficientAllowance(address,uint256,uint256)",
    "ERC20InvalidReceiver(address)",
    "ERC721NonexistentToken(uint256)",
    "ERC721InsufficientApproval(address,uint256)",
    "ERC1155InsufficientBalance(address,uint256,uint256,uint256)",
    "OwnableUnauthorizedAccount(address)",
    "EnforcedPause()",
)
_ERROR, _PANIC = bytes.fromhex("08c379a0"), bytes.fromhex("4e487b71")


class NodeError(EndpointAnswerError):
    """A node answered with an error of JSON-RPC. `reason` is its text, bounded and printable."""

    def __init__(self, code: int, reason: str, revert: bytes) -> None:
        super().__init__(reason)
        self.code = code
        self.revert = revert

    @property
    def failed(self) -> bool:
        """Whether a call was run and failed, which is an answer."""
        text = self.reason.lower()
        return self.code in _FAILED_CODES or any(each in text for each in _FAILED)


def ask(web3: Web3, method: str, *params: Any, revert_bytes: int = REVERT_BYTES) -> Any:
    """The result of one request, as it was sent.

    Raises NodeError, with what a call reverted with if that is no longer than `revert_bytes`.
    """
    answer: Any = web3.provider.make_request(method, list(params))  # type: ignore[arg-type]
    if answer.get("error") is None:
        return answer["result"]
    raise node_error(answer["error"], revert_bytes)


def node_error(error: Any, revert_bytes: int = REVERT_BYTES) -> NodeError:
    """What an error says, whatever it is made of."""
    if not isinstance(error, dict):
        return NodeError(0, "an error", b"")
    code, message, revert = error.get("code"), error.get("message"), error.get("data")
    try:
        # Some nodes say that in words first.
        text = revert.removeprefix("Reverted ") if isinstance(revert, str) else revert
        content = data(text, revert_bytes)
    except ValueError:
        content = b""
    reason = printable(message, REASON_CHARACTERS) if isinstance(message, str) else ""
    return NodeError(code if type(code) is int else 0, reason or "an error", content)


def why(error: NodeError) -> str:
    """Why a call failed: what its contract said, or else the node; at most 200 printable characters."""
    said = _revert_text(error.revert)
    return printable(said, REASON_CHARACTERS) or error.reason


def _revert_text(revert: bytes) -> str:
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    try:
        if revert[:4] == _ERROR:
            return str(decode(["string"], revert[4:])[0])
        if revert[:4] == _PANIC:
            return f"panic {decode(['uint256'], revert[4:])[0]:#x}"
    except (DecodingError, OverflowError, ValueError):
        return ""
    if len(revert) < 4:
        return ""
    # An error of the contract's own has a selector and no text; of the standard ones (ERC-6093) the name is known.
    return _standard_errors().get(revert[:4], f"error 0x{revert[:4].hex()}")


@cache
def _standard_errors() -> dict[bytes, str]:
    from eth_utils.crypto import keccak

    return {keccak(text=each)[:4]: each[: each.index("(")] for each in _STANDARD}
