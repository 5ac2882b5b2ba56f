"""Whatever the network and the power supply do, each delivered text is the sent one, once."""

from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from e2ee.e2ee_people import DAY_MS, Person, meet
from parley.e2ee import api as e2ee

SIDES = st.sampled_from([0, 1])
PLACES = st.integers(0, 1 << 16)


class Conversation(RuleBasedStateMachine):
    """Two devices, an unreliable network, and processes that die between a step and its commit.

    What must hold besides "the sent text, once": an envelope that arrives within its TTL, for a device that did not
    rotate twice since, is always readable. Sends that the crash took back never left, as the outbox guarantees.
    """

    def __init__(self) -> None:
        super().__init__()
        self.people = meet("alice", "bob")
        self.network: tuple[list[tuple[bytes, e2ee.Envelope]], ...] = ([], [])  # towards each side
        self.delivered: tuple[set[bytes], ...] = (set(), set())
        self.sent = 0
        self.restarts = [0, 0]

    def _sides(self, side: int) -> tuple[Person, Person]:
        return self.people[side], self.people[1 - side]

    def _crashing(self, person: Person, step: Callable[[], object]) -> None:
        """Do a step and lose what it would have committed: the process starts again from what was stored."""
        stored = {device: e2ee.SessionState(bytes(state)) for device, state in person.sessions.items()}
        step()
        person.sessions = stored

    @rule(side=SIDES, burst=st.integers(1, 4))
    def send(self, side: int, burst: int) -> None:
        """Send a few messages."""
        sender, recipient = self._sides(side)
        for _ in range(burst):
            self.sent += 1
            text = b"text %d" % self.sent
            self.network[1 - side].append((text, sender.send(recipient, text)))

    @rule(side=SIDES)
    def crash_while_sending(self, side: int) -> None:
        """The state after the step was not committed, so the envelope never left."""
        sender, recipient = self._sides(side)
        self._crashing(sender, lambda: sender.send(recipient, b"never left"))

    @rule(side=SIDES, place=PLACES, again=st.booleans())
    def deliver(self, side: int, place: int, again: bool) -> None:
        """Deliver any waiting envelope, in any order, perhaps leaving a duplicate behind."""
        if not self.network[side]:
            return
        place %= len(self.network[side])
        text, envelope = self.network[side][place]
        if not again:
            del self.network[side][place]
        self._deliver(side, text, envelope)

    def _deliver(self, side: int, text: bytes, envelope: e2ee.Envelope) -> None:
        recipient, sender = self._sides(side)
        try:
            received = recipient.receive(sender, envelope)
        except e2ee.DecryptionError:
            assert text in self.delivered[side], "a first delivery was refused"
            return
        assert received == text
        assert text not in self.delivered[side], "delivered twice"
        self.delivered[side].add(text)

    @rule(side=SIDES, place=PLACES)
    def crash_while_receiving(self, side: int, place: int) -> None:
        """The text was not stored either, so the envelope is new again."""
        if not self.network[side]:
            return
        recipient, sender = self._sides(side)
        text, envelope = self.network[side][place % len(self.network[side])]
        if text not in self.delivered[side]:
            self._crashing(recipient, lambda: recipient.receive(sender, envelope))

    @rule(side=SIDES, place=PLACES)
    def lose(self, side: int, place: int) -> None:
        """An envelope is gone."""
        if self.network[side]:
            del self.network[side][place % len(self.network[side])]

    @rule(days=st.integers(1, 8))
    @precondition(lambda self: self.restarts[0] + self.restarts[1] < 3)
    def time_passes(self, days: int) -> None:
        """Long enough to start a fresh session, short enough that nothing on the way reaches its TTL."""
        self.restarts[0] += 1
        for person in self.people:
            person.now_ms += days * DAY_MS

    @rule(side=SIDES)
    @precondition(lambda self: self.restarts[1] == 0)
    def rotate(self, side: int) -> None:
        """Rotate prekeys once: what was sent to the previous pair stays readable."""
        self.restarts[1] += 1
        self.people[side].rotate()

    @invariant()
    def bounded(self) -> None:
        """Neither side keeps more than its bound."""
        for person, peer in (self.people, self.people[::-1]):
            if peer.device_id in person.sessions:
                assert person.summary(peer).sessions <= 8

    def teardown(self) -> None:
        """Everything still on the way arrives in the end."""
        for side in (0, 1):
            for text, envelope in self.network[side]:
                self._deliver(side, text, envelope)


Conversation.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestConversation = Conversation.TestCase
