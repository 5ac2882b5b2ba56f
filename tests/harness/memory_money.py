"""Money in memory: what pages see of `messenger.money`. Calls are really decoded, warned of and previewed.

Balances, names and what becomes of a payment are what a test says they are.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import trio

from parley.chain.api import (
    Call,
    Fees,
    InvalidArgumentError,
    InvalidFunctionError,
    InvalidPaymentUriError,
    PaymentUri,
    TokenFacts,
    build_payment_uri,
    checksummed,
    encode_call,
    encode_transfer,
    listed_tokens,
    parse_function,
    parse_payment_uri,
)
from parley.chat.payments.model import (
    PaymentRow,
    PaymentState,
    RequestedCall,
    RequestRow,
    RequestState,
    SavedAddress,
    TransactionRequest,
)
from parley.messenger.errors import InvalidAddressError, NameUnknownError
from parley.messenger.money.decoding import coin, known_assets, show_calls, token_asset
from parley.messenger.money.errors import (
    InsidePayerError,
    InvalidArgumentTypedError,
    InvalidFunctionTypedError,
    NotEnoughError,
    NoTokenError,
    NotReplaceableError,
    OutsidePayerError,
    SeveralCallsError,
    TooManySavedError,
    UnknownPayerError,
    UnknownPaymentError,
    UnreadablePaymentUriError,
    WalletChainDiffersError,
    WalletDiffersError,
)
from parley.messenger.money.model import (
    AccountKind,
    Asset,
    Card,
    Effect,
    FeeOption,
    Holding,
    MoneyAccount,
    Preview,
    ShownPayment,
)
from parley.messenger.money.previews import Kept, Plan, Previews, check_typed, chosen_fee
from parley.messenger.money.warnings import Facts, typed_word, warnings

DEMO_CHAIN = 31337
SEPOLIA = 11155111
TEST_DOLLAR = "0xF2E246BB76DF876Cef8b38ae84130F4F55De395b"
MOST_SAVED = 100
GAS = 21_000
FEES = {
    "slow": Fees(8 * 10**9, 10**9),
    "normal": Fees(10 * 10**9, 2 * 10**9),
    "fast": Fees(15 * 10**9, 3 * 10**9),
}


@dataclass
class MemoryMoney:
    """The money of one profile. `paid` are addresses paid before; `names` what ENS would say.

    `fails_with` is raised by the next thing that is asked for, once.
    """

    own: str
    tell: Callable[[], None]
    clock: Callable[[], int]
    bring: Callable[[str, bool, str], bytes]
    account_of: Callable[[str], str]
    kind: AccountKind = AccountKind.OUTSIDE
    chains: tuple[int, ...] = (DEMO_CHAIN, SEPOLIA)
    names: dict[str, str] = field(default_factory=dict)
    paid: set[str] = field(default_factory=set)
    facts: dict[tuple[int, str], TokenFacts] = field(default_factory=dict)
    added: list[tuple[int, str]] = field(default_factory=list)
    held: dict[tuple[str, int, str | None], int] = field(default_factory=dict)
    answered: bool | None = True
    more_accounts: list[MoneyAccount] = field(default_factory=list)
    saved: dict[str, SavedAddress] = field(default_factory=dict)
    requests: dict[bytes, RequestRow] = field(default_factory=dict)
    made: dict[str, PaymentRow] = field(default_factory=dict)
    tokens_of_forms: dict[str, bytes] = field(default_factory=dict)
    would_fail: str | None = None
    simulated: bool = True
    fails_with: Exception | None = None
    asked_outside: list[tuple[str, int, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.previews = Previews(self.clock, secrets.token_bytes)

    # --- What pages ask for ---

    def accounts(self) -> tuple[MoneyAccount, ...]:
        own = MoneyAccount(checksummed(self.own), "Main", self.kind, own=True)
        watched = [
            MoneyAccount(each.address, each.label, AccountKind.WATCHED, own=False)
            for each in self.saved.values()
            if each.watched
        ]
        return (own, *self.more_accounts, *watched)

    def networks(self) -> tuple[int, ...]:
        return self.chains

    async def holdings(self, address: str, chain_id: int) -> tuple[Holding, ...]:
        await trio.lowlevel.checkpoint()
        as_of = self.clock() if self.answered is not None else None
        return tuple(
            Holding(each, self.held.get((address.lower(), chain_id, each.token), 0), as_of, self.answered)
            if as_of is not None
            else Holding(each, None, None, None)
            for each in self._tokens(chain_id)
        )

    async def tokens(self, chain_id: int) -> tuple[Asset, ...]:
        await trio.lowlevel.checkpoint()
        return self._tokens(chain_id)

    async def find_token(self, chain_id: int, address: str) -> Asset:
        await trio.lowlevel.checkpoint()
        self._fail()
        found = self.facts.get((chain_id, _checked(address)))
        if found is None:
            raise NoTokenError("there is no contract")
        return token_asset(chain_id, found)

    async def add_token(self, chain_id: int, address: str) -> Asset:
        found = await self.find_token(chain_id, address)
        if (chain_id, _checked(address)) not in self.added:
            self.added.append((chain_id, _checked(address)))
        return found

    async def remove_token(self, chain_id: int, address: str) -> None:
        await trio.lowlevel.checkpoint()
        self.added = [each for each in self.added if each != (chain_id, _checked(address))]

    async def saved_addresses(self) -> tuple[SavedAddress, ...]:
        await trio.lowlevel.checkpoint()
        return tuple(self.saved.values())

    async def save_address(self, address: str, label: str, watched: bool) -> None:
        await trio.lowlevel.checkpoint()
        self._fail()
        if len(self.saved) >= MOST_SAVED:
            raise TooManySavedError(MOST_SAVED)
        key = _checked(address)
        self.saved[key] = SavedAddress(key, label, watched, self.clock())

    async def forget_address(self, address: str) -> None:
        await trio.lowlevel.checkpoint()
        self.saved.pop(_checked(address), None)

    async def payments(
        self,
        address: str | None = None,
        chain_id: int | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> tuple[ShownPayment, ...]:
        await trio.lowlevel.checkpoint()
        rows = list(reversed(self.made.values()))
        if before is not None:
            rows = rows[[each.payment_id for each in rows].index(before) + 1 :]
        found = [
            each for each in rows if address in (None, each.sender) and chain_id in (None, each.chain_id)
        ]
        return tuple(self._shown(each) for each in found[:limit])

    async def payment(self, payment_id: str) -> ShownPayment:
        await trio.lowlevel.checkpoint()
        return self._shown(self._payment(payment_id))

    async def preview_send(
        self,
        account: str,
        chain_id: int,
        token: str | None,
        to: str,
        amount: int | None,
        conversation_id: str | None = None,
    ) -> Preview:
        await trio.lowlevel.checkpoint()
        self._fail()
        asset = next(each for each in self._tokens(chain_id) if each.token == token)
        held = self.held.get((account.lower(), chain_id, token), 0)
        fee = GAS * FEES["fast"].max_fee_per_gas
        if amount is None:
            amount = held - fee if token is None else held
        if amount > held:
            raise NotEnoughError(asset.symbol, asset.decimals, amount, held)
        name, recipient = (to, self._resolve(to)) if "." in to else (None, _checked(to))
        call = encode_transfer(token, recipient, amount)
        calls = (RequestedCall(call.to, call.value, call.data),)
        effects = (Effect(asset, -amount, recipient),)
        return self._preview(
            account, chain_id, calls, effects=effects, name=name, conversation_id=conversation_id
        )

    async def preview_calls(self, account: str, chain_id: int, calls: Sequence[RequestedCall]) -> Preview:
        await trio.lowlevel.checkpoint()
        return self._preview(account, chain_id, tuple(calls))

    async def preview_request(self, request_id: bytes, account: str) -> Preview:
        await trio.lowlevel.checkpoint()
        self._fail()
        row = self._request(request_id)
        shown = self._shown_calls(row.request.chain_id, row.request.calls)
        effects = tuple(
            Effect(each.asset, -each.amount, each.recipient or "")
            for each in shown
            if each.asset is not None and each.amount is not None
        )
        return self._preview(
            account,
            row.request.chain_id,
            row.request.calls,
            effects=effects,
            request=row,
            conversation_id=row.conversation_id,
        )

    async def preview_speed_up(self, payment_id: str) -> Preview:
        row = self._replaceable(payment_id)
        await trio.lowlevel.checkpoint()
        return self._preview(row.sender, row.chain_id, row.calls, replaces=payment_id)

    async def preview_cancel(self, payment_id: str) -> Preview:
        row = self._replaceable(payment_id)
        await trio.lowlevel.checkpoint()
        calls = (RequestedCall(row.sender, 0),)
        return self._preview(row.sender, row.chain_id, calls, replaces=payment_id)

    async def preview(self, preview_id: str) -> Preview:
        await trio.lowlevel.checkpoint()
        return self.previews.find(preview_id).preview

    async def confirm(self, preview_id: str, fee: str, typed: str) -> str:
        await trio.lowlevel.checkpoint()
        kept = self.previews.find(preview_id)
        if kept.payment_id is not None:
            return kept.payment_id
        self._fail()
        if kept.preview.account.kind is not AccountKind.INSIDE:
            raise OutsidePayerError
        return self._make(kept, fee, typed, PaymentState.PENDING, secrets.token_bytes(32))

    async def outside_requests(
        self, preview_id: str, fee: str, typed: str, address: str, chain_id: int, batch: bool
    ) -> tuple[str, list[dict[str, Any]]]:
        await trio.lowlevel.checkpoint()
        kept = self.previews.find(preview_id)
        self._fail()
        preview = kept.preview
        if preview.account.kind is not AccountKind.OUTSIDE:
            raise InsidePayerError
        if address.lower() != preview.account.address.lower():
            raise WalletDiffersError(preview.account.address, address)
        if chain_id != preview.chain_id:
            raise WalletChainDiffersError(preview.chain_id, chain_id)
        if len(kept.plan.calls) > 1 and not batch:
            raise SeveralCallsError
        self.asked_outside.append((address, chain_id, batch))
        if kept.payment_id is not None:
            return kept.payment_id, []
        payment_id = self._make(kept, fee, typed, PaymentState.HANDED, None)
        option = chosen_fee(preview, fee)
        calls = [
            {"to": each.to, "value": hex(each.value), "data": f"0x{each.data.hex()}"}
            for each in kept.plan.calls
        ]
        if batch and len(calls) > 1:
            asked = {
                "version": "2.0.0",
                "chainId": hex(chain_id),
                "from": address,
                "atomicRequired": True,
                "calls": calls,
            }
            return payment_id, [{"method": "wallet_sendCalls", "params": [asked]}]
        fees = {"maxFeePerGas": hex(option.max_fee_per_gas)}
        return payment_id, [
            {"method": "eth_sendTransaction", "params": [{"from": address, **calls[0], **fees}]}
        ]

    async def handed(self, payment_id: str, text: str) -> None:
        await trio.lowlevel.checkpoint()
        self._payment(payment_id)
        if len(text) == 66:
            self.move(payment_id, PaymentState.PENDING, transaction_hash=bytes.fromhex(text[2:]))

    async def abandon(self, payment_id: str) -> None:
        await trio.lowlevel.checkpoint()
        if self._payment(payment_id).state is not PaymentState.HANDED:
            raise UnknownPaymentError
        self.move(payment_id, PaymentState.ABANDONED)

    async def ask(
        self,
        conversation_id: str,
        chain_id: int,
        token: str | None,
        amount: int,
        note: str,
        expires_in_s: int,
        form_token: str,
        calls: Sequence[RequestedCall] | None = None,
    ) -> bytes:
        await trio.lowlevel.checkpoint()
        self._fail()
        if form_token in self.tokens_of_forms:
            return self.tokens_of_forms[form_token]
        transfer = encode_transfer(token, checksummed(self.own), amount) if calls is None else None
        asked = calls if transfer is None else [RequestedCall(transfer.to, transfer.value, transfer.data)]
        message_id = self.request(
            conversation_id, chain_id, asked or (), note=note, own=True, expires_in_s=expires_in_s
        )
        self.tokens_of_forms[form_token] = message_id
        return message_id

    async def decline(self, request_id: bytes, reason: str) -> None:
        await trio.lowlevel.checkpoint()
        self.change(request_id, RequestState.DECLINED, reason=reason)

    async def cancel_request(self, request_id: bytes) -> None:
        await trio.lowlevel.checkpoint()
        self.change(request_id, RequestState.CANCELLED)

    async def cards(self, conversation_id: str) -> tuple[Card, ...]:
        await trio.lowlevel.checkpoint()
        return tuple(
            self.card(each) for each in self.requests.values() if each.conversation_id == conversation_id
        )

    async def compose_call(
        self, chain_id: int, to: str, function: str, arguments: tuple[str, ...], value: int
    ) -> RequestedCall:
        await trio.lowlevel.checkpoint()
        assert chain_id in self.chains
        try:
            call = encode_call(_checked(to), parse_function(function), arguments, value)
        except InvalidFunctionError:
            raise InvalidFunctionTypedError from None
        except InvalidArgumentError as error:
            raise InvalidArgumentTypedError(error.index, error.kind) from None
        return RequestedCall(call.to, call.value, call.data)

    def payment_uri(self, chain_id: int, token: str | None, recipient: str, amount: int | None) -> str:
        return build_payment_uri(PaymentUri(recipient, chain_id, token, amount))

    def read_payment_uri(self, text: str) -> PaymentUri:
        try:
            return parse_payment_uri(text)
        except InvalidPaymentUriError:
            raise UnreadablePaymentUriError from None

    # --- What tests do to it ---

    def hold(self, chain_id: int, token: str | None, amount: int, address: str | None = None) -> None:
        """Have so much of an asset."""
        self.held[(address or self.own).lower(), chain_id, token] = amount

    def request(
        self,
        conversation_id: str,
        chain_id: int,
        calls: Sequence[RequestedCall],
        *,
        note: str = "",
        own: bool = False,
        expires_in_s: int = 86_400,
        by_wallet: bool = False,
    ) -> bytes:
        """Have a transaction request, own or received; returns the message that brought it."""
        message_id = self.bring(conversation_id, own, "Asks for a payment")
        other = self.account_of(conversation_id)
        requester, payer = (self.own, other) if own else (other, self.own)
        now = self.clock()
        request = TransactionRequest(
            request_id=secrets.token_bytes(32),
            channel_id=bytes(32),
            requester=requester,
            payer=payer,
            chain_id=chain_id,
            calls=tuple(calls),
            created_at_ms=now,
            expires_at_ms=now + expires_in_s * 1000,
            note=note,
        )
        self.requests[request.request_id] = RequestRow(
            request, conversation_id, message_id, own, by_wallet, RequestState.OPEN, now
        )
        self.tell()
        return message_id

    def change(self, request_id: bytes, state: RequestState, **facts: Any) -> None:
        """Move a request on."""
        row = self._request(request_id)
        self.requests[request_id] = replace(row, state=state, changed_at_ms=self.clock(), **facts)
        self.tell()

    def move(self, payment_id: str, state: PaymentState, **facts: Any) -> None:
        """Move a payment on."""
        row = self._payment(payment_id)
        self.made[payment_id] = replace(row, state=state, changed_at_ms=self.clock(), **facts)
        self.tell()

    def request_of(self, message_id: bytes) -> RequestRow:
        """The request that a message brought."""
        return next(each for each in self.requests.values() if each.message_id == message_id)

    def card(self, row: RequestRow) -> Card:
        """A request as the conversation shows it."""
        calls = self._shown_calls(row.request.chain_id, row.request.calls)
        told = warnings(
            self._facts(row.request.payer, row.request.chain_id, calls, row.request.note, on_card=True)
        )
        return Card(row, calls, () if row.own else told, not row.own and row.state is RequestState.OPEN)

    def _tokens(self, chain_id: int) -> tuple[Asset, ...]:
        listed = [token_asset(chain_id, each) for each in listed_tokens(chain_id)]
        added = [token_asset(chain_id, self.facts[each]) for each in self.added if each[0] == chain_id]
        return (coin(chain_id), *listed, *added)

    def _shown_calls(self, chain_id: int, calls: Sequence[RequestedCall]) -> Any:
        known = [each for (chain, _), each in self.facts.items() if chain == chain_id]
        return show_calls(calls, known_assets(chain_id, known))

    def _facts(self, payer: str, chain_id: int, calls: Any, note: str, *, on_card: bool) -> Facts:
        return Facts(
            chain_id=chain_id,
            read_chain_id=self.chains[0],
            payer=checksummed(payer),
            calls=calls,
            known={},
            paid=self.paid,
            simulated=not on_card and not self.simulated,
            note=note,
        )

    def _preview(
        self,
        account: str,
        chain_id: int,
        calls: tuple[RequestedCall, ...],
        *,
        effects: tuple[Effect, ...] = (),
        **facts: Any,
    ) -> Preview:
        payer = next((each for each in self.accounts() if each.address.lower() == account.lower()), None)
        if payer is None or payer.kind is AccountKind.WATCHED:
            raise UnknownPayerError(account)
        shown = self._shown_calls(chain_id, calls)
        request = facts.get("request")
        note = request.request.note if request is not None else ""
        told = warnings(self._facts(payer.address, chain_id, shown, note, on_card=False))
        fees = tuple(
            FeeOption(name, each.max_fee_per_gas, each.max_priority_fee_per_gas, each.max_fee_per_gas * GAS)
            for name, each in FEES.items()
        )
        preview = Preview(
            preview_id=self.previews.new_id(),
            chain_id=chain_id,
            account=payer,
            calls=shown,
            effects=effects,
            simulated="eth_simulateV1" if self.simulated else None,
            fails=self.would_fail,
            warnings=told,
            fees=fees,
            gas=GAS,
            typed=typed_word(told),
            as_of_ms=self.clock(),
            expires_at_ms=self.previews.expires_at_ms(),
            **facts,
        )
        return self.previews.keep(preview, Plan(calls))

    def _make(self, kept: Kept, fee: str, typed: str, state: PaymentState, transaction: bytes | None) -> str:
        preview = kept.preview
        check_typed(preview, typed)
        option = chosen_fee(preview, fee)
        payment_id = secrets.token_hex(16)
        self.made[payment_id] = PaymentRow(
            payment_id,
            preview.chain_id,
            preview.account.address,
            kept.plan.calls,
            state,
            self.clock(),
            self.clock(),
            conversation_id=preview.conversation_id,
            request_id=preview.request.request.request_id if preview.request else None,
            nonce=len(self.made),
            raw=b"raw" if state is PaymentState.PENDING else None,
            transaction_hash=transaction,
            replaces=preview.replaces,
            max_fee_per_gas=option.max_fee_per_gas,
            max_priority_fee_per_gas=option.max_priority_fee_per_gas,
        )
        kept.payment_id = payment_id
        if preview.request is not None:
            handed = state is PaymentState.HANDED
            self.change(
                preview.request.request.request_id,
                RequestState.HANDED if handed else RequestState.PENDING,
                transaction_hash=transaction,
            )
        self.tell()
        return payment_id

    def _shown(self, row: PaymentRow) -> ShownPayment:
        return ShownPayment(row, self._shown_calls(row.chain_id, row.calls))

    def _payment(self, payment_id: str) -> PaymentRow:
        if payment_id not in self.made:
            raise UnknownPaymentError
        return self.made[payment_id]

    def _request(self, request_id: bytes) -> RequestRow:
        if request_id not in self.requests:
            raise UnknownPaymentError
        return self.requests[request_id]

    def _replaceable(self, payment_id: str) -> PaymentRow:
        row = self._payment(payment_id)
        if row.raw is None or row.state is not PaymentState.PENDING:
            raise NotReplaceableError
        return row

    def _resolve(self, name: str) -> str:
        if name not in self.names:
            raise NameUnknownError(name)
        return self.names[name]

    def _fail(self) -> None:
        if self.fails_with is not None:
            error, self.fails_with = self.fails_with, None
            raise error


def _checked(address: str) -> str:
    try:
        return checksummed(address)
    except ValueError:
        raise InvalidAddressError from None


def transfer(token: str | None, to: str, amount: int) -> RequestedCall:
    """A call that pays."""
    call: Call = encode_transfer(token, to, amount)
    return RequestedCall(call.to, call.value, call.data)
