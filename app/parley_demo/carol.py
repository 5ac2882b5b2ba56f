"""Carol, who answers by herself: a few sentences, and never without end.

She answers a text once, also over a restart: the token of an answer follows from what it answers. What another bot
wrote she leaves alone if it says so with the sign that she uses herself; one that does not is tired out by `Pace`.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable
from enum import Enum, auto
from typing import Final

import trio

from parley.chat.content import shown_text
from parley.chat.direct.model import ShownMessage
from parley.chat.errors import NoLiveDeviceError, UnknownConversationError
from parley.chat.events import MessageAdded, PeopleChanged
from parley.messenger import Messenger, ProfileClosedError

SIGN: Final = "🤖"
"""How a text of a bot begins."""

MOST: Final = 12
WINDOW_S: Final = 60.0
THINKS_S: Final = 0.7
LOOKS_BACK: Final = 20
"""So many of the last messages of a conversation are looked through for what came while she was away."""

MOST_FRIENDS: Final = 100
ECHO_CHARACTERS: Final = 280
_TOKEN_DOMAIN = b"parley demo/carol/"

_GREETINGS = ("hello", "hi", "hey", "good morning", "good evening", "gm")
_ECHOES = (
    "“{echo}”, you say. I like that.",
    "I heard you: “{echo}”",
    "“{echo}” came through, encrypted all the way, and only we two can read it.",
)
PAUSE: Final = f"{SIGN} So much to talk about! I need a minute before I go on."


class Answer(Enum):
    """What becomes of a text."""

    ANSWER = auto()
    PAUSE = auto()
    SILENCE = auto()


class Pace:
    """How much is answered in one conversation: `MOST` texts in `WINDOW_S`, then a pause that is said once."""

    def __init__(self) -> None:
        self._answered: deque[float] = deque(maxlen=MOST)
        self._pausing = False

    def next(self, now: float) -> Answer:
        """What becomes of a text that comes now, in seconds."""
        if len(self._answered) == MOST and now - self._answered[0] < WINDOW_S:
            said, self._pausing = self._pausing, True
            return Answer.SILENCE if said else Answer.PAUSE
        self._pausing = False
        self._answered.append(now)
        return Answer.ANSWER


def reply_to(text: str | None, chance: int) -> str | None:
    """What Carol says to a text, or None if it is a bot's.

    Args:
        text: None for something that has no text.
        chance: which of several sentences.
    """
    if text is None:
        return f"{SIGN} That arrived, but I cannot read such things yet."
    said = " ".join(text.split())
    if said.startswith(SIGN):
        return None
    folded = said.casefold()
    if folded.rstrip(" !.,") in _GREETINGS or folded.startswith(tuple(f"{each} " for each in _GREETINGS)):
        return f"{SIGN} Hello! I am Carol. I am a program and answer by myself: write anything."
    echo = said if len(said) <= ECHO_CHARACTERS else said[:ECHO_CHARACTERS] + "…"
    if folded.endswith("?"):
        return f"{SIGN} “{echo}” is a good question. I am only a program, so ask Alice or Bob."
    return f"{SIGN} " + _ECHOES[chance % len(_ECHOES)].format(echo=echo)


class Carol:
    """Answers in every conversation of an opened profile.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, messenger: Messenger, clock: Callable[[], float] = trio.current_time) -> None:
        self._messenger = messenger
        self._clock = clock
        self._paces: dict[str, Pace] = {}

    async def run(self) -> None:
        """Answer until cancelled, or until the profile is closed."""
        try:
            while True:
                # Listened to first, so that nothing falls between what is there and what comes.
                async with self._messenger.events() as events:
                    await self._accept_everybody()
                    for each in await self._messenger.conversations():
                        await self._catch_up(each.conversation_id)
                    async for event in events:
                        if isinstance(event, PeopleChanged):
                            await self._accept_everybody()
                        elif isinstance(event, MessageAdded):
                            message = await self._messenger.message(event.message_id)
                            if message is not None:
                                await self._answer(event.conversation_id, message)
        except (ProfileClosedError, trio.ClosedResourceError):
            return

    async def _accept_everybody(self) -> None:
        """She talks to whoever writes: up to `MOST_FRIENDS`, who are all there is on one machine."""
        for request in await self._messenger.requests():
            if len(await self._messenger.conversations()) >= MOST_FRIENDS:
                return
            try:
                await self._messenger.accept(request.conversation_id)
            except (UnknownConversationError, NoLiveDeviceError):
                continue  # Decided on her page meanwhile, or somebody who cannot be answered.
            await self._catch_up(request.conversation_id)

    async def _catch_up(self, conversation_id: str) -> None:
        unanswered: list[ShownMessage] = []
        for message in await self._messenger.messages(conversation_id, LOOKS_BACK):
            unanswered = [] if message.own else [*unanswered, message]
        for message in unanswered:
            await self._answer(conversation_id, message)

    async def _answer(self, conversation_id: str, message: ShownMessage) -> None:
        digest = hashlib.sha256(_TOKEN_DOMAIN + message.message_id).digest()
        text = None if message.own else reply_to(shown_text(message.content), digest[0])
        if text is None:
            return
        pace = self._paces.setdefault(conversation_id, Pace())
        what = pace.next(self._clock())
        if what is Answer.SILENCE:
            return
        await trio.sleep(THINKS_S)
        try:
            said = text if what is Answer.ANSWER else PAUSE
            await self._messenger.send_text(conversation_id, said, digest[:16].hex())
        except (UnknownConversationError, NoLiveDeviceError):
            return  # Somebody who is gone, or never there, gets no answer.
