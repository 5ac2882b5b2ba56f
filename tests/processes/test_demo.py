"""The demo as real processes: people who talk, a bot that answers, and nothing left behind."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from harness.processes import PASSPHRASE, wait_until
from parley.chat.content import shown_text
from parley.messenger import make_profile, open_messenger, real_system
from parley.messenger.chains import ethereum_chain
from parley.messenger.profile import unlock_profile
from parley.messenger.system import system_clock_ms
from parley.settings import Settings
from parley.web.folder import PageFolder, launch_link
from parley.web.server import origin_of
from parley_demo.carol import SIGN
from parley_demo.commands import CHAIN_ID, CLUSTER_ID


def processes_of(folder: Path) -> list[int]:
    """The processes that were started with something of this folder."""
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdecimal():
            try:
                arguments = (each / "cmdline").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in arguments:
                found.append(int(each.name))
    return found


def start_demo(data: Path, *options: str) -> subprocess.Popen[str]:
    """Start the demo in its folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "parley", "demo", "--data", str(data), "--no-open", "--json", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running_demo(data: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A demo that has said that everything runs, and what it said."""
    with start_demo(data, *options) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, process.communicate()[1]
            yield process, json.loads(line)
        finally:
            process.kill()
    wait_until(lambda: not processes_of(data))


@contextmanager
def entered(url: str, launch: str) -> Iterator[httpx.Client]:
    """A browser that was let in by a launch link."""
    headers = {"Origin": url.rstrip("/")}
    with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60) as client:
        assert client.get(launch).status_code in (200, 303)
        yield client


def conversation_with(page: httpx.Client, name: str) -> str:
    """The address of the conversation with somebody, once the page shows them by name."""
    found: list[str] = []

    def shown() -> bool:
        addresses = sorted(set(re.findall(r"/conversations/[0-9a-f]{32}", page.get("").text)))
        found[:] = [each for each in addresses if re.search(f"<title>[^<]*{name}", page.get(each).text)]
        return bool(found)

    wait_until(shown)
    return found[0]


def send(page: httpx.Client, conversation: str, text: str) -> None:
    """Send a text as the form does."""
    answer = page.post(f"{conversation}/messages", data={"text": text, "form_token": secrets.token_hex(16)})
    assert answer.status_code < 400


@dataclass(frozen=True)
class Shared:
    """A demo that several tests use."""

    folder: Path
    facts: dict[str, Any]
    people: dict[str, dict[str, Any]]
    process: subprocess.Popen[str]

    def enter_page(self) -> AbstractContextManager[httpx.Client]:
        """A browser on the demo's page, by a new link of `parley open`."""
        key, port = PageFolder(self.folder).running_key(), PageFolder(self.folder).kept_port()
        return entered(origin_of(port) + "/", launch_link(origin_of(port), key, system_clock_ms()))

    def enter(self, name: str) -> AbstractContextManager[httpx.Client]:
        """A browser on somebody's page, by a click on the demo's."""
        with self.enter_page() as page:
            link = page.post(f"enter/{name.lower()}").headers["location"]
        return entered(self.people[name]["url"], link)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """One demo for the tests that leave it as it is; the last of them ends it."""
    folder = tmp_path_factory.mktemp("demo") / "folder"
    with running_demo(folder) as (process, facts):
        yield Shared(folder, facts, {each["name"]: each for each in facts["people"]}, process)


def test_everybody_has_a_name_and_ether(demo: Shared) -> None:
    """The name stands for the account both ways, and has text records."""
    chain = ethereum_chain(CHAIN_ID, (demo.facts["chain"],))

    async def check() -> None:
        for name, each in demo.people.items():
            assert await chain.address_of(f"{name.lower()}.eth") == each["account"]
            assert await chain.name_of(each["account"]) == f"{name.lower()}.eth"
            assert (await chain.balance(each["account"])).wei > 0

    trio.run(check)
    assert list(demo.people) == ["Alice", "Bob", "Carol"]


def test_they_talk_and_carol_answers_by_herself(demo: Shared) -> None:
    """They are shown by their names; nobody gave anybody a file."""
    with demo.enter("Alice") as alice, demo.enter("Bob") as bob:
        to_bob, to_carol = (conversation_with(alice, each) for each in ("bob.eth", "carol.eth"))
        to_alice = conversation_with(bob, "alice.eth")
        send(alice, to_bob, "Hello Bob")
        send(alice, to_carol, "The sea is calm tonight")
        wait_until(lambda: "Hello Bob" in bob.get(to_alice).text)
        wait_until(lambda: SIGN in alice.get(to_carol).text)


def test_carol_accepts_a_stranger_and_answers(demo: Shared, tmp_path: Path) -> None:
    """Whoever starts as themselves finds somebody to talk to, knowing nothing but her account."""
    account = demo.people["Carol"]["account"]
    settings = Settings(
        tmp_path / "dave", peers=tuple(demo.facts["relay"]), cluster_id=CLUSTER_ID, mdns=False
    )

    async def talk() -> str:
        await make_profile(settings.data, PASSPHRASE, "test device", real_system())
        key = (await unlock_profile(settings.data, PASSPHRASE)).database
        with trio.fail_after(120):
            async with open_messenger(settings, key) as dave, dave.events() as events:
                conversation_id = await dave.add_by_account(account, "Carol")
                async for _ in events:
                    if not await dave.pending():
                        break
                sent = await dave.send_text(conversation_id, "Nice to meet you", "form")
                async for _ in events:
                    for each in await dave.messages(conversation_id):
                        if each.message_id != sent:
                            return shown_text(each.content) or ""
        return ""

    assert "Nice to meet you" in trio.run(talk)


def test_a_click_starts_a_first_run_of_ones_own(demo: Shared) -> None:
    """On the demo's chain; a second click leads to the same one."""
    with demo.enter_page() as page:
        links = [page.post("yourself").headers["location"] for _ in range(2)]
    origins = {each.partition("launch/")[0] for each in links}
    with entered(origins.pop(), links[1]) as you:
        assert "passphrase" in you.get("welcome").text.lower()
        assert you.get("").status_code == 303
    assert not origins


def test_a_second_demo_says_where_the_first_one_is(demo: Shared) -> None:
    """One demo a folder, also with --fresh: nothing is erased under a demo that runs."""
    for options in ((), ("--fresh",)):
        second = start_demo(demo.folder, *options)
        _, err = second.communicate(timeout=60)

        assert second.returncode == 1
        assert f"parley open --data {demo.folder}" in err
    with demo.enter("Bob") as bob:
        assert bob.get("").status_code == 200


def test_who_crashed_is_shown_and_started_again(demo: Shared) -> None:
    """With the same page, and with all they had."""
    with demo.enter_page() as page:
        os.kill(demo.people["Bob"]["pid"], signal.SIGKILL)
        wait_until(lambda: "Everything runs." not in page.get("").text)
        wait_until(lambda: "Everything runs." in page.get("").text)
    with demo.enter("Bob") as bob:
        assert conversation_with(bob, "alice.eth")


def test_nothing_is_left_behind_and_the_next_one_goes_on(demo: Shared) -> None:
    """Neither by one that is killed, whose people see the end of their input, nor by Ctrl-C; --fresh begins anew."""
    folder, facts = demo.folder, demo.facts
    assert processes_of(folder)
    demo.process.kill()
    wait_until(lambda: not processes_of(folder))
    with running_demo(folder) as (interrupted, again):
        interrupted.send_signal(signal.SIGINT)
        _, err = interrupted.communicate(timeout=60)

        assert (interrupted.returncode, processes_of(folder)) == (0, []), err
    for name in ("chain", "relay"):
        assert again[name] == facts[name]
    assert [each["account"] for each in again["people"]] == [each["account"] for each in facts["people"]]

    key = folder / "alice" / "profile.key"
    before = key.read_bytes()
    (folder / "alice" / "notes.txt").write_text("mine")
    with start_demo(folder, "--fresh") as fresh:
        wait_until(lambda: not key.exists())
        fresh.kill()
    wait_until(lambda: not processes_of(folder))
    assert not key.exists() or key.read_bytes() != before
    assert (folder / "alice" / "notes.txt").read_text() == "mine"


def test_a_folder_of_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    """With a sentence."""
    (tmp_path / "thesis.txt").touch()
    demo = start_demo(tmp_path, "--fresh")
    _, err = demo.communicate(timeout=60)

    assert demo.returncode == 1
    assert err.startswith(f"{tmp_path} holds thesis.txt")
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.txt"]
