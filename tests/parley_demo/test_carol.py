"""Carol answers once, in bounds, and no bot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from harness.memory_messenger import MemoryMessenger, memory_account
from parley.chat.contacts.people import ContactRequest
from parley.chat.content import shown_text
from parley.chat.events import PeopleChanged
from parley_demo.carol import ECHO_CHARACTERS, MOST, PAUSE, SIGN, WINDOW_S, Answer, Carol, Pace, reply_to


class CarolsMessenger(MemoryMessenger):
    """Also knows strangers who ask."""

    def __init__(self) -> None:
        super().__init__("carol")
        self.asking: list[ContactRequest] = []

    async def requests(self) -> tuple[ContactRequest, ...]:
        await trio.lowlevel.checkpoint()
        return tuple(self.asking)

    async def accept(self, conversation_id: str) -> None:
        await trio.lowlevel.checkpoint()
        self.asking = [each for each in self.asking if each.conversation_id != conversation_id]

    def ask(self, name: str, text: str) -> str:
        """Have a stranger write."""
        account = memory_account(name)
        conversation_id = self.know(account)
        self.receive(conversation_id, text)
        self.asking.append(ContactRequest(conversation_id, account, None, 0))
        self._tell(PeopleChanged())
        return conversation_id


@pytest.fixture
def messenger() -> CarolsMessenger:
    """Carol's opened profile."""
    return CarolsMessenger()


@asynccontextmanager
async def answering(messenger: CarolsMessenger) -> AsyncIterator[None]:
    """Carol is there within the block, and has said all she wants to at its end."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Carol(messenger).run)  # type: ignore[arg-type]
        await wait_all_tasks_blocked()
        yield
        await wait_all_tasks_blocked(0.01)
        await trio.sleep(WINDOW_S / 2)
        nursery.cancel_scope.cancel()


async def said(messenger: CarolsMessenger, conversation_id: str) -> list[str]:
    """What Carol said."""
    shown = await messenger.messages(conversation_id)
    return [shown_text(each.content) or "" for each in shown if each.own]


async def test_she_says_back_what_was_said(messenger: CarolsMessenger, autojump_clock: MockClock) -> None:
    """With the sign of a bot."""
    bob = messenger.know(memory_account("bob"))
    async with answering(messenger):
        messenger.receive(bob, "The sea is calm tonight")

    (answer,) = await said(messenger, bob)
    assert answer.startswith(SIGN)
    assert "The sea is calm tonight" in answer


async def test_what_came_while_she_was_away_is_answered_once(
    messenger: CarolsMessenger, autojump_clock: MockClock
) -> None:
    """Also if she comes twice."""
    bob = messenger.know(memory_account("bob"))
    messenger.receive(bob, "Are you there?")
    for _ in range(2):
        async with answering(messenger):
            pass

    assert len(await said(messenger, bob)) == 1


async def test_a_stranger_is_accepted_and_answered(
    messenger: CarolsMessenger, autojump_clock: MockClock
) -> None:
    """Whoever starts as themselves finds somebody to talk to."""
    async with answering(messenger):
        dave = messenger.ask("dave", "Hello")

    assert messenger.asking == []
    assert "I am Carol" in (await said(messenger, dave))[0]


async def test_two_of_her_do_not_talk_to_each_other(
    messenger: CarolsMessenger, autojump_clock: MockClock
) -> None:
    """Another bot says that it is one."""
    other = messenger.know(memory_account("another carol"))
    async with answering(messenger):
        messenger.receive(other, reply_to("hello", 0) or "")
        messenger.receive(other, PAUSE)

    assert await said(messenger, other) == []


async def test_a_bot_that_hides_is_tired_out(messenger: CarolsMessenger, autojump_clock: MockClock) -> None:
    """A flood gets so many answers, one sentence about a pause, and then nothing."""
    other = messenger.know(memory_account("a bot that does not say so"))
    async with answering(messenger):
        for count in range(3 * MOST):
            messenger.receive(other, f"echo {count}")

    answers = await said(messenger, other)
    assert len(answers) == MOST + 1
    assert answers.count(PAUSE) == 1


def test_a_pause_ends() -> None:
    """After it she answers again."""
    pace = Pace()
    told = [pace.next(float(second)) for second in range(MOST + 2)]
    later = pace.next(WINDOW_S + 1)

    assert told == [Answer.ANSWER] * MOST + [Answer.PAUSE, Answer.SILENCE]
    assert later is Answer.ANSWER


@pytest.mark.parametrize("text", ["", " ", "gm", "Hi!", "why?", "🤷", "x" * 60_000, "a{b}c %s \n\n\n", None])
def test_every_text_gets_one_short_sentence(text: str | None) -> None:
    """Whatever somebody sends."""
    for chance in range(4):
        answer = reply_to(text, chance)
        assert answer is not None
        assert answer.startswith(SIGN)
        assert len(answer) < ECHO_CHARACTERS + 120
