"""Paying what was shown: by the wallet inside, or handed over to one outside. Stored before anything leaves.

What is signed is exactly a preview's plan. A signed transaction is stored first and handed in then, so that a crash
in between loses nothing, and whoever confirms again gets the same payment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

import trio

from parley.chain.api import ChainError, MoneyChain, RefusedError, Stage
from parley.chat.errors import AlreadyPayingError, RequestClosedError, UnknownRequestError
from parley.chat.payments.model import PaymentRow, PaymentState, RequestedCall
from parley.chat.payments.states import LIVE_PAYMENTS, WAITING_PAYMENTS, is_payable, state_at
from parley.messenger.money.asking import Chains, explained
from parley.messenger.money.errors import (
    NameMovedError,
    NotEnoughError,
    NotReplaceableError,
    OutsidePayerError,
    SeveralCallsError,
    UnknownPaymentError,
    WalletChainDiffersError,
    WalletDiffersError,
)
from parley.messenger.money.model import AccountKind, FeeOption, Preview
from parley.messenger.money.ports import Payments
from parley.messenger.money.previews import Kept, Plan, Previews, check_typed, chosen_fee
from parley.messenger.money.recipients import resolved
from parley.messenger.money.wallet_requests import wallet_request
from parley.wallet.api import SignedTransaction

PAYMENT_ID_BYTES = 16
MAX_BATCH_ID_CHARACTERS = 8 * 1024
HASH = re.compile(r"0x[0-9a-fA-F]{64}")
"""A transaction's, as wallets write it."""


class SigningWallet(Protocol):
    """The wallet inside, as far as it signs transactions. `InsideWallet` is one."""

    async def sign_transaction(
        self, address: str, transaction: Mapping[str, Any], *, chain_id: int
    ) -> SignedTransaction:
        """Sign a transaction for the chain that was shown. Raises WalletLockedError."""
        ...


class Payer:
    """Pays for one opened profile.

    Args:
        clock: milliseconds since the epoch, UTC.
        entropy: n random bytes.
        changed: called when a payment was stored that may have to be watched.
        offchain_names: whether servers outside the chain may be asked for a name now.
    """

    def __init__(
        self,
        chains: Chains,
        wallet: SigningWallet | None,
        payments: Payments,
        previews: Previews,
        *,
        clock: Callable[[], int],
        entropy: Callable[[int], bytes],
        changed: Callable[[], None],
        offchain_names: Callable[[], bool],
    ) -> None:
        self._chains = chains
        self._wallet = wallet
        self._payments = payments
        self._previews = previews
        self._clock = clock
        self._entropy = entropy
        self._changed = changed
        self._offchain_names = offchain_names
        # One at a time, so that no two transactions take the same nonce.
        self._signing = trio.Lock()

    async def confirm(self, preview_id: str, fee: str, typed: str) -> str:
        """Sign a preview by the wallet inside, store it, and hand it in.

        Returns:
            The payment's id; the same again for whoever confirms it again.

        Raises:
            UnknownPreviewError, ConfirmationError, UnknownFeeError, OutsidePayerError, NameMovedError,
            NotEnoughError, NotReplaceableError, AlreadyPayingError, RequestClosedError, UnknownRequestError: nothing
            was signed, or nobody gets to see what was.
            WalletLockedError, StorageError: the same can be tried again.
            NoNodeError, NodesUnreachableError, WrongNodeChainError: nothing was signed either; a node has to say
            on which chain it is, and which nonce comes next.
        """
        kept = self._previews.find(preview_id)
        # Guarded by tests/messenger/money/test_paying.py::test_a_double_click_pays_once.
        async with kept.confirming:
            if kept.payment_id is not None:
                return kept.payment_id
            preview = self._previews.find(preview_id).preview
            check_typed(preview, typed)
            if preview.account.kind is not AccountKind.INSIDE or self._wallet is None:
                raise OutsidePayerError
            # Guarded by tests/messenger/money/test_paying.py::test_several_calls_take_a_wallet_that_makes_batches.
            if len(kept.plan.calls) != 1:
                raise SeveralCallsError
            option = chosen_fee(preview, fee)
            await self._check_name(kept)
            async with self._signing:
                row = await self._sign(self._wallet, preview, kept.plan, option)
            kept.payment_id = row.payment_id
        await self._hand_in(row)
        return row.payment_id

    async def outside_requests(
        self, preview_id: str, fee: str, typed: str, address: str, chain_id: int, batch: bool
    ) -> tuple[str, list[dict[str, Any]]]:
        """What a wallet outside is to be asked, once it is stored that it may be.

        Args:
            fee: one of those offered; "" leaves it to the wallet.
            address, chain_id: as the wallet gives them at this moment.
            batch: whether the wallet makes one transaction of several calls (EIP-5792).

        Returns:
            The payment's id, and JSON-RPC requests as {"method", "params"}; none for whoever confirms it again, since
            a wallet that is asked twice may pay twice.

        Raises:
            WalletDiffersError, WalletChainDiffersError, SeveralCallsError, and what `confirm` raises.
        """
        kept = self._previews.find(preview_id)
        async with kept.confirming:
            if kept.payment_id is not None:
                return kept.payment_id, []
            preview = self._previews.find(preview_id).preview
            check_typed(preview, typed)
            # Guarded by tests/messenger/money/test_handing_over.py::test_a_switched_wallet_is_asked_for_nothing.
            if address.lower() != preview.account.address.lower():
                raise WalletDiffersError(preview.account.address, address)
            if chain_id != preview.chain_id:
                raise WalletChainDiffersError(preview.chain_id, chain_id)
            # A wallet outside takes a nonce of its own, and then both could be mined.
            # Guarded by tests/messenger/money/test_handing_over.py::test_a_wallet_outside_replaces_nothing.
            if kept.plan.nonce is not None:
                raise NotReplaceableError
            if len(kept.plan.calls) > 1 and not batch:
                raise SeveralCallsError
            option = chosen_fee(preview, fee) if fee else None
            await self._check_name(kept)
            await self._refuse_paid(self._chains(preview.chain_id), preview, kept.plan, asked=False)
            row = self._row(preview, kept.plan, PaymentState.HANDED)
            await self._payments.keep(row)
            kept.payment_id = row.payment_id
        self._changed()
        return row.payment_id, [wallet_request(row, option)]

    async def handed(self, payment_id: str, text: str) -> None:
        """Note what a wallet outside answered: "0x" and 64 hex digits of a hash, or the id of a batch.

        The id is kept as `detail` until the hash of its transaction is known.

        Raises:
            AlreadyPayingError: another payment was made by this transaction.
            UnknownPaymentError: no payment waits for this.
            StorageError: nothing was stored.
        """
        if not 0 < len(text) <= MAX_BATCH_ID_CHARACTERS:
            raise UnknownPaymentError

        def answered(row: PaymentRow) -> PaymentRow:
            if row.state is not PaymentState.HANDED:
                raise UnknownPaymentError
            if not HASH.fullmatch(text):
                return row if row.transaction_hash is not None else replace(row, detail=text)
            named = bytes.fromhex(text[2:])
            if row.transaction_hash not in (None, named):
                raise UnknownPaymentError
            if row.transaction_hash is None:
                row = replace(row, detail="", changed_at_ms=self._clock())
            return replace(row, transaction_hash=named)

        if HASH.fullmatch(text):
            await self._refuse_named(payment_id, bytes.fromhex(text[2:]))
        await self._payments.change(payment_id, answered)
        self._changed()

    async def abandon(self, payment_id: str) -> None:
        """Note that a wallet outside did not send it; a transaction that was named is no more to be given up.

        Raises:
            UnknownPaymentError: no payment of this id is with a wallet outside, which has not answered.
            StorageError: nothing was stored.
        """

        def given_up(row: PaymentRow) -> PaymentRow:
            if row.state is not PaymentState.HANDED or row.transaction_hash is not None:
                raise UnknownPaymentError
            return replace(row, state=PaymentState.ABANDONED, changed_at_ms=self._clock())

        await self._payments.change(payment_id, given_up)

    async def _refuse_named(self, payment_id: str, transaction_hash: bytes) -> None:
        """Refuse a transaction that is another payment of the same account: it pays what it was made for.

        Guarded by tests/messenger/money/test_handing_over.py::test_a_transaction_is_one_payment.
        """
        row = await self._payments.payment(payment_id)
        for each in await self._payments.watched():
            is_other = row is not None and each.payment_id != payment_id and each.chain_id == row.chain_id
            if is_other and each.transaction_hash == transaction_hash:
                raise AlreadyPayingError(each.payment_id)

    async def _check_name(self, kept: Kept) -> None:
        """Find out that the name that was typed still stands for the address that was shown."""
        name, before = kept.preview.name, kept.plan.named
        if name is None or before is None:
            return
        now = await resolved(self._chains, kept.preview.chain_id, name, offchain=self._offchain_names())
        if now != before:
            raise NameMovedError(name, before, now)

    async def _sign(
        self, wallet: SigningWallet, preview: Preview, plan: Plan, option: FeeOption
    ) -> PaymentRow:
        """Sign what a preview shows and store it."""
        chain, sender, (call,) = self._chains(preview.chain_id), preview.account.address, plan.calls
        with explained(preview.chain_id):
            await self._refuse_paid(chain, preview, plan, asked=True)
            held = (await chain.balance(sender)).wei
            nonce = await self._nonce(chain, preview, plan)
        if held < call.value + option.most:
            coin = next((each.asset for each in preview.effects if each.asset.token is None), None)
            symbol = "" if coin is None else coin.symbol
            raise NotEnoughError(symbol, 18, call.value + option.most, held)
        signed = await wallet.sign_transaction(
            sender, _transaction(preview, call, nonce, option), chain_id=preview.chain_id
        )
        row = replace(
            self._row(preview, plan, PaymentState.SIGNED),
            nonce=nonce,
            raw=signed.raw,
            transaction_hash=signed.hash,
            max_fee_per_gas=option.max_fee_per_gas,
            max_priority_fee_per_gas=option.max_priority_fee_per_gas,
        )
        await self._payments.keep(row)
        return row

    async def _nonce(self, chain: MoneyChain, preview: Preview, plan: Plan) -> int:
        """The nonce to sign with. A payment of a request takes that of one that was dropped: only one can be mined.

        Guarded by tests/messenger/money/test_paying.py::test_what_was_dropped_can_be_paid_again_but_not_twice.
        """
        sender = preview.account.address
        nonces = await chain.nonces(sender)
        if plan.nonce is not None:
            if plan.nonce < nonces.mined:
                raise NotReplaceableError
            return plan.nonce
        if preview.request is not None:
            earlier = await self._payments.of_request(preview.request.request.request_id)
            free = [
                each.nonce
                for each in earlier
                if each.state is PaymentState.DROPPED
                and each.nonce is not None
                and each.nonce >= nonces.mined
                and each.sender == sender
            ]
            if free:
                return min(free)
        taken = {
            each.nonce
            for each in await self._payments.watched()
            if each.chain_id == preview.chain_id and each.sender == sender and each.state in WAITING_PAYMENTS
        }
        nonce = nonces.pending
        while nonce in taken:
            nonce += 1
        return nonce

    async def _refuse_paid(self, chain: MoneyChain, preview: Preview, plan: Plan, *, asked: bool) -> None:
        """Refuse to pay a request that is closed, or again one whose earlier payment the chain knows after all.

        Storing the payment refuses the same, with nobody in between; but then it was signed already.

        Args:
            asked: whether a node has to answer; where a wallet outside pays, there may be none.
        """
        if preview.request is None:
            return
        request_id = preview.request.request.request_id
        earlier = [
            each
            for each in await self._payments.of_request(request_id)
            if each.payment_id != preview.replaces and not _has_nonce(each, preview, plan)
        ]
        for each in earlier:
            if each.state in LIVE_PAYMENTS:
                raise AlreadyPayingError(each.payment_id)
        request = await self._payments.request(request_id)
        if request is None:
            raise UnknownRequestError
        if preview.replaces is None and not is_payable(request, self._clock()):
            raise RequestClosedError(state_at(request, self._clock()))
        for each in earlier:
            if each.transaction_hash is None:
                continue
            try:
                seen = await chain.inclusion(each.transaction_hash)
            except ChainError:
                if asked:
                    raise
                continue
            if seen.stage is Stage.PENDING or (seen.stage is Stage.MINED and seen.succeeded):
                raise AlreadyPayingError(each.payment_id)

    def _row(self, preview: Preview, plan: Plan, state: PaymentState) -> PaymentRow:
        now_ms = self._clock()
        return PaymentRow(
            payment_id=self._entropy(PAYMENT_ID_BYTES).hex(),
            chain_id=preview.chain_id,
            sender=preview.account.address,
            calls=plan.calls,
            state=state,
            created_at_ms=now_ms,
            changed_at_ms=now_ms,
            conversation_id=preview.conversation_id,
            request_id=None if preview.request is None else preview.request.request.request_id,
            replaces=preview.replaces,
        )

    async def _hand_in(self, row: PaymentRow) -> None:
        """Hand a stored transaction in. Without an answer it stays signed, and is handed in again later."""
        assert row.raw is not None  # noqa: S101 - only what was signed here is handed in.
        try:
            await self._chains(row.chain_id).send(row.raw)
        except RefusedError as error:
            # No proof that nobody takes it: it is still looked for, and whoever pays again takes its nonce.
            state, detail = PaymentState.DROPPED, error.reason
        except ChainError:
            state, detail = PaymentState.SIGNED, ""
        else:
            state, detail = PaymentState.PENDING, ""

        def handed_in(current: PaymentRow) -> PaymentRow:
            # Who watches may have been faster, and knows more then.
            if current.state is not PaymentState.SIGNED or state is PaymentState.SIGNED:
                return current
            return replace(current, state=state, detail=detail, changed_at_ms=self._clock())

        await self._payments.change(row.payment_id, handed_in)
        self._changed()


def _has_nonce(row: PaymentRow, preview: Preview, plan: Plan) -> bool:
    """Whether a payment has the nonce that a replacement takes, so that only one of them can be mined."""
    return plan.nonce is not None and (row.sender, row.nonce) == (preview.account.address, plan.nonce)


def _transaction(preview: Preview, call: RequestedCall, nonce: int, option: FeeOption) -> dict[str, Any]:
    transaction: dict[str, Any] = {
        "type": 2,
        "chainId": preview.chain_id,
        "from": preview.account.address,
        "nonce": nonce,
        "gas": preview.gas,
        "value": call.value,
        "data": call.data,
        "maxFeePerGas": option.max_fee_per_gas,
        "maxPriorityFeePerGas": option.max_priority_fee_per_gas,
    }
    if call.to is not None:
        transaction["to"] = call.to
    return transaction
