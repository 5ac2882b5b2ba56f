"""A profile with money to look at: balances, payments, cards in every state, and calls that deserve a warning."""

from __future__ import annotations

from typing import Any

from harness.memory_messenger import MemoryMessenger, memory_account
from harness.memory_money import DEMO_CHAIN, SEPOLIA, TEST_DOLLAR, transfer
from parley.chain.api import checksummed, encode_call, parse_function
from parley.chat.payments.model import PaymentState, RequestedCall, RequestState

ETHER = 10**18
STRANGER = checksummed("0x" + "a3" * 20)
CONTRACT = checksummed("0x" + "c0" * 20)
HASH = bytes(range(32))


def approve(token: str, spender: str, amount: int) -> RequestedCall:
    """A call that lets somebody spend a token."""
    call = encode_call(token, parse_function("approve(address,uint256)"), (spender, str(amount)))
    return RequestedCall(call.to, call.value, call.data)


def vote(option: int = 2) -> RequestedCall:
    """A call of a known function."""
    call = encode_call(CONTRACT, parse_function("vote(uint256)"), (str(option),))
    return RequestedCall(call.to, call.value, call.data)


def fill_money(messenger: MemoryMessenger, bob: str) -> dict[str, bytes]:
    """Balances, and a conversation with cards; gives the messages that brought them, by what they are."""
    money = messenger.money
    account = checksummed(messenger.account)
    other = checksummed(memory_account("bob"))
    money.hold(DEMO_CHAIN, None, 12 * ETHER + 345 * 10**13)
    money.hold(DEMO_CHAIN, TEST_DOLLAR, 1_240_500_000)
    money.hold(SEPOLIA, None, 3 * 10**16)
    cards = {
        "coin": money.request(bob, DEMO_CHAIN, [transfer(None, other, ETHER // 2)], note="Half of the tent"),
        "token": money.request(
            bob, DEMO_CHAIN, [transfer(TEST_DOLLAR, other, 25_000_000)], note="Lunch", by_wallet=True
        ),
        "own": money.request(
            bob, SEPOLIA, [transfer(None, account, 2 * 10**16)], note="For the domain", own=True
        ),
        "vote": money.request(bob, DEMO_CHAIN, [vote()], note="Please vote for the second one"),
        "approve": money.request(bob, DEMO_CHAIN, [approve(TEST_DOLLAR, STRANGER, 2**256 - 1)]),
    }
    settled = money.request(bob, DEMO_CHAIN, [transfer(TEST_DOLLAR, other, 7_250_000)], note="Coffee")
    declined = money.request(bob, DEMO_CHAIN, [transfer(None, STRANGER, 9 * ETHER)], note="Send 1 ETH")
    money.change(
        money.request_of(settled).request.request_id,
        RequestState.SETTLED,
        transaction_hash=HASH,
        evidence="fields",
        confirmations=4,
    )
    money.change(
        money.request_of(declined).request.request_id,
        RequestState.DECLINED,
        reason="That is not your account",
    )
    return cards | {"settled": settled, "declined": declined}


def fill_every_card(messenger: MemoryMessenger, conversation_id: str) -> dict[str, bytes]:
    """A card in every state, asked for by each side, and payments that nobody asked for; the messages, by name."""
    money = messenger.money
    cards = {}
    for own in (False, True):
        for state in RequestState:
            message_id = money.request(
                conversation_id,
                DEMO_CHAIN,
                [transfer(TEST_DOLLAR, STRANGER, 2_500_000)],
                own=own,
                by_wallet=None if state is RequestState.PENDING else own,
            )
            money.change(money.request_of(message_id).request.request_id, state, **_known(state))
            cards[f"{'own' if own else 'other'}-{state}"] = message_id
        for state in NAMED:
            message_id = money.tell_payment(
                conversation_id, SEPOLIA, [transfer(None, STRANGER, ETHER // 4)], own=own
            )
            money.change_told(message_id, state, **_known(state))
            cards[f"{'own' if own else 'other'}-paid-{state}"] = message_id
    return cards


NAMED = tuple(
    each
    for each in RequestState
    if each not in (RequestState.OPEN, RequestState.DECLINED, RequestState.CANCELLED, RequestState.EXPIRED)
)
"""The states in which a transaction is named."""


def _known(state: RequestState) -> dict[str, Any]:
    """What is known besides in a state."""
    if state is RequestState.DECLINED:
        return {"reason": "I paid that yesterday, in cash"}
    facts: dict[str, Any] = {"transaction_hash": HASH} if state in NAMED else {}
    if state in (RequestState.CONFIRMING, RequestState.SETTLED):
        facts |= {"evidence": "trace", "confirmations": 2}
    return facts | ({"detail": "differs"} if state is RequestState.FAILED else {})


async def pay_some(messenger: MemoryMessenger) -> str:
    """Payments in several states; the id of one that waits."""
    money = messenger.money
    paid = []
    for amount, token in ((3 * ETHER, None), (12_000_000, TEST_DOLLAR), (ETHER // 8, None)):
        preview = await money.preview_send(
            checksummed(messenger.account), DEMO_CHAIN, token, memory_account("bob"), amount
        )
        paid.append(await money.confirm(preview.preview_id, "normal", ""))
        messenger.wait(60_000)
    money.move(paid[0], PaymentState.SETTLED, block_number=41, confirmations=12, fee=21_000 * 10**9)
    money.move(
        paid[1], PaymentState.FAILED, block_number=42, confirmations=3, fee=40_000 * 10**9, detail="paused"
    )
    return paid[2]
