"""Requests that the requester's wallet signed, too: shown as stronger only where that was found to be so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import trio

from harness.money_people import CHAIN, DAY_S, DOLLAR, DOLLARS, card_for, two_with_money
from harness.signers import KeySigner, new_key
from harness.two_sides import ALICE, BOB, NOW_MS, conversation, own_device, request
from parley.chain.api import EndpointsUnreachableError, MemoryChain, typed_data_digest
from parley.chat.contacts.model import Standing
from parley.chat.direct.model import LoadedConversation
from parley.chat.events import CardChanged, Event
from parley.chat.payments.model import RequestRow, RequestState, TransactionRequest
from parley.chat.payments.signing import request_typed_data
from parley.e2ee import api as e2ee
from parley.messenger.errors import WrongSignerError
from parley.messenger.money.errors import OutsidePayerError, UnknownDraftError
from parley.messenger.money.model import Wish
from parley.messenger.money.wallet_signed import RETRY_S, WalletSigned
from parley.wallet.api import WalletLockedError

SAFE = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"


def row_of(asked: TransactionRequest, signature: bytes) -> RequestRow:
    """A request as it is stored."""
    return RequestRow(
        asked, "a chat", bytes(32), False, RequestState.OPEN, NOW_MS, wallet_signature=signature
    )


@asynccontextmanager
async def looking(
    chain: MemoryChain, standing: Standing = Standing.CONTACT
) -> AsyncIterator[tuple[WalletSigned, list[Event]]]:
    """What is known, with what pages are told of it; the requester is a contact or not."""
    told: list[Event] = []
    bob = own_device(BOB)
    loaded = conversation(own_device(ALICE), bob)

    class Conversations:
        async def load_conversation(self, _conversation_id: str) -> LoadedConversation:
            return replace(loaded, contact=replace(loaded.contact, standing=standing))

    signed = WalletSigned(lambda _chain_id: chain, Conversations(), told.extend)  # type: ignore[arg-type]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(signed.run)
        yield signed, told
        nursery.cancel_scope.cancel()


async def test_a_key_signed_it(autojump_clock: trio.abc.Clock) -> None:
    """Nobody is asked."""
    signer = KeySigner(new_key())
    asked = request(requester=signer.address)
    row = row_of(asked, signer.sign(typed_data_digest(request_typed_data(asked))))
    chain = MemoryChain(CHAIN)
    chain.down = EndpointsUnreachableError({})
    async with looking(chain) as (signed, told):
        assert await signed.of(row) is True
        assert await signed.of(row) is True
        assert await signed.of(replace(row, wallet_signature=b"")) is False
    assert told == []


@pytest.mark.parametrize("change", [{"note": "another"}, {"chain_id": 1}, {"request_id": bytes(32)}])
async def test_a_signature_of_another_request_is_none(
    change: dict[str, object], autojump_clock: trio.abc.Clock
) -> None:
    """It is of exactly what the card shows."""
    signer = KeySigner(new_key())
    asked = request(requester=signer.address)
    signature = signer.sign(typed_data_digest(request_typed_data(asked)))
    changed = replace(asked, **change)  # type: ignore[arg-type]
    async with looking(MemoryChain(CHAIN)) as (signed, _):
        assert await signed.of(row_of(changed, signature)) is False
        assert await signed.of(row_of(replace(asked, requester=SAFE), signature)) is False
        for nonsense in (b"x", bytes(65), bytes(4096)):
            assert await signed.of(row_of(replace(asked, request_id=nonsense[:32]), nonsense)) is False


async def test_a_contract_is_asked_aside(autojump_clock: trio.abc.Clock) -> None:
    """The page waits for no node: it shows that it is not known, and is told when it is."""
    asked = request(requester=e2ee.contract_account(SAFE, CHAIN))
    digest = typed_data_digest(request_typed_data(asked))
    chain = MemoryChain(CHAIN)
    chain.set_contract(SAFE, lambda each, signature: (each, signature) == (digest, b"fine"))
    chain.down = EndpointsUnreachableError({})
    row = row_of(asked, b"fine")
    async with looking(chain) as (signed, told):
        assert await signed.of(row) is None
        await trio.sleep(1)
        assert (await signed.of(row), told) == (None, [])
        chain.down = None
        await trio.sleep(RETRY_S)
        assert await signed.of(row) is None
        await trio.sleep(1)
        assert told == [CardChanged("a chat", bytes(32))]
        assert await signed.of(row) is True
        forged = row_of(replace(asked, request_id=bytes(32)), b"fine")
        assert await signed.of(forged) is None
        await trio.sleep(1)
        assert await signed.of(forged) is False


@pytest.mark.parametrize("standing", [Standing.REQUEST, Standing.BLOCKED])
async def test_nobody_is_asked_about_a_strangers_contract(
    standing: Standing, autojump_clock: trio.abc.Clock
) -> None:
    """A node sees what it is asked, and a stranger could name any contract."""
    asked = request(requester=e2ee.contract_account(SAFE, CHAIN))
    chain = MemoryChain(CHAIN)
    judged: list[bytes] = []

    def judge(digest: bytes, _signature: bytes) -> bool:
        judged.append(digest)
        return True

    chain.set_contract(SAFE, judge)
    async with looking(chain, standing) as (signed, told):
        for _ in range(2):
            assert await signed.of(row_of(asked, b"fine")) is None
            await trio.sleep(RETRY_S)
    assert (judged, told) == ([], [])


async def test_a_fault_stops_nothing(autojump_clock: trio.abc.Clock) -> None:
    """The next one is looked at."""
    asked = request(requester=e2ee.contract_account(SAFE, CHAIN))
    chain = MemoryChain(CHAIN)
    chain.set_contract(SAFE, lambda _digest, signature: bool(1 // len(signature.strip(b"!"))))
    async with looking(chain) as (signed, _):
        assert await signed.of(row_of(asked, b"!")) is None
        other = row_of(replace(asked, request_id=bytes(32)), b"f")
        assert await signed.of(other) is None
        await trio.sleep(1)
        assert await signed.of(other) is True


async def test_asking_with_the_wallet_inside(autojump_clock: trio.abc.Clock) -> None:
    """Both see it; a locked wallet signs nothing, and nobody is asked."""
    async with two_with_money() as two:
        await two.ask(by_wallet=True)
        for person, at_other in ((two.alice, two.at_alice), (two.bob, two.at_bob)):
            assert (await card_for(person, at_other, lambda _each: True)).by_wallet is True
        assert two.bob.wallet is not None
        two.bob.wallet.lock()
        with pytest.raises(WalletLockedError):
            await two.bob.money.ask(Wish(two.at_bob, CHAIN, None, 1, "", DAY_S, "form-2"), by_wallet=True)
        assert len(await two.bob.money.cards(two.at_bob)) == 1


async def test_asking_with_a_wallet_outside(autojump_clock: trio.abc.Clock) -> None:
    """Its page signs what was prepared, and no other wallet; sent twice it asks once."""
    async with two_with_money() as two:
        money, wallet = two.bob.money, two.bob.wallet
        assert wallet is not None
        wish = Wish(two.at_bob, CHAIN, DOLLAR.address, 5 * DOLLARS, "tea", DAY_S, "form-1")
        draft_id, typed_data = await money.prepare_ask(wish)
        drafted = await money.drafted(draft_id)
        assert (drafted.conversation_id, request_typed_data(drafted.request)) == (two.at_bob, typed_data)
        assert [(each.amount, each.recipient) for each in drafted.calls] == [(5 * DOLLARS, two.bob.account)]
        signature = await wallet.sign_typed_data(two.bob.account, typed_data, chain_id=CHAIN)
        with pytest.raises(WrongSignerError):
            await money.ask_signed(draft_id, bytes(65))
        assert await money.cards(two.at_bob) == ()
        message_id = await money.ask_signed(draft_id, signature)
        assert await money.ask_signed(draft_id, signature) == message_id
        card = await card_for(two.alice, two.at_alice, lambda _each: True)
        assert (card.by_wallet, card.row.message_id, card.row.request.note) == (True, message_id, "tea")

        late_id, late = await money.prepare_ask(replace(wish, form_token="form-2"))
        signature = await wallet.sign_typed_data(two.bob.account, late, chain_id=CHAIN)
        await trio.sleep(301)
        for unknown in (late_id, "nothing"):
            with pytest.raises(UnknownDraftError):
                await money.ask_signed(unknown, signature)
            with pytest.raises(UnknownDraftError):
                await money.drafted(unknown)
        assert len(await money.cards(two.at_bob)) == 1


async def test_there_is_no_wallet_inside(autojump_clock: trio.abc.Clock) -> None:
    """Then the one outside is to be asked."""
    async with two_with_money() as two:
        two.bob.money._requester._wallet = None
        with pytest.raises(OutsidePayerError):
            await two.bob.money.ask(Wish(two.at_bob, CHAIN, None, 1, "", DAY_S, "form-1"), by_wallet=True)
