"""Whatever order people, wallets and chains act in: nothing is paid twice, and each card tells what is so."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from harness.two_sides import CHAIN_ID, DAY_MS, NOW_MS, Side, payment, request, two_sides
from parley.chat.errors import AlreadyPayingError, RequestClosedError
from parley.chat.payments.ask import ask, cancel, decline
from parley.chat.payments.claim import keep_claim
from parley.chat.payments.model import PaymentRow, PaymentState, RequestState
from parley.chat.payments.pay import keep_payment, tell_payment
from parley.chat.payments.states import LIVE_PAYMENTS, is_payable, state_at

MOVED = [each for each in PaymentState if each is not PaymentState.SIGNED]
SEEN = [
    RequestState.PENDING,
    RequestState.CONFIRMING,
    RequestState.SETTLED,
    RequestState.FAILED,
    RequestState.UNPROVABLE,
    RequestState.REPLACED,
    RequestState.DROPPED,
]
MONEY = (RequestState.PENDING, RequestState.CONFIRMING, RequestState.SETTLED)


class TwoSides(RuleBasedStateMachine):
    """Bob asks Alice for one payment; each message arrives later, again, or never."""

    def __init__(self) -> None:
        super().__init__()
        self.alice, self.bob = two_sides()
        self.now_ms = NOW_MS
        self.asked = request()
        _, commit = ask(self.bob.loaded, self.bob.own, self.asked, b"", None, NOW_MS)
        self.bob.store(commit)
        self.alice.take(self.bob.said[0])

    @property
    def id(self) -> bytes:
        """The request's."""
        return self.asked.request_id

    def keep(self, row: PaymentRow) -> bool:
        """Alice keeps a payment, unless she is refused."""
        row_before, live = self.alice.requests[self.id], self.live()
        try:
            commit = keep_payment(row, row_before, self.alice.payments_of(self.id), self.now_ms)
        except AlreadyPayingError:
            assert live
            return False
        except RequestClosedError:
            assert not live
            assert not is_payable(row_before, self.now_ms)
            return False
        self.alice.store(commit)
        return True

    def live(self) -> list[PaymentRow]:
        """Payments that are made, or may still be."""
        return [each for each in self.alice.payments_of(self.id) if each.state in LIVE_PAYMENTS]

    @rule(late=st.booleans())
    def time_passes(self, late: bool) -> None:
        """An hour, or beyond the request's end."""
        self.now_ms += DAY_MS if late else 3_600_000

    @rule()
    def alice_pays(self) -> None:
        """She confirms, in as many windows as she likes."""
        live = self.live()
        if self.keep(payment(len(self.alice.payments) + 1, self.asked)):
            assert not live

    @precondition(lambda self: self.live())
    @rule()
    def alice_speeds_up(self) -> None:
        """Another one with the same nonce."""
        others = self.live()
        made = self.keep(payment(len(self.alice.payments) + 1, self.asked, replaces=others[0].payment_id))
        assert made is (len(others) == 1)

    @precondition(lambda self: self.alice.payments)
    @rule(which=st.integers(0, 20), state=st.sampled_from(MOVED))
    def a_payment_moves(self, which: int, state: PaymentState) -> None:
        """A wallet or a chain says anything at all of it."""
        rows = list(self.alice.payments.values())
        assert self.keep(replace(rows[which % len(rows)], state=state))

    @precondition(lambda self: self.alice.payments)
    @rule(which=st.integers(0, 20))
    def alice_tells(self, which: int) -> None:
        """Bob will hear of a transaction."""
        rows = list(self.alice.payments.values())
        row = rows[which % len(rows)]
        self.alice.store(tell_payment(self.alice.loaded, self.alice.own, row, self.now_ms))

    @precondition(lambda self: self.alice.said)
    @rule(which=st.integers(0, 20))
    def bob_hears(self, which: int) -> None:
        """One of the messages, in any order."""
        self.deliver(self.alice, self.bob, which)

    @precondition(lambda self: self.bob.said[1:])
    @rule(which=st.integers(1, 20))
    def alice_hears(self, which: int) -> None:
        """What Bob took back."""
        self.deliver(self.bob, self.alice, which)

    def deliver(self, sender: Side, receiver: Side, which: int) -> None:
        """One message arrives; it never becomes a message of its own."""
        said = sender.said[which % len(sender.said)]
        if said is not self.bob.said[0]:
            assert receiver.take(said, self.now_ms) is False

    @precondition(lambda self: self.bob.claims)
    @rule(which=st.integers(0, 20), state=st.sampled_from(SEEN))
    def the_chain_speaks(self, which: int, state: RequestState) -> None:
        """Bob's node says anything at all of a claim."""
        claims = list(self.bob.claims.values())
        claim = replace(claims[which % len(claims)], state=state)
        commit = keep_claim(claim, self.bob.requests[self.id], self.bob.claims_of(self.id), self.now_ms)
        self.bob.store(commit)

    @rule()
    def alice_declines(self) -> None:
        """If there is anything left to decline."""
        row = self.alice.requests[self.id]
        try:
            commit = decline(
                self.alice.loaded, self.alice.own, row, self.alice.payments_of(self.id), "no", self.now_ms
            )
        except (AlreadyPayingError, RequestClosedError):
            return
        assert not self.live()
        self.alice.store(commit)

    @rule()
    def bob_takes_it_back(self) -> None:
        """If it is not being paid."""
        try:
            commit = cancel(self.bob.loaded, self.bob.own, self.bob.requests[self.id], self.now_ms)
        except RequestClosedError:
            return
        self.bob.store(commit)

    @invariant()
    def the_payers_card_is_true(self) -> None:
        """It shows money exactly if a payment moves it, and can be paid exactly if none does."""
        row = self.alice.requests[self.id]
        states = {each.state for each in self.alice.payments_of(self.id)}
        moving = {PaymentState.PENDING, PaymentState.CONFIRMING, PaymentState.SETTLED} & states
        assert bool(moving) is (row.state in MONEY)
        if is_payable(row, self.now_ms):
            assert not self.live()
            assert row.ended is None
        if not self.live() and row.ended is not None:
            assert row.state is row.ended

    @invariant()
    def the_requesters_card_is_true(self) -> None:
        """It is settled exactly if the chain settled a claim, whatever anybody said."""
        row = self.bob.requests[self.id]
        states = {each.state for each in self.bob.claims_of(self.id)}
        assert (row.state is RequestState.SETTLED) is (RequestState.SETTLED in states)
        if not states:
            assert row.state in (RequestState.OPEN, RequestState.DECLINED, RequestState.CANCELLED)
        assert (state_at(row, self.now_ms) is RequestState.EXPIRED) is (
            row.state is RequestState.OPEN and self.now_ms > self.asked.expires_at_ms
        )
        assert {each.chain_id for each in self.bob.claims.values()} <= {CHAIN_ID}


TwoSides.TestCase.settings = settings(
    max_examples=60, stateful_step_count=30, suppress_health_check=[HealthCheck.too_slow]
)
test_two_sides = TwoSides.TestCase
