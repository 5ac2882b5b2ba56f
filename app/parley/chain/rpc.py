"""`EthereumChain`: one chain through several endpoints, in threads.

Every question goes to one endpoint as a whole, and begins by asking for its chain id, so that an answer never mixes
endpoints or chains. An endpoint that fails is asked last from then on.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import trio

from parley.chain import balances, erc20, fees, names, signatures, simulation, trace, transactions
from parley.chain.account import checksummed
from parley.chain.endpoint import Connection, EndpointAddress, web3_over
from parley.chain.errors import (
    ChainError,
    EndpointAnswerError,
    EndpointError,
    EndpointsUnreachableError,
    EndpointUnreachableError,
    GatewaysFailedError,
    NoEndpointError,
    OffchainNameError,
    RefusedError,
    WrongChainError,
)
from parley.chain.gateway import LOOKUPS, Gateways
from parley.chain.libraries import load_web3
from parley.chain.money import (
    Call,
    FeeChoices,
    Inclusion,
    Nonces,
    Settlement,
    Simulation,
    TokenBalance,
    TokenFacts,
)
from parley.chain.port import Balance, Block, BlockTag, ContractVerdict, EndpointHealth, EndpointState
from parley.chain.questions import checked_calls, checked_hash, checked_signed, checked_tokens
from parley.chain.settle import judge, shown_by_fields

if TYPE_CHECKING:
    from web3 import Web3

TIMEOUT_S = 5.0
"""All an endpoint gets for one question, connecting included."""

THREADS = 8
GRACE_S = 1.0

T = TypeVar("T")


class EthereumChain:
    """Reads a chain over JSON-RPC; implements `port.Chain` and `money.MoneyChain`.

    The endpoints see which addresses and names are asked for, and when. One that is on the right chain can still
    say anything about it: nothing here is proved.
    """

    def __init__(
        self,
        chain_id: int,
        endpoints: Sequence[str],
        validator_code: bytes,
        *,
        timeout_s: float = TIMEOUT_S,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        gateways: Gateways | None = None,
    ) -> None:
        """Asks nobody yet.

        Args:
            chain_id: the chain (EIP-155).
            endpoints: addresses of JSON-RPC over http or https, the preferred one first.
            validator_code: the creation code of contracts/SignatureValidator.sol.
            timeout_s: what one endpoint gets for one question, in seconds.
            clock: the time in milliseconds since the epoch, for `endpoints()`.
            gateways: asks servers outside the chain for names, where that is allowed.

        Raises:
            ValueError: an endpoint's address is none.
        """
        self._chain_id = chain_id
        self._addresses = [EndpointAddress(url) for url in endpoints]
        self._order = list(self._addresses)
        self._states = {
            each: EndpointState(each.label, EndpointHealth.UNTRIED, None) for each in self._addresses
        }
        self._validator_code = validator_code
        self._timeout_s = timeout_s
        self._clock = clock
        self._gateways = gateways or Gateways()
        # An abandoned thread keeps its place until its own deadline, so hanging endpoints cannot pile threads up.
        self._limiter = trio.CapacityLimiter(THREADS)

    @property
    def chain_id(self) -> int:
        """The chain that is read."""
        return self._chain_id

    def endpoints(self) -> tuple[EndpointState, ...]:
        """What is known of each endpoint, in the order they were given."""
        return tuple(self._states[each] for each in self._addresses)

    async def block(self, tag: BlockTag = "latest") -> Block:
        """See `port.Chain`."""
        return await self._ask(lambda web3: balances.read_block(web3, tag))

    async def balance(self, account: str) -> Balance:
        """See `port.Chain`."""
        address = checksummed(account)
        return await self._ask(lambda web3: balances.read_balance(web3, address))

    async def address_of(self, name: str, *, offchain: bool = False) -> str | None:
        """See `port.Chain`."""
        call = names.address_call(await self._normalised(name), offchain=offchain)
        return names.address_in(await self._resolve(call, offchain=offchain))

    async def name_of(self, account: str, *, resolved: str | None = None) -> str | None:
        """See `port.Chain`."""
        address = checksummed(account)
        # Loads the tables of ENSIP-15, which the answer will need, before an endpoint's time runs.
        await self._normalised("addr.reverse")
        return await self._ask(lambda web3: names.read_name(web3, address, resolved))

    async def text_of(self, name: str, key: str, *, offchain: bool = False) -> str | None:
        """See `port.Chain`."""
        call = names.text_call(await self._normalised(name), key, offchain=offchain)
        return names.text_in(await self._resolve(call, offchain=offchain))

    async def contract_verdict(self, account: str, digest: bytes, signature: bytes) -> ContractVerdict:
        """See `port.Chain`."""
        address = checksummed(account)
        call = signatures.validator_call(self._validator_code, address, digest, signature)
        return await self._ask(lambda web3: signatures.read_verdict(web3, address, call))

    async def has_code(self, address: str) -> bool:
        """See `money.MoneyChain`."""
        place = checksummed(address)
        return await self._ask(lambda web3: erc20.read_has_code(web3, place))

    async def token(self, address: str) -> TokenFacts:
        """See `money.MoneyChain`."""
        place = checksummed(address)
        return await self._ask(lambda web3: erc20.read_token(web3, place))

    async def token_balances(self, account: str, tokens: Sequence[str]) -> tuple[TokenBalance, ...]:
        """See `money.MoneyChain`."""
        holder, wanted = checksummed(account), checked_tokens(tokens)
        return await self._ask(lambda web3: erc20.read_token_balances(web3, holder, wanted))

    async def fees(self) -> FeeChoices:
        """See `money.MoneyChain`."""
        return await self._ask(fees.read_fees)

    async def nonces(self, account: str) -> Nonces:
        """See `money.MoneyChain`."""
        address = checksummed(account)
        return await self._ask(lambda web3: transactions.read_nonces(web3, address))

    async def simulate(self, sender: str, calls: Sequence[Call]) -> Simulation:
        """See `money.MoneyChain`."""
        address, wanted = checksummed(sender), checked_calls(calls)
        return await self._ask(lambda web3: simulation.read_simulation(web3, address, wanted))

    async def send(self, raw: bytes) -> bytes:
        """See `money.MoneyChain`. One node after the other is asked until one takes it in."""
        signed = checked_signed(raw, self._chain_id)
        return await self._ask(lambda web3: transactions.hand_in(web3, raw, signed))

    async def inclusion(self, transaction_hash: bytes) -> Inclusion:
        """See `money.MoneyChain`."""
        wanted = checked_hash(transaction_hash)
        found, _ = await self._ask(lambda web3: transactions.read_inclusion(web3, wanted))
        return found

    async def settlement(
        self, transaction_hash: bytes, sender: str, calls: Sequence[Call], taken: Collection[int] = ()
    ) -> Settlement:
        """See `money.MoneyChain`. The trace is a question of its own: a node may be slow at it, or have none."""
        wanted_hash, account, wanted = (
            checked_hash(transaction_hash),
            checksummed(sender),
            checked_calls(calls),
        )
        found, logs = await self._ask(lambda web3: transactions.read_inclusion(web3, wanted_hash))
        made = None
        if found.succeeded and not shown_by_fields(found, account, wanted):
            try:
                made = await self._ask(lambda web3: trace.read_calls_made(web3, found, account))
            except (EndpointsUnreachableError, WrongChainError):
                made = None
        return judge(found, account, wanted, taken, made=made, logs=logs)

    async def _normalised(self, name: str) -> str:
        # In a thread: the first use loads tables for most of a second.
        return await trio.to_thread.run_sync(names.normalised, name, limiter=self._limiter)

    async def _resolve(self, call: bytes, *, offchain: bool) -> bytes | None:
        """What the resolver of a name answers; gateways that it names are asked only if that is allowed."""

        async def resolve_at(address: EndpointAddress) -> bytes | None:
            found = await self._ask_one(address, partial(names.asked, call=call))
            ends_s = time.monotonic() + self._gateways.total_s
            for _ in range(LOOKUPS):
                if not isinstance(found, names.Outside):
                    return found
                if not offchain:
                    raise OffchainNameError("the answer lies with a gateway, which was not asked")
                answer = await self._ask_gateways(found, ends_s)
                # At the same endpoint: another one may be behind, or lie in another way.
                found = await self._ask_one(address, partial(names.asked, call=answer, brings_answer=True))
            if isinstance(found, names.Outside):
                raise GatewaysFailedError("too many lookups")
            return found

        return await self._each(resolve_at)

    async def _ask_gateways(self, found: names.Outside, ends_s: float) -> bytes:
        """The call that brings what gateways answer. As with endpoints, a look-up of a host is left behind."""

        def ask_in_thread() -> bytes:
            lookup = found.lookup()
            return lookup.callback(self._gateways.answer(lookup.request, ends_s))

        with trio.move_on_after(max(0.0, ends_s - time.monotonic()) + GRACE_S):
            return await trio.to_thread.run_sync(ask_in_thread, abandon_on_cancel=True, limiter=self._limiter)
        raise GatewaysFailedError("no answer in time")

    async def _ask(self, question: Callable[[Web3], T]) -> T:
        """The answer of the first endpoint that gives one."""
        return await self._each(lambda address: self._ask_one(address, question))

    async def _each(self, question: Callable[[EndpointAddress], Awaitable[T]]) -> T:
        """The answer of the first endpoint that gives one, however often it is asked for it."""
        if not self._addresses:
            raise NoEndpointError
        # Loading web3 takes seconds the first time, which are no endpoint's.
        await trio.to_thread.run_sync(load_web3, limiter=self._limiter)
        failures: dict[str, EndpointError] = {}
        refused: RefusedError | None = None
        for address in list(self._order):
            try:
                answer = await question(address)
            except EndpointError as error:
                failures[address.label] = error
                self._note(address, _health_after(error))
                # Last from now on, and still asked when the others fail.
                self._order.remove(address)
                self._order.append(address)
            except RefusedError as error:
                # One node's refusal is no other's: it may be behind, or want more for itself.
                self._note(address, EndpointHealth.ANSWERING)
                refused = refused or error
            except ChainError:
                # What the chain says, and no fault of the endpoint.
                self._note(address, EndpointHealth.ANSWERING)
                raise
            else:
                self._note(address, EndpointHealth.ANSWERING)
                return answer
        if refused is not None:
            raise refused
        wrong = [error for error in failures.values() if isinstance(error, WrongChainError)]
        if len(wrong) == len(failures):
            raise wrong[0]
        raise EndpointsUnreachableError({label: str(error) for label, error in failures.items()})

    async def _ask_one(self, address: EndpointAddress, question: Callable[[Web3], T]) -> T:
        # The name look-up of a host cannot be cut short from outside, so the thread is left behind if need be: all
        # questions only read, or hand in what may be handed in again.
        with trio.move_on_after(self._timeout_s + GRACE_S):
            return await trio.to_thread.run_sync(
                self._ask_in_thread, address, question, abandon_on_cancel=True, limiter=self._limiter
            )
        raise EndpointUnreachableError("no answer in time")

    def _ask_in_thread(self, address: EndpointAddress, question: Callable[[Web3], T]) -> T:
        from web3.exceptions import Web3Exception

        with Connection(address, self._timeout_s) as connection:
            web3 = web3_over(connection)
            try:
                claimed = web3.eth.chain_id
                if type(claimed) is not int:
                    raise EndpointAnswerError("the chain id is no number")
                if claimed != self._chain_id:
                    raise WrongChainError(address.label, self._chain_id, claimed)
                return question(web3)
            except (Web3Exception, ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
                # web3 formats whatever it was sent and fails on what is no answer in as many ways.
                raise EndpointAnswerError(type(error).__name__) from error

    def _note(self, address: EndpointAddress, health: EndpointHealth) -> None:
        self._states[address] = EndpointState(address.label, health, self._clock())


def _health_after(error: EndpointError) -> EndpointHealth:
    if isinstance(error, WrongChainError):
        return EndpointHealth.WRONG_CHAIN
    if isinstance(error, EndpointAnswerError):
        return EndpointHealth.BAD_ANSWER
    return EndpointHealth.UNREACHABLE
