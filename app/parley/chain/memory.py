"""`MemoryChain`: a chain for tests, with what a test puts there and nobody else's say."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence

from parley.chain import names
from parley.chain.account import checksummed
from parley.chain.errors import (
    ChainError,
    GatewaysFailedError,
    InvalidNameError,
    NotATokenError,
    OffchainNameError,
    TransactionRefusedError,
)
from parley.chain.memory_blocks import MemoryBlocks, MemoryTransaction
from parley.chain.memory_ledger import CALL_GAS, COIN_GAS, MemoryLedger, MemoryToken, touching
from parley.chain.memory_logs import logs_of
from parley.chain.money import (
    Call,
    FeeChoices,
    Fees,
    Inclusion,
    Nonces,
    Settlement,
    SimulatedBy,
    Simulation,
    Stage,
    TokenBalance,
    TokenFacts,
)
from parley.chain.port import Balance, Block, BlockTag, ContractVerdict, EndpointState
from parley.chain.questions import checked_calls, checked_hash, checked_signed, checked_tokens
from parley.chain.settle import judge

GWEI = 10**9


class MemoryChain:
    """Implements `port.Chain` and `money.MoneyChain` in memory, as tests/conformance asks of both.

    Every change is a block; a transaction waits until it is mined.

    Attributes:
        down: raised by every question, while it is set.
        simulates: whether the node has eth_simulateV1.
        traces: whether the node traces transactions.
        gateways_answer: whether servers outside the chain answer.
        gateways_asked: the names that they were asked for.

    Args:
        clock: when blocks are made, milliseconds since the epoch; by default each is 12 s after the one before.
    """

    def __init__(self, chain_id: int = 31337, clock: Callable[[], int] | None = None) -> None:
        self.down: ChainError | None = None
        self.simulates = True
        self.traces = True
        self.gateways_answer = True
        self.gateways_asked: list[str] = []
        self._chain_id = chain_id
        self._blocks = MemoryBlocks(chain_id, clock)
        self._addresses: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._texts: dict[tuple[str, str], str] = {}
        self._outside: set[str] = set()
        self._contracts: dict[str, Callable[[bytes, bytes], bool]] = {}
        self._delegating: set[str] = set()
        self._made = 0

    # What a test does.

    def add_wei(self, account: str, wei: int) -> None:
        """Give an account ether."""
        account = checksummed(account)
        self._blocks.change(lambda ledger: ledger.add_wei(account, wei))

    def set_address(self, name: str, account: str) -> None:
        """Make a normalised name stand for an account."""
        self._addresses[name] = checksummed(account)
        self._blocks.mine()

    def set_outside(self, name: str) -> None:
        """Leave what is known of a name to servers outside the chain."""
        self._outside.add(name)
        self._blocks.mine()

    def set_text(self, name: str, key: str, value: str) -> None:
        """Set a text record."""
        self._texts[name, key] = value
        self._blocks.mine()

    def set_reverse(self, account: str, name: str) -> None:
        """Set an account's reverse record to any text, as on the chain."""
        self._names[checksummed(account)] = name
        self._blocks.mine()

    def set_contract(
        self, account: str, accepts: Callable[[bytes, bytes], bool], *, delegated: bool = False
    ) -> None:
        """Put a contract account there, judging digest and signature, or what an account of a key delegates to."""
        address = checksummed(account)
        self._contracts[address] = accepts
        if delegated:
            self._delegating.add(address)
        self._blocks.change(lambda ledger: None if delegated else ledger.code.add(address))

    def set_token(self, token: TokenFacts) -> None:
        """Put an ERC-20 token at its address; nobody has any of it."""
        address = checksummed(token.address)

        def change(ledger: MemoryLedger) -> None:
            ledger.code.add(address)
            ledger.tokens[address] = MemoryToken(token)

        self._blocks.change(change)

    def add_token(self, token: str, account: str, amount: int) -> None:
        """Give an account some of a token."""
        address, owner = checksummed(token), checksummed(account)

        def change(ledger: MemoryLedger) -> None:
            amounts = ledger.tokens[address].amounts
            amounts[owner] = amounts.get(owner, 0) + amount

        self._blocks.change(change)

    def set_code(self, address: str, *, reverts: str | None = None) -> None:
        """Put a contract there that takes every call, or fails every one for a reason; None: it takes them again."""
        place = checksummed(address)

        def change(ledger: MemoryLedger) -> None:
            ledger.code.add(place)
            ledger.reverting.pop(place, None)
            if reverts is not None:
                ledger.reverting[place] = reverts

        self._blocks.change(change)

    def set_base_fee(self, wei: int) -> None:
        """What a unit of gas costs in the blocks to come."""
        self._blocks.base_fee = wei

    def act(self, account: str, calls: Sequence[Call], *, relayer: str | None = None) -> bytes:
        """Have an account's own wallet hand in calls, as one transaction that waits; its hash.

        One call without a relayer is a plain transaction; anything else is a batch, whose outside is a call of the
        account itself.
        """
        actor, sender = checksummed(account), checksummed(relayer or account)
        plain = relayer is None and len(calls) == 1
        self._made += 1
        transaction = MemoryTransaction(
            hashlib.sha256(f"memory/{self._chain_id}/made/{self._made}".encode()).digest(),
            sender,
            self._blocks.next_nonce(sender),
            calls[0] if plain else Call(actor, 0, b"a batch"),
            sum(CALL_GAS if each.data else COIN_GAS for each in calls),
            2 * self._blocks.base_fee,
            0,
            actor,
            tuple(calls),
        )
        self._blocks.add(transaction)
        return transaction.hash

    def mine(self, count: int = 1) -> None:
        """Make blocks; what waits goes into the first, if it offers the base fee."""
        self._blocks.mine(count)

    def drop(self, transaction_hash: bytes) -> None:
        """Forget a transaction that waits."""
        del self._blocks.waiting[transaction_hash]

    def reorganise(self, depth: int, *, keep: bool = True) -> None:
        """Replace the last blocks by as many others; their transactions wait again, or are forgotten."""
        self._blocks.reorganise(depth, keep=keep)

    # The port.

    @property
    def chain_id(self) -> int:
        """See `port.Chain`."""
        return self._chain_id

    def endpoints(self) -> tuple[EndpointState, ...]:
        """None: nobody is asked."""
        return ()

    async def block(self, tag: BlockTag = "latest") -> Block:  # noqa: ARG002
        """See `port.Chain`; every block is final, until a test reorganises."""
        self._answer()
        return self._blocks.head.block

    async def balance(self, account: str) -> Balance:
        """See `port.Chain`."""
        account = checksummed(account)
        return Balance(account, self._answer().wei.get(account, 0), self._blocks.head.block)

    async def address_of(self, name: str, *, offchain: bool = False) -> str | None:
        """See `port.Chain`."""
        self._answer()
        return self._addresses.get(self._readable(name, offchain=offchain))

    async def name_of(self, account: str, *, resolved: str | None = None) -> str | None:
        """See `port.Chain`."""
        self._answer()
        account = checksummed(account)
        claimed = self._names.get(account)
        try:
            if claimed is None or names.normalised(claimed) != claimed:
                return None
        except InvalidNameError:
            return None
        if claimed == resolved:
            return claimed
        return claimed if self._addresses.get(claimed) == account and claimed not in self._outside else None

    async def text_of(self, name: str, key: str, *, offchain: bool = False) -> str | None:
        """See `port.Chain`."""
        self._answer()
        return self._texts.get((self._readable(name, offchain=offchain), key)) or None

    async def contract_verdict(self, account: str, digest: bytes, signature: bytes) -> ContractVerdict:
        """See `port.Chain`."""
        self._answer()
        account = checksummed(account)
        accepts = self._contracts.get(account)
        valid = accepts is not None and accepts(digest, signature)
        return ContractVerdict(valid, self._blocks.head.block, valid and account in self._delegating)

    async def has_code(self, address: str) -> bool:
        """See `money.MoneyChain`."""
        return checksummed(address) in self._answer().code

    async def token(self, address: str) -> TokenFacts:
        """See `money.MoneyChain`."""
        found = self._answer().tokens.get(checksummed(address))
        if found is None:
            raise NotATokenError("there is no token")
        return found.facts

    async def token_balances(self, account: str, tokens: Sequence[str]) -> tuple[TokenBalance, ...]:
        """See `money.MoneyChain`."""
        account, wanted = checksummed(account), checked_tokens(tokens)
        held, block = self._answer().tokens, self._blocks.head.block
        return tuple(
            TokenBalance(each, account, held[each].amounts.get(account, 0), block)
            for each in wanted
            if each in held
        )

    async def fees(self) -> FeeChoices:
        """See `money.MoneyChain`."""
        self._answer()
        base = self._blocks.base_fee
        slow, normal, fast = (Fees(2 * base + tip, tip) for tip in (GWEI // 10, GWEI, 2 * GWEI))
        return FeeChoices(slow, normal, fast, base, self._blocks.head.block)

    async def nonces(self, account: str) -> Nonces:
        """See `money.MoneyChain`."""
        account = checksummed(account)
        return Nonces(self._answer().nonces.get(account, 0), self._blocks.next_nonce(account))

    async def simulate(self, sender: str, calls: Sequence[Call]) -> Simulation:
        """See `money.MoneyChain`."""
        sender, wanted = checksummed(sender), checked_calls(calls)
        outcome = touching(self._answer().copy().run(sender, wanted), sender)
        failed = outcome.failing is not None
        return Simulation(
            SimulatedBy.SIMULATE_V1 if self.simulates else SimulatedBy.CALL,
            not failed,
            outcome.reason,
            outcome.failing,
            0 if failed else outcome.gas,
            outcome.movements if self.simulates else (),
            outcome.allowances if self.simulates else (),
            self._blocks.head.block,
        )

    async def send(self, raw: bytes) -> bytes:
        """See `money.MoneyChain`."""
        self._answer()
        signed = checked_signed(raw, self._chain_id)
        if signed.gas < COIN_GAS:
            raise TransactionRefusedError("intrinsic gas too low")
        self._blocks.add(
            MemoryTransaction(
                signed.hash,
                signed.sender,
                signed.nonce,
                signed.call,
                signed.gas,
                signed.max_fee_per_gas,
                signed.max_priority_fee_per_gas,
                signed.sender,
                (signed.call,),
            )
        )
        return signed.hash

    async def inclusion(self, transaction_hash: bytes) -> Inclusion:
        """See `money.MoneyChain`."""
        self._answer()
        waiting = self._blocks.waiting.get(checked_hash(transaction_hash))
        if waiting is not None:
            return Inclusion(transaction_hash, Stage.PENDING, waiting.sender, waiting.nonce, waiting.call)
        found = self._blocks.find(transaction_hash)
        if found is None:
            return Inclusion(transaction_hash, Stage.UNKNOWN)
        block, mined = found
        return Inclusion(
            transaction_hash,
            Stage.MINED,
            mined.transaction.sender,
            mined.transaction.nonce,
            mined.transaction.call,
            mined.outcome.failing is None,
            block.block,
            self._blocks.confirmations(block.block),
            mined.fee,
        )

    async def settlement(
        self, transaction_hash: bytes, sender: str, calls: Sequence[Call], taken: Collection[int] = ()
    ) -> Settlement:
        """See `money.MoneyChain`."""
        sender, wanted = checksummed(sender), checked_calls(calls)
        inclusion = await self.inclusion(transaction_hash)
        found = self._blocks.find(transaction_hash)
        mined = found[1] if found else None
        made = [] if mined is None or mined.transaction.actor != sender else list(mined.transaction.made)
        if mined is not None and mined.transaction.sender == sender and not mined.transaction.plain:
            made.insert(0, mined.transaction.call)
        logs = logs_of(mined.outcome) if mined else ()
        return judge(inclusion, sender, wanted, taken, made=made if self.traces else None, logs=logs)

    def _readable(self, name: str, *, offchain: bool) -> str:
        """The normal spelling of a name, once what is known of it may be read."""
        normal = names.normalised(name)
        if normal in self._outside:
            if not offchain:
                raise OffchainNameError("the answer lies with a gateway, which was not asked")
            self.gateways_asked.append(normal)
            if not self.gateways_answer:
                raise GatewaysFailedError("no gateway gave an answer")
        return normal

    def _answer(self) -> MemoryLedger:
        """The state after the latest block, if anybody answers."""
        if self.down is not None:
            raise self.down
        return self._blocks.head.ledger
