"""`parley up` without a passphrase: the page comes at once, and the profile is made or opened there."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from harness.prepared import Prepared, run_prepared
from harness.processes import PASSPHRASE, wait_until
from parley.settings import child_environment
from parley.web.folder import PageFolder


@dataclass
class Running:
    """A running `parley up` and a browser that is signed in to it."""

    browser: httpx.Client
    facts: dict[str, object]
    seconds: float


@contextmanager
def parley_process(
    arguments: list[str], environment: dict[str, str], *, fresh: bool
) -> Iterator[subprocess.Popen[str] | Prepared]:
    """A process of `parley`, killed at the end if it has not ended."""
    if not fresh:
        with Prepared("parley", arguments, environment) as prepared:
            yield prepared
        return
    with subprocess.Popen(
        [sys.executable, "-m", "parley", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def running(data: Path, *options: str, fresh: bool = False) -> Iterator[Running]:
    """Start `parley up` without a passphrase; `fresh` with an interpreter of its own."""
    environment = child_environment(cluster_id=7399)
    environment.pop("PARLEY_PASSPHRASE", None)
    started = time.monotonic()
    arguments = ["up", "--data", str(data), "--no-open", "--json", *options]
    with parley_process(arguments, environment, fresh=fresh) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        url = str(facts["url"])
        with httpx.Client(
            base_url=url,
            headers={"Origin": url.rstrip("/")},
            trust_env=False,
            follow_redirects=True,
            timeout=60,
        ) as browser:
            browser.get(str(facts["launch"]))
            yield Running(browser, facts, time.monotonic() - started)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0


@pytest.fixture
def alice(profiles: Path, tmp_path: Path) -> Path:
    """Alice's folder."""
    return Path(shutil.copytree(profiles / "alice", tmp_path / "alice"))


def test_the_first_run_is_in_the_page(tmp_path: Path) -> None:
    """A passphrase and fresh words make a profile; stopped and started, it is locked and the browser still in."""
    data = tmp_path / "new" / "data"
    with running(data) as first:
        assert first.facts["account"] is None
        assert "First, choose a passphrase" in first.browser.get("").text
        form = {"passphrase": PASSPHRASE, "again": PASSPHRASE, "device_name": "laptop"}
        assert "Choose your account" in first.browser.post("welcome", data=form).text
        assert not (data / "profile.db").exists()
        assert first.browser.post("welcome/words", data={"count": "12"}).status_code == 200
        page = first.browser.post("welcome/words/later")
        assert page.status_code == 200
        assert "No conversations yet." in page.text
        cookies = first.browser.cookies
        assert PageFolder(data).running_key()
    with running(data) as second:
        assert second.facts["url"] == first.facts["url"]
        old = httpx.get(str(second.facts["url"]), cookies=cookies, follow_redirects=True, trust_env=False)
        assert "Locked: not receiving" in old.text


def test_unlocking_and_locking(alice: Path) -> None:
    """A wrong passphrase changes nothing; a right one opens; the button closes the database."""
    with running(alice) as up:
        page = up.browser.post("unlock", data={"passphrase": "wrong"})
        assert page.status_code == 422
        wait_until(lambda: up.browser.post("unlock", data={"passphrase": PASSPHRASE}).status_code == 200)
        assert "No conversations yet." in up.browser.get("").text
        assert (alice / "profile.db-wal").exists()
        assert "Locked: not receiving" in up.browser.post("lock").text
        assert not (alice / "profile.db-wal").exists()
        assert up.browser.get("contact-record").headers["content-type"].startswith("text/html")
        assert up.browser.post("unlock", data={"passphrase": PASSPHRASE}).status_code == 200


def test_a_second_one_on_a_locked_folder_is_refused(alice: Path) -> None:
    """On the same port or another; the first one's links keep working."""
    with running(alice) as up:
        for options in ((), ("--port=1",)):
            ended = run_prepared(["up", "--data", str(alice), "--no-open", *options])
            assert ended.returncode == 1
            assert "Traceback" not in ended.stderr
        assert up.browser.get("").status_code == 200


def test_the_first_page_comes_soon(alice: Path) -> None:
    """Within five seconds of a warm start."""
    best = 60.0
    for _ in range(3):
        with running(alice, fresh=True) as up:
            best = min(best, up.seconds)
        if best < 5:
            break

    assert best < 5
