"""People as separate processes: `parley up` on a real database and real sockets, driven through their pages."""

from __future__ import annotations

import json
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import httpx
import trio

from harness.prepared import Prepared
from parley.messenger import make_profile, real_system
from parley.messenger.system import system_clock_ms
from parley.settings import child_environment
from parley.web.folder import PageFolder, launch_link

PASSPHRASE = "correct horse"
CLUSTER_ID = 7399
"""Tests never meet the network that people use."""

_MESSAGE = re.compile(
    r'<li id="[^"]+" class="message (?P<who>own|other)[^"]*"[^>]*>.*?<p class="text[^"]*"[^>]*>(?P<text>.*?)</p>'
    r"(?P<rest>.*?)</li>",
    re.DOTALL,
)
# A long text shows its beginning, and all of it on request.
_WHOLE = re.compile(r'</summary><p class="text"[^>]*>(?P<text>.*?)</p>', re.DOTALL)
_STATE = re.compile(r'class="state (?P<state>\w+)"')


@dataclass(frozen=True, slots=True)
class PageMessage:
    """A message as a page shows it."""

    own: bool
    text: str
    state: str | None


def make_person(data: Path) -> str:
    """Make a profile in an empty folder; gives its account."""
    return trio.run(make_profile, data, PASSPHRASE, "test device", real_system())


def wait_until(true: Callable[[], bool], within_s: float = 120) -> None:
    """Wait for something that only another process can make true."""
    deadline = time.monotonic() + within_s
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not so within {within_s} s")
        time.sleep(0.05)


@dataclass
class PersonProcess:
    """One person's process. `start` it, talk through its page, `kill` or `stop` it, `start` it again.

    Attributes:
        passphrase: handed to the process; with None it starts locked, or without a profile.
        options: more of `parley up`.
        fresh: whether it is a Python of its own from the start, for tests of its beginning and end; others are forked
            with everything imported.
        account: empty while it is locked.
    """

    data: Path
    peers: tuple[str, ...] = ()
    listen: str = ""
    settings: dict[str, str | int] = field(default_factory=dict)
    passphrase: str | None = PASSPHRASE
    options: tuple[str, ...] = ()
    fresh: bool = False
    url: str = ""
    account: str = ""
    addresses: tuple[str, ...] = ()
    _process: subprocess.Popen[str] | Prepared | None = None
    _client: httpx.Client | None = None

    def start(self) -> None:
        """Start the process and wait until its page answers. It ends with this process."""
        command = ["up", "--data", str(self.data), "--no-open", "--json", "--with-parent", *self.options]
        for peer in self.peers:
            command += ["--peer", peer]
        if self.listen:
            command += ["--listen", self.listen]
        secret = {} if self.passphrase is None else {"passphrase": self.passphrase}
        environment = child_environment(**secret, cluster_id=CLUSTER_ID, **self.settings)
        with self.log.open("ab") as log:
            if self.fresh:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "parley", *command],
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                )
            else:
                self._process = Prepared("parley", command, environment, stderr=log)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"no page: {self.log.read_text(errors='replace')[-2000:]}")
        facts = json.loads(line)
        self.url = facts["url"]
        self.account = facts["account"] or ""
        self.addresses = tuple(facts["addresses"])
        self._client = httpx.Client(
            base_url=self.url, headers={"Origin": self.url.rstrip("/")}, trust_env=False, timeout=30
        )
        assert self._client.get(facts["launch"]).status_code == 303

    def launch_link(self) -> str:
        """A new launch link, as `parley open` makes it."""
        key = PageFolder(self.data).running_key()
        return launch_link(self.url.rstrip("/"), key, system_clock_ms())

    @property
    def log(self) -> Path:
        """What the process says besides its page."""
        return self.data.parent / f"{self.data.name}.log"

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """End the process as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """End the process as Ctrl-C would; gives its exit status."""
        return self._end(signal.SIGINT)

    def _end(self, with_signal: signal.Signals) -> int:
        if self._client is not None:
            self._client.close()
            self._client = None
        if self._process is None:
            return 0
        self._process.send_signal(with_signal)
        status = self._process.wait(timeout=30)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process = None
        return status

    @property
    def client(self) -> httpx.Client:
        """Speaks to the page as a browser would."""
        assert self._client is not None
        return self._client

    def add(self, other: PersonProcess, nickname: str = "") -> str:
        """Put the other's contact record into this page; gives the conversation's id."""
        record = other.client.get("contact-record").content
        answer = self.client.post("contacts", data={"nickname": nickname}, files={"record": ("r", record)})
        assert answer.status_code == 303, answer.text
        found = re.search(r"[0-9a-f]{32}", answer.headers["location"])
        assert found is not None
        return found.group()

    def send(self, conversation_id: str, text: str, form_token: str | None = None) -> int:
        """Send a text; gives the status of the answer."""
        answer = self.client.post(
            f"conversations/{conversation_id}/messages",
            data={"text": text, "form_token": form_token or secrets.token_hex(16)},
        )
        return answer.status_code

    def messages(self, conversation_id: str) -> list[PageMessage]:
        """All messages of a conversation, page by page, in the order shown."""
        address: str | None = f"conversations/{conversation_id}"
        found: list[PageMessage] = []
        while address:
            page = self.client.get(address).text
            found[:0] = list(_page_messages(page))
            earlier = re.search(r'<p class="log-link"><a class="button" href="/([^"]+)">Earlier', page)
            address = unescape(earlier.group(1)) if earlier else None
        return found

    def received(self, conversation_id: str) -> list[str]:
        """The texts received, in the order shown."""
        return [each.text for each in self.messages(conversation_id) if not each.own]

    def states(self, conversation_id: str) -> list[str | None]:
        """The delivery states of the own messages, in the order shown."""
        return [each.state for each in self.messages(conversation_id) if each.own]


def _page_messages(page: str) -> Iterator[PageMessage]:
    for found in _MESSAGE.finditer(page):
        state = _STATE.search(found["rest"])
        whole = _WHOLE.search(found["rest"])
        text = whole["text"] if whole else found["text"]
        yield PageMessage(found["who"] == "own", unescape(text), state["state"] if state else None)
