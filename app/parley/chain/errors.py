"""What can go wrong in chain. A ValueError is a bug of the caller and is not listed here.

Attributes name an endpoint by scheme, host and port only: the rest of its address often is a key.
"""

from __future__ import annotations


class ChainError(Exception):
    """The root of every error of this room."""


class NoEndpointError(ChainError):
    """Nothing was asked, because no endpoint is set."""


class EndpointError(ChainError):
    """One endpoint failed, and the next is asked. Of these only WrongChainError ever leaves the room."""


class EndpointUnreachableError(EndpointError):
    """It could not be reached, or did not answer within the time; `reason` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class EndpointAnswerError(EndpointError):
    """It answered something that is no answer: too long, not JSON, another request's, an error of its own."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AnswerTooLongError(EndpointAnswerError):
    """Its answer is longer than any is read, which may be the doing of a contract that it was asked about."""


class WrongChainError(EndpointError):
    """Every endpoint that answered is on another chain than `expected`; `claimed` is what this one said."""

    def __init__(self, endpoint: str, expected: int, claimed: int) -> None:
        super().__init__(f"{endpoint} is on chain {claimed}, not {expected}")
        self.endpoint = endpoint
        self.expected = expected
        self.claimed = claimed


class EndpointsUnreachableError(ChainError):
    """No endpoint gave an answer; `reasons` maps each endpoint to why."""

    def __init__(self, reasons: dict[str, str]) -> None:
        super().__init__("; ".join(f"{endpoint}: {reason}" for endpoint, reason in reasons.items()))
        self.reasons = reasons


class InvalidNameError(ChainError):
    """No ENS name can be spelled so: not allowed by ENSIP-15, without a dot, or too long."""


class OffchainNameError(ChainError):
    """The name's answer lies with a gateway (ERC-3668), which would learn who asks; it was not asked."""


class GatewaysFailedError(ChainError):
    """Gateways (ERC-3668) were allowed and gave no answer that the name's contract takes; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NamesUnsupportedError(ChainError):
    """There is no ENS on this chain."""


class SignInError(ChainError):
    """A sign-in was refused; `field` names what was wrong: a field of EIP-4361, "format" or "signature"."""

    def __init__(self, field: str) -> None:
        super().__init__(f"sign-in refused: {field}")
        self.field = field


class InvalidFunctionError(ChainError):
    """A text is no signature of a function, or names types that are not offered."""


class InvalidArgumentError(ChainError):
    """An argument is none of its type. `index` counts from 0, or is None for their number; `kind` is the type."""

    def __init__(self, index: int | None, kind: str) -> None:
        super().__init__(f"argument {index}: {kind}")
        self.index = index
        self.kind = kind


class InvalidPaymentUriError(ChainError):
    """A text is no EIP-681 request to pay the coin or an ERC-20 token."""


class NotATokenError(ChainError):
    """There is no ERC-20 token at the address, or what it says of itself is out of bounds; `reason` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RefusedError(ChainError):
    """A node did not take a transaction in; `reason` is its text, bounded and printable.

    A node can refuse what another takes in, so it is no proof that the transaction will never be mined.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NonceTakenError(RefusedError):
    """Another transaction of the account with this nonce is mined."""


class UnderpricedError(RefusedError):
    """The fees are too low: for this node, for the block, or to replace the transaction that waits."""


class InsufficientFundsError(RefusedError):
    """The account has less than the value and the most that the fee can be."""


class TransactionRefusedError(RefusedError):
    """It was refused for another reason."""
