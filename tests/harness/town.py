"""A relay, a chain with everybody's names, and people of it as processes, each with pages in one browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trio
from eth_account.signers.local import LocalAccount
from playwright.sync_api import Browser, Locator, Page, expect

from harness.embedded_world import EmbeddedWorld
from harness.prepared import Prepared
from harness.processes import CLUSTER_ID, PASSPHRASE, PersonProcess, wait_until
from harness.real_pages import RealPages, press
from harness.signers import new_key
from parley.messenger import real_system
from parley.messenger.profile import begin_set_up, write_profile
from parley.messenger.setup import MadeProfile
from parley.settings import Settings, child_environment

LOOPBACK = "/ip4/127.0.0.1/tcp/0"
MEETING_MS = 60_000
"""So long it may take until the network brings a record: who has it answers after a pause, and not every time."""


class Resident:
    """Somebody of the town: a name that leads to an account and back, its key, a process, and its pages."""

    def __init__(self, name: str, key: LocalAccount, pages: RealPages) -> None:
        self.name = name
        self.key = key
        self.pages = pages

    @property
    def process(self) -> PersonProcess:
        """What serves the pages."""
        return self.pages.person

    def find(self, who: str, page: Page | None = None) -> Page:
        """Look for somebody by name, address or invite; the page that says who it is."""
        if page is None:
            page = self.pages.open("/contacts/new")
        else:
            page.goto(self.pages.origin + "/contacts/new")
        page.get_by_label("Name, address or invite").fill(who)
        press(page, "Find")
        return page

    def add(self, who: str, page: Page | None = None) -> Page:
        """Look for somebody, and add whom was found."""
        page = self.find(who, page)
        press(page, "Add")
        return page

    def talk_to(self, other: Resident, page: Page | None = None) -> Page:
        """The conversation with somebody, once they are in the list, which says so by itself."""
        if page is None:
            page = self.pages.open("/")
        else:
            page.goto(self.pages.origin + "/")
        line = page.locator("#lines").get_by_role("link").filter(has_text=other.name)
        line.click(timeout=MEETING_MS)
        expect(page.get_by_label("Message", exact=True)).to_be_visible()
        return page


@dataclass(frozen=True)
class Friends:
    """Alice and Bob, and what their pages showed of each other before they were added: Bob first."""

    alice: Resident
    bob: Resident
    shown: tuple[str, ...]


Asked = tuple[Resident, Resident, Resident, Resident]


class Town:
    """Where people move in, with names of their own."""

    def __init__(self, folder: Path, browser: Browser, world: EmbeddedWorld, relay: str) -> None:
        self._folder = folder
        self._browser = browser
        self._world = world
        self._relay = relay
        self._living = ExitStack()

    def move_in(self, *names: str) -> list[Resident]:
        """Make profiles whose accounts have `<name>-talks.eth`, both ways, and start them beside the relay."""
        keys = [new_key() for _ in names]
        for name, key in zip(names, keys, strict=True):
            self._world.register(ens_of(name), key.address)
            self._world.point_back(key, ens_of(name))
        # In threads, because a browser test has an event loop of its own in this one.
        with ThreadPoolExecutor() as threads:
            processes = list(threads.map(self._start, names, keys))
        return [
            Resident(ens_of(name), key, RealPages(self._browser, each))
            for name, key, each in zip(names, keys, processes, strict=True)
        ]

    def arrive(self, name: str) -> RealPages:
        """Start somebody who has no profile yet."""
        return RealPages(self._browser, self._process(self._folder / name, passphrase=None))

    def _start(self, name: str, key: LocalAccount) -> PersonProcess:
        data = self._folder / name
        trio.run(_make_profile, data, key)
        return self._process(data)

    def _process(self, data: Path, passphrase: str | None = PASSPHRASE) -> PersonProcess:
        options = ("--rpc", self._world.url, "--chain-id", "31337")
        process = PersonProcess(
            data, peers=(self._relay,), listen=LOOPBACK, options=options, passphrase=passphrase
        )
        self._living.callback(process.kill)
        process.start()
        return process

    def close(self) -> None:
        """End everybody."""
        self._living.close()


@contextmanager
def town(folder: Path, browser: Browser, world: EmbeddedWorld) -> Iterator[Town]:
    """A town without people; all of it ends with the block."""
    options = ["relay", "--data", str(folder / "relay"), "--listen", LOOPBACK, "--json", "--with-parent"]
    with Prepared("parley", options, child_environment(cluster_id=CLUSTER_ID)) as process:
        facts: dict[str, Any] = json.loads(process.stdout.readline())
        made = Town(folder, browser, world, facts["addresses"][0])
        try:
            yield made
        finally:
            made.close()


def write(page: Page, text: str) -> Locator:
    """Write in a conversation; the message there."""
    page.get_by_label("Message", exact=True).fill(text)
    press(page, "Send")
    return message(page, text)


def message(page: Page, text: str) -> Locator:
    """A message of a conversation."""
    return page.get_by_role("log").locator(".message").filter(has_text=text)


def delivered(page: Page, text: str) -> None:
    """Wait until an own message is with the other."""
    expect(message(page, text).locator(".state.delivered")).to_be_visible(timeout=MEETING_MS)


def undelivered(page: Page, text: str) -> None:
    """Wait until an own message has left for the network; nobody has acknowledged it."""
    expect(message(page, text).locator(".state.sent")).to_be_visible()


def until_shown(page: Page, target: Locator) -> None:
    """Load a page again and again until it shows something, as a person without JavaScript does."""

    def shown() -> bool:
        page.reload()
        return target.is_visible()

    wait_until(shown)


def ens_of(name: str) -> str:
    """The name that somebody has on the chain."""
    return f"{name}-talks.eth"


async def _make_profile(data: Path, key: LocalAccount) -> None:
    async def finish(made: MadeProfile) -> None:
        await write_profile(data, made)

    set_up = await begin_set_up(Settings(data), PASSPHRASE, "test device", real_system(), finish)
    await set_up.read_key("0x" + bytes(key.key).hex())
    await set_up.accept_import(set_up.choices[0])
