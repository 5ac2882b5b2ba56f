"""What accounts hold in a `MemoryChain`, and what calls do to it: the coin, tokens, and contracts that fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from parley.chain.account import checksummed
from parley.chain.decode import CallKind, Decoded, decode_call, is_unlimited
from parley.chain.money import Allowance, Call, Movement, TokenFacts

COIN_GAS = 21_000
CALL_GAS = 60_000


@dataclass(slots=True)
class MemoryToken:
    """An ERC-20 token: what it says of itself, who holds it, and who may spend it."""

    facts: TokenFacts
    amounts: dict[str, int] = field(default_factory=dict)
    allowances: dict[tuple[str, str], int] = field(default_factory=dict)

    def copy(self) -> MemoryToken:
        """The same, to be changed apart."""
        return MemoryToken(self.facts, dict(self.amounts), dict(self.allowances))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of calls. Of failed ones: the index of the first that failed, and why."""

    gas: int
    failing: int | None = None
    reason: str | None = None
    movements: tuple[Movement, ...] = ()
    allowances: tuple[Allowance, ...] = ()


class _RevertedError(Exception):
    pass


@dataclass(slots=True)
class MemoryLedger:
    """The state after a block. `reverting`: why every call of a contract fails."""

    wei: dict[str, int] = field(default_factory=dict)
    nonces: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, MemoryToken] = field(default_factory=dict)
    code: set[str] = field(default_factory=set)
    reverting: dict[str, str] = field(default_factory=dict)

    def copy(self) -> MemoryLedger:
        """The same, to be changed apart."""
        tokens = {address: token.copy() for address, token in self.tokens.items()}
        return MemoryLedger(dict(self.wei), dict(self.nonces), tokens, set(self.code), dict(self.reverting))

    def add_wei(self, account: str, wei: int) -> None:
        """Give an account ether, or take it."""
        self.wei[account] = self.wei.get(account, 0) + wei

    def run(self, sender: str, calls: Sequence[Call]) -> Outcome:
        """Make calls one after the other; if one fails, none has happened."""
        trial = self.copy()
        gas = sum(CALL_GAS if each.data else COIN_GAS for each in calls)
        movements: list[Movement] = []
        allowances: list[Allowance] = []
        for index, call in enumerate(calls):
            try:
                trial._call(sender, call, movements, allowances)
            except _RevertedError as error:
                return Outcome(gas, index, str(error))
        self.wei, self.tokens = trial.wei, trial.tokens
        return Outcome(gas, movements=tuple(movements), allowances=tuple(allowances))

    def _call(self, sender: str, call: Call, movements: list[Movement], allowances: list[Allowance]) -> None:
        if self.wei.get(sender, 0) < call.value:
            raise _RevertedError("insufficient funds for transfer")
        if call.to is None:
            return
        if (reason := self.reverting.get(call.to)) is not None:
            raise _RevertedError(reason)
        if call.value:
            self.add_wei(sender, -call.value)
            self.add_wei(call.to, call.value)
            movements.append(Movement(None, sender, call.to, call.value))
        token = self.tokens.get(call.to)
        if token is None:
            return
        decoded = decode_call(call)
        # A token's contract takes no ether and knows no other function.
        if call.value or decoded.kind is CallKind.COIN or decoded.amount is None or decoded.recipient is None:
            raise _RevertedError("execution reverted")
        if decoded.kind is CallKind.APPROVE:
            allowances.append(_approve(token, sender, decoded))
            return
        owner = decoded.owner or sender
        if decoded.kind is CallKind.TOKEN_TRANSFER_FROM:
            allowed = token.allowances.get((owner, sender), 0)
            if allowed < decoded.amount:
                raise _RevertedError("transfer amount exceeds allowance")
            token.allowances[owner, sender] = allowed - decoded.amount
        elif decoded.kind is not CallKind.TOKEN_TRANSFER:
            raise _RevertedError("execution reverted")
        if token.amounts.get(owner, 0) < decoded.amount:
            raise _RevertedError("transfer amount exceeds balance")
        token.amounts[owner] -= decoded.amount
        token.amounts[decoded.recipient] = token.amounts.get(decoded.recipient, 0) + decoded.amount
        movements.append(Movement(call.to, owner, decoded.recipient, decoded.amount))


def _approve(token: MemoryToken, owner: str, decoded: Decoded) -> Allowance:
    spender, amount = checksummed(str(decoded.recipient)), decoded.amount or 0
    if decoded.function.startswith("increase"):
        amount += token.allowances.get((owner, spender), 0)
    token.allowances[owner, spender] = amount
    return Allowance(token.facts.address, owner, spender, None if is_unlimited(amount) else amount)


def touching(outcome: Outcome, account: str) -> Outcome:
    """Only what moves from or to an account, and who may spend what of its."""
    return replace(
        outcome,
        movements=tuple(each for each in outcome.movements if account in (each.sender, each.recipient)),
        allowances=tuple(each for each in outcome.allowances if each.owner == account),
    )
