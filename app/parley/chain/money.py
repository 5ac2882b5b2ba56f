"""What money asks of a chain: facts about calls, tokens, fees and transactions.

Amounts are integers in the smallest unit (wei for the chain's own coin). Addresses are EIP-55 text. Whatever a node
or a contract says is bounded before it gets here; nothing here is proved.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from parley.chain.port import Block, Chain


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an account: `to` is None where a contract would be created; `value` in wei."""

    to: str | None
    value: int = 0
    data: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What an ERC-20 says of itself, bounded and printable. Its name and symbol are anybody's text."""

    address: str
    name: str
    symbol: str
    decimals: int


@dataclass(frozen=True, slots=True)
class TokenBalance:
    """How much of a token an account holds after a block."""

    token: str
    account: str
    amount: int
    block: Block


@dataclass(frozen=True, slots=True)
class Fees:
    """The fees of EIP-1559, wei per gas."""

    max_fee_per_gas: int
    max_priority_fee_per_gas: int


@dataclass(frozen=True, slots=True)
class FeeChoices:
    """Three fees to choose from, and the base fee of the block they are as of."""

    slow: Fees
    normal: Fees
    fast: Fees
    base_fee: int
    block: Block


@dataclass(frozen=True, slots=True)
class Nonces:
    """How many transactions of an account are mined, and how many with those that wait at this node."""

    mined: int
    pending: int


@dataclass(frozen=True, slots=True)
class Movement:
    """`amount` of a token (None: the coin), or one piece of a collection, moves from one account to another."""

    token: str | None
    sender: str
    recipient: str
    amount: int
    token_id: int | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """An account lets another spend: `amount` of a token; None for all of it, or all pieces of a collection."""

    token: str
    owner: str
    spender: str
    amount: int | None


class SimulatedBy(StrEnum):
    """How it was found out what calls would do."""

    SIMULATE_V1 = "eth_simulateV1"  # run as a block, with all movements
    CALL = "eth_call"  # whether it would fail, and what gas it takes; what moves is not known


@dataclass(frozen=True, slots=True)
class Simulation:
    """What calls would do now.

    Attributes:
        reason: why they would fail, bounded and printable; None if they would not.
        failing: the index of the call that fails.
        gas: what all of them together need, with nothing to spare; 0 if they fail.
        movements: what leaves or reaches the sender, coin and tokens; known by SIMULATE_V1 only.
        allowances: who may spend what of the sender's, as these calls set it; known by SIMULATE_V1 only.
    """

    by: SimulatedBy
    succeeds: bool
    reason: str | None
    failing: int | None
    gas: int
    movements: tuple[Movement, ...]
    allowances: tuple[Allowance, ...]
    block: Block


class Stage(StrEnum):
    """Where a transaction is, as one node sees it now."""

    UNKNOWN = "unknown"  # never seen, dropped, replaced, or not arrived at this node
    PENDING = "pending"
    MINED = "mined"


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A transaction as a node sees it. The fields after `stage` are None while it is unknown.

    Attributes:
        succeeded: of a mined one.
        block: the block it is in, of a mined one.
        confirmations: 1 in the latest block; 0 while it is not mined.
        fee: what was paid for it in wei, of a mined one.
    """

    hash: bytes
    stage: Stage
    sender: str | None = None
    nonce: int | None = None
    call: Call | None = None
    succeeded: bool | None = None
    block: Block | None = None
    confirmations: int = 0
    fee: int | None = None


class Evidence(StrEnum):
    """What shows that a transaction made certain calls."""

    FIELDS = "fields"  # it is that call itself
    TRACE = "trace"  # debug_traceTransaction shows the account making them
    LOGS = "logs"  # token transfers in its receipt have the same effect
    NONE = "none"  # the node offers nothing that would show it


class Verdict(StrEnum):
    """Whether a transaction is the payment somebody says it is."""

    UNKNOWN = "unknown"
    PENDING = "pending"
    FAILED = "failed"
    DIFFERS = "differs"
    UNPROVABLE = "unprovable"  # a batch or a contract account, and this node can show neither trace nor logs
    PAID = "paid"


LOG_POSITION = 2**20
"""What is added to the place of a log, so that it is never the position of a call."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the chain says of a claim that a transaction made these calls for this account.

    Attributes:
        positions: what in the transaction showed it, one for each call, of a paid one: the place among the calls
            that the account makes in it, or LOG_POSITION and the place among its logs. One transaction may pay
            several requests; a position pays one, so whoever settles keeps (chain, hash, sender, position) as
            taken.
    """

    verdict: Verdict
    evidence: Evidence
    inclusion: Inclusion
    positions: tuple[int, ...] = ()


class MoneyChain(Chain, Protocol):
    """Reads what money needs, and hands in signed transactions. Raises what `Chain` does, besides what it names."""

    async def has_code(self, address: str) -> bool:
        """Whether there is a contract at an address (an EIP-7702 delegation is none)."""
        ...

    async def token(self, address: str) -> TokenFacts:
        """What a token says of itself. Raises NotATokenError: there is none there, or its data is out of bounds."""
        ...

    async def token_balances(self, account: str, tokens: Sequence[str]) -> tuple[TokenBalance, ...]:
        """How much of each of at most 50 tokens an account holds; one that does not answer is left out."""
        ...

    async def fees(self) -> FeeChoices:
        """What transactions cost now."""
        ...

    async def nonces(self, account: str) -> Nonces:
        """How many transactions of an account there are."""
        ...

    async def simulate(self, sender: str, calls: Sequence[Call]) -> Simulation:
        """What at most 16 calls, made one after the other in one block, would do now."""
        ...

    async def send(self, raw: bytes) -> bytes:
        """Hand in a signed transaction, again if need be; gives its hash.

        Raises NonceTakenError, UnderpricedError, InsufficientFundsError, TransactionRefusedError.
        """
        ...

    async def inclusion(self, transaction_hash: bytes) -> Inclusion:
        """Where a transaction is now."""
        ...

    async def settlement(
        self, transaction_hash: bytes, sender: str, calls: Sequence[Call], taken: Collection[int] = ()
    ) -> Settlement:
        """Whether a transaction made exactly these 1 to 16 calls for `sender`, in this order, and what shows it.

        Calls beside them do no harm: an account that is a contract pays for its transaction by one. Positions that
        are `taken` settled something else and do not count; once some are, only evidence of their kind does.
        """
        ...
