"""Who gets in: launch links and sessions with their clock and their files, as one application holds them.

The steps are in `launch.py` and `sessions.py`; here are the cookie, the bound on wrong ones, and the storing.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections import deque
from collections.abc import Callable

import trio
from starlette.datastructures import Headers

from parley.web.errors import LaunchLinkError, TooManyAttemptsError
from parley.web.launch import KEY_BYTES, Launches
from parley.web.nonces import SignInTexts
from parley.web.sessions import LIFETIME_MS, TOKEN_BYTES, Session, Sessions

log = logging.getLogger(__name__)

MAX_WRONG = 30
"""Wrong links, cookies and sign-ins a minute that get a page for an answer."""

MAX_TEXTS = 30
"""Texts a minute that are given to wallets to sign in with; each may cost a question to an Ethereum node."""

_MINUTE_MS = 60_000
_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")


def _system_clock_ms() -> int:
    return time.time_ns() // 1_000_000


def _keep_nowhere(_stored: bytes) -> None:
    """For an application whose sessions end with it."""


class Entrance:
    """Lets browsers in and out.

    Args:
        port: the port that browsers use; it is in the cookie's name, since cookies are sent to every port of a host.
        key: the launch key, 32 bytes; by default one that nobody knows, so that nobody gets in.
        stored: sessions of an earlier run.
        keep: stores sessions; called in a thread, one call at a time.
        clock: milliseconds since the epoch.
    """

    def __init__(
        self,
        port: int,
        *,
        key: bytes = b"",
        stored: bytes = b"",
        keep: Callable[[bytes], None] = _keep_nowhere,
        clock: Callable[[], int] = _system_clock_ms,
    ) -> None:
        self.cookie_name = f"parley-{port}"
        self._launches = Launches(key or secrets.token_bytes(KEY_BYTES))
        self._sessions = Sessions(stored)
        self._keep = keep
        self._clock = clock
        self._keeping = trio.Lock()
        self._texts = SignInTexts()
        self._wrong = _Flood(MAX_WRONG)
        self._asked = _Flood(MAX_TEXTS)

    def signed_in(self, headers: Headers) -> Session | None:
        """The session of a request, if it shows the cookie of one."""
        shown = _cookies(headers, self.cookie_name)
        return self._sessions.find((each for each in shown if _VALUE.fullmatch(each)), self._clock())

    def refuse(self, headers: Headers) -> str | None:
        """Count a request without a session; gives the `Set-Cookie` header that removes its wrong cookie, if any.

        Raises:
            TooManyAttemptsError: there were too many wrong ones.
        """
        if not _cookies(headers, self.cookie_name):
            return None
        self.note_wrong()
        return self._cookie("", 0)

    async def launch(self, token: str) -> str:
        """Use a launch token up, for the `Set-Cookie` header that signs the browser in.

        Raises:
            LaunchLinkError: it is not valid or no longer.
            TooManyAttemptsError: the same, once too often.
        """
        now_ms = self._clock()
        try:
            self._launches.redeem(token, now_ms)
        except LaunchLinkError:
            self.note_wrong()
            raise
        return await self.begin()

    def issue_text(self, nonce: str, text: str) -> None:
        """Wait for a wallet's signature of a text, for five minutes.

        Raises:
            TooManyAttemptsError: too many were asked for; nothing is waited for.
        """
        # Counted apart from wrong ones: an old tab with a wrong cookie must not keep a wallet out.
        # Guarded by tests/web/test_wallet_signin.py::test_many_requests_are_refused.
        now_ms = self._clock()
        self._asked.note(now_ms)
        self._texts.issue(nonce, text, now_ms)

    def take_text(self, nonce: str) -> str:
        """Use an issued text up. Raises NonceError."""
        return self._texts.take(nonce, self._clock())

    async def begin(self) -> str:
        """Sign a browser in, whoever asks; gives its `Set-Cookie` header."""
        value = secrets.token_urlsafe(TOKEN_BYTES)
        self._sessions.begin(value, self._clock())
        await self._store()
        return self._cookie(value, LIFETIME_MS // 1000)

    async def end(self, session: Session) -> str:
        """Sign a browser out; gives the `Set-Cookie` header that removes its cookie."""
        self._sessions.end(session)
        await self._store()
        return self._cookie("", 0)

    def _cookie(self, value: str, seconds: int) -> str:
        # Not "Secure": Safari keeps no such cookie of http://localhost. What it would add, that the cookie is not
        # sent over a network, holds already. Guarded by tests/web/test_signin.py::test_a_launch_link_signs_in_once
        # and tests/browser/test_hostile_page.py.
        return f"{self.cookie_name}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Strict"

    async def _store(self) -> None:
        async with self._keeping:
            try:
                await trio.to_thread.run_sync(self._keep, self._sessions.dump())
            except OSError as error:
                # A full disk must not keep anybody out; the browser needs a new link after a restart.
                log.warning("web.sessions_not_stored error=%s", type(error).__name__)

    def note_wrong(self) -> None:
        """Count a wrong link, cookie or sign-in. Raises TooManyAttemptsError: there were too many."""
        # A right link or cookie passes whatever happened before, or anybody could lock the person out; guessing 256
        # bits is hopeless at any pace. What is bounded is the work that a flood of wrong ones makes.
        # Guarded by tests/web/test_signin.py::test_many_wrong_ones_are_refused_without_a_page.
        self._wrong.note(self._clock())


class _Flood:
    """Counts what may happen so many times a minute."""

    def __init__(self, most: int) -> None:
        self._times: deque[int] = deque(maxlen=most)

    def note(self, now_ms: int) -> None:
        """Count one. Raises TooManyAttemptsError: there were too many in the last minute."""
        full = len(self._times) == self._times.maxlen and 0 <= now_ms - self._times[0] < _MINUTE_MS
        self._times.append(now_ms)
        if full:
            raise TooManyAttemptsError


def _cookies(headers: Headers, name: str) -> list[str]:
    """Every value of the cookies of one name: paths and other ports may have set several."""
    pairs = (part.partition("=") for line in headers.getlist("cookie") for part in line.split(";"))
    return [value.strip() for key, _, value in pairs if key.strip() == name]
