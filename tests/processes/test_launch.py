"""Getting into a running Parley from another process: `parley open`, Enter in its terminal, and who cannot."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from harness.prepared import run_prepared
from harness.processes import PASSPHRASE, PersonProcess
from parley.settings import child_environment

Two = tuple[PersonProcess, PersonProcess]


def run_open(data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run `parley open`."""
    return run_prepared(["open", "--data", str(data), "--no-open", *options])


def status(url: str, path: str) -> int:
    """What a browser gets that was never there."""
    return httpx.get(url + path, trust_env=False).status_code


def test_open_prints_a_link_that_works_once_and_browsers_stay_in(people: Two) -> None:
    """For the running one only; the old session outlives a restart, the old links do not."""
    alice, bob = people
    alice.start()
    link = run_open(alice.data).stdout.strip()
    unused = json.loads(run_open(alice.data, "--json").stdout)["launch"]
    browser = httpx.Client(base_url=alice.url, trust_env=False)

    assert status(alice.url, "") == 401
    assert browser.get(link).status_code == 303
    assert browser.get("").status_code == 200
    assert status(link, "") == 401

    neither = run_open(bob.data)
    alice.kill()
    killed = run_open(alice.data)
    for refused in (neither, killed):
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr.startswith("No Parley runs on this data folder.")

    alice.start()
    assert browser.get("").status_code == 200
    assert status(unused, "") == 401
    browser.close()


def test_enter_prints_a_new_link(people: Two) -> None:
    """In a terminal; each link works."""
    data = people[0].data
    terminal, other_end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "parley", "up", "--data", str(data), "--no-open"],
        env=child_environment(passphrase=PASSPHRASE, cluster_id=7399),
        stdin=other_end,
        stdout=subprocess.PIPE,
        text=True,
    )
    os.close(other_end)
    try:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(4)]
        os.write(terminal, b"\n")
        said.append(process.stdout.readline())
        links = re.findall(r"http://localhost:\d+/launch/\S+", "".join(said))

        assert len(links) == 2
        assert "Press Enter" in said[3]
        for link in links:
            assert status(link, "") == 303
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.stdout.close()  # type: ignore[union-attr]
        os.close(terminal)


def test_other_ports_of_one_folder_are_refused(people: Two) -> None:
    """A second Parley on the folder does not take the first one's links away."""
    alice, _ = people
    alice.start()
    second = subprocess.run(
        [sys.executable, "-m", "parley", "up", "--data", str(alice.data), "--no-open", "--json", "--port=1"],
        env=child_environment(passphrase=PASSPHRASE),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert second.returncode == 1
    assert status(alice.launch_link(), "") == 303


def test_two_people_on_one_machine_do_not_share_a_cookie(people: Two) -> None:
    """A browser sends both cookies to both ports."""
    alice, bob = people
    alice.start()
    bob.start()
    cookies = {each.name: each.value or "" for each in alice.client.cookies.jar}
    name = next(iter(cookies))

    assert httpx.get(alice.url, cookies=cookies, trust_env=False).status_code == 200
    assert httpx.get(bob.url, cookies=cookies, trust_env=False).status_code == 401
    renamed = {f"parley-{bob.url.rstrip('/').rpartition(':')[2]}": cookies[name]}
    assert httpx.get(bob.url, cookies=renamed, trust_env=False).status_code == 401
