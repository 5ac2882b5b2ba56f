"""Previews, composed: calls are decoded, simulated and priced before anybody can confirm them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from parley.chain.api import (
    ChainError,
    FeeChoices,
    MoneyChain,
    SimulatedBy,
    Simulation,
    TokenFacts,
    WrongChainError,
    encode_transfer,
)
from parley.chat.payments.model import RequestedCall, RequestRow
from parley.messenger.errors import WrongNodeChainError
from parley.messenger.money.asking import Chains, explained
from parley.messenger.money.decoding import AssetOf, chain_calls, known_assets, named_tokens, show_calls
from parley.messenger.money.errors import InvalidAmountError, NotEnoughError
from parley.messenger.money.fees import fee_options, gas_limit, most_to_send
from parley.messenger.money.model import (
    Asset,
    CallKind,
    Effect,
    FeeOption,
    MoneyAccount,
    Preview,
    ShownCall,
)
from parley.messenger.money.ports import Acquaintances, Acquainted
from parley.messenger.money.previews import Plan, Previews
from parley.messenger.money.recipients import recipient
from parley.messenger.money.warnings import Facts, called, typed_word, warnings

T = TypeVar("T")

MOST_TOKENS_ASKED = 8
MOST_CODE_ASKED = 16

Options = Callable[[FeeChoices, int], tuple[FeeOption, ...]]
"""Fees to choose from, of what is usual now and the gas."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a preview is composed of.

    Attributes:
        plan: what would be signed.
        note: what somebody wrote beside it.
        options: other fees than the usual ones.
    """

    chain_id: int
    account: MoneyAccount
    plan: Plan
    name: str | None = None
    conversation_id: str | None = None
    request: RequestRow | None = None
    replaces: str | None = None
    options: Options = fee_options

    @property
    def note(self) -> str:
        """What the requester wrote."""
        return "" if self.request is None else self.request.request.note


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation, and the other's address on the chain that is paid on."""

    conversation_id: str
    address: str


class Composer:
    """Composes previews for one opened profile.

    Args:
        read_chain_id: the chain that the person reads now.
        offchain_names: whether servers outside the chain may be asked for a name now.
    """

    def __init__(
        self,
        chains: Chains,
        acquaintances: Acquaintances,
        previews: Previews,
        read_chain_id: Callable[[], int],
        *,
        offchain_names: Callable[[], bool],
    ) -> None:
        self._chains = chains
        self._acquaintances = acquaintances
        self._previews = previews
        self._read_chain_id = read_chain_id
        self._offchain_names = offchain_names

    async def send(
        self,
        account: MoneyAccount,
        chain_id: int,
        token: str | None,
        to: str,
        amount: int | None,
        conversation: Conversation | None = None,
    ) -> Preview:
        """A payment to an address or a name; `amount` None: all that leaves the dearest fee.

        Args:
            conversation: where it is told of, if that is whose address is paid: nobody is told of payments to others.

        Raises:
            InvalidAmountError: not positive.
            NotEnoughError: of everything, nothing is left once the fee is paid.
            What `recipient` raises, and for everything: NoNodeError, NodesUnreachableError, WrongNodeChainError.
        """
        if amount is not None and amount <= 0:
            raise InvalidAmountError
        found = await recipient(self._chains, chain_id, to, offchain=self._offchain_names())
        if amount is None:
            amount = await self._all_of(account, chain_id, token, found.address)
        call = encode_transfer(token, found.address, amount)
        named = None if found.name is None else found.address
        plan = Plan((RequestedCall(call.to, call.value, call.data),), named)
        # Guarded by tests/messenger/money/test_composing.py::test_nobody_is_told_of_payments_to_others.
        told = conversation is not None and found.address == conversation.address
        conversation_id = conversation.conversation_id if told and conversation is not None else None
        return await self.compose(
            Wanted(chain_id, account, plan, name=found.name, conversation_id=conversation_id)
        )

    async def compose(self, wanted: Wanted) -> Preview:
        """Decode, simulate, price and keep a preview. A node that does not answer is told by what is missing.

        Raises:
            WrongNodeChainError: the node is on another chain than the calls are for.
        """
        calls = wanted.plan.calls
        chain = self._chains(wanted.chain_id)
        met = await self._acquaintances.acquainted(wanted.chain_id)
        try:
            asset_of = await self._assets(chain, wanted, met)
            shown = show_calls(calls, asset_of)
            simulation = await _asked(chain.simulate(wanted.account.address, chain_calls(calls)))
            empty = await self._empty(chain, shown)
            choices = await _asked(chain.fees()) if simulation is not None else None
        except WrongChainError as error:
            raise WrongNodeChainError(error.expected, error.claimed) from error
        facts = Facts(
            chain_id=wanted.chain_id,
            read_chain_id=self._read_chain_id(),
            payer=wanted.account.address,
            calls=shown,
            known=met.names,
            paid=met.paid,
            amounts=met.amounts,
            empty=empty,
            simulation=simulation,
            note=wanted.note,
        )
        warned = warnings(facts)
        gas = 0 if simulation is None else gas_limit(simulation.gas)
        preview = Preview(
            preview_id=self._previews.new_id(),
            chain_id=wanted.chain_id,
            account=wanted.account,
            calls=shown,
            effects=_effects(wanted.account.address, shown, simulation, asset_of),
            simulated=None if simulation is None else simulation.by.value,
            fails=None if simulation is None or simulation.succeeds else (simulation.reason or ""),
            warnings=warned,
            # What would fail has no gas, and cannot be confirmed: its fee would be lost.
            fees=wanted.options(choices, gas) if choices is not None and gas else (),
            gas=gas,
            typed=typed_word(warned),
            as_of_ms=None if simulation is None else simulation.block.time_ms,
            expires_at_ms=self._previews.expires_at_ms(),
            conversation_id=wanted.conversation_id,
            request=wanted.request,
            replaces=wanted.replaces,
            name=wanted.name,
        )
        return self._previews.keep(preview, wanted.plan)

    async def _all_of(self, account: MoneyAccount, chain_id: int, token: str | None, to: str) -> int:
        """Everything of an asset that can be sent."""
        chain = self._chains(chain_id)
        met = await self._acquaintances.acquainted(chain_id)
        asset = known_assets(chain_id, met.tokens)(token)
        with explained(chain_id):
            if token is not None:
                balances = await chain.token_balances(account.address, (token,))
                amount = held = sum(each.amount for each in balances)
            else:
                held = (await chain.balance(account.address)).wei
                # A wei is enough to see what gas it takes: it is the same for all of it.
                simulation = await chain.simulate(account.address, (encode_transfer(None, to, 1),))
                options = fee_options(await chain.fees(), gas_limit(simulation.gas))
                amount = most_to_send(chain_id, held, options)
        if amount <= 0:
            raise NotEnoughError(asset.symbol, asset.decimals, held - amount + 1, held)
        return amount

    async def _assets(self, chain: MoneyChain, wanted: Wanted, met: Acquainted) -> AssetOf:
        """The assets of the calls; tokens that nobody knows are asked what they are."""
        known = list(met.tokens)
        asset_of = known_assets(wanted.chain_id, known)
        unknown = [
            each
            for each in sorted(named_tokens(show_calls(wanted.plan.calls, asset_of)))
            if not asset_of(each).symbol
        ]
        for each in unknown[:MOST_TOKENS_ASKED]:
            found: TokenFacts | None = await _asked(chain.token(each))
            if found is not None:
                known.append(found)
        return known_assets(wanted.chain_id, known)

    async def _empty(self, chain: MoneyChain, calls: Sequence[ShownCall]) -> frozenset[str] | None:
        """The called addresses at which there is no contract; None where nobody could be asked."""
        found = set()
        for each in sorted(called(calls))[:MOST_CODE_ASKED]:
            has_code = await _asked(chain.has_code(each))
            if has_code is None:
                return None
            if not has_code:
                found.add(each)
        return frozenset(found)


async def _asked(question: Awaitable[T]) -> T | None:
    """An answer, or None where there was none. A node on another chain is no silence."""
    try:
        return await question
    except WrongChainError:
        raise
    except ChainError:
        return None


def _effects(
    payer: str, calls: Sequence[ShownCall], simulation: Simulation | None, asset_of: AssetOf
) -> tuple[Effect, ...]:
    """What leaves and what arrives: as simulated, else as far as the calls' bytes say it."""
    totals: dict[tuple[Asset, str, int | None], int] = {}

    def move(asset: Asset, other: str, amount: int, token_id: int | None = None) -> None:
        key = (asset, other, token_id)
        totals[key] = totals.get(key, 0) + amount

    if simulation is not None and not simulation.succeeds:
        return ()
    if simulation is not None and simulation.by is SimulatedBy.SIMULATE_V1:
        for each in simulation.movements:
            if each.sender == payer:
                move(asset_of(each.token), each.recipient, -each.amount, each.token_id)
            if each.recipient == payer:
                move(asset_of(each.token), each.sender, each.amount, each.token_id)
    else:
        for call in calls:
            if call.value and call.to is not None:
                move(asset_of(None), call.to, -call.value)
            moved = call.kind is CallKind.TOKEN_TRANSFER and call.asset is not None
            if moved and call.asset is not None and call.recipient is not None and call.amount:
                move(call.asset, call.recipient, -call.amount)
    return tuple(
        Effect(asset, amount, other, token_id)
        for (asset, other, token_id), amount in totals.items()
        if amount
    )
