"""The demo: two people who know each other, and nothing left behind."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from harness.processes import wait_until


def alive(pid: int) -> bool:
    """Whether a process exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def start_demo(data: Path) -> subprocess.Popen[str]:
    """Start the demo in its folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "parley", "demo", "--data", str(data), "--no-open", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A running demo."""
    with start_demo(tmp_path) as process:
        yield process
        process.kill()


def conversation_of(page: httpx.Client) -> str:
    """The address of the only conversation."""
    found = re.search(r"/conversations/[0-9a-f]{32}", page.get("").text)
    assert found is not None
    return found.group()


def test_two_people_talk_and_ctrl_c_leaves_nothing_behind(demo: subprocess.Popen[str]) -> None:
    """One line of JSON once both pages answer; a text typed on one appears on the other."""
    assert demo.stdout is not None
    people = json.loads(demo.stdout.readline())["people"]
    pages = [
        httpx.Client(base_url=each["url"], headers={"Origin": each["url"].rstrip("/")}, trust_env=False)
        for each in people
    ]
    for page, each in zip(pages, people, strict=True):
        assert page.get(each["launch"]).status_code == 303
    at_alice, at_bob = (conversation_of(each) for each in pages)

    pages[0].post(f"{at_alice}/messages", data={"text": "Hello Bob", "form_token": secrets.token_hex(16)})
    wait_until(lambda: "Hello Bob" in pages[1].get(at_bob).text)
    for each in pages:
        each.close()
    demo.send_signal(signal.SIGINT)

    assert [each["name"] for each in people] == ["Alice", "Bob"]
    assert demo.wait(timeout=30) == 0
    assert not any(alive(each["pid"]) for each in people)


def test_people_end_with_a_killed_demo(demo: subprocess.Popen[str]) -> None:
    """A supervisor that is killed cannot clean up: its children see the end of their input."""
    assert demo.stdout is not None
    people = json.loads(demo.stdout.readline())["people"]

    demo.kill()

    wait_until(lambda: not any(alive(each["pid"]) for each in people))
