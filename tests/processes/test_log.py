"""The log and the folder of people who really talk."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from harness.markers import found_in, new_marker
from harness.processes import PASSPHRASE, PersonProcess, wait_until
from parley.commands.log import LOG_NAME
from parley.web.folder import PageFolder

Two = tuple[PersonProcess, PersonProcess]


def log_of(person: PersonProcess) -> str:
    """All that a person's Parley wrote down."""
    return (person.data / "page" / LOG_NAME).read_text()


def throw_rubbish_at(address: str) -> None:
    """Connect to a node as a hostile peer does."""
    _, _, host, _, port, *_ = address.split("/")
    with socket.create_connection((host, int(port)), timeout=10) as peer:
        peer.sendall(b"\xff" * 100)


def test_the_log_of_a_talk_holds_nothing_of_it(people: Two) -> None:
    """No text, name, key, address or link, in any form; also where something went wrong meanwhile."""
    alice, bob = people
    text, nickname, query = new_marker(), new_marker(), new_marker()
    alice.start()
    bob.peers = (alice.addresses[0],)
    bob.start()
    at_alice = alice.add(bob, nickname)
    at_bob = bob.add(alice)
    link = alice.launch_link()
    cookies = [each.value or "" for person in people for each in person.client.cookies.jar]
    alice.send(at_alice, text)
    wait_until(lambda: bob.received(at_bob) == [text])
    throw_rubbish_at(alice.addresses[0])
    httpx.get(alice.url, params={"q": query}, headers={"Cookie": query.encode().hex()}, trust_env=False)
    alice.client.get(f"conversations/{'0' * 32}")
    alice.client.post("contacts", files={"record": ("r", text.encode())})
    bob.kill()
    alice.send(at_alice, text)
    wait_until(lambda: "failed" in log_of(alice))
    alice.stop()

    for person in people:
        log = log_of(person)
        assert "up.started" in log
        markers = [text, nickname, query, PASSPHRASE, link.rpartition("/")[2]]
        names = [at_alice, at_bob, *cookies]
        for each in people:
            names += [each.account, each.account[2:].lower(), str(urlsplit(each.url).port)]
            for address in each.addresses:
                names += [address, address.rpartition("/")[2], address.split("/")[4]]
        assert [marker for marker in markers if found_in(log.encode(), marker)] == []
        # Digits of a port can stand in a time by chance; that is why they are looked for as a word.
        words = log.split()
        assert [name for name in names if name in words or (len(name) > 5 and name in log)] == []
    assert len(cookies) == 2
    assert "up.stopped" in log_of(alice)


def test_a_start_that_fails_is_in_the_log(people: Two) -> None:
    """By the error's name alone, for whoever is asked why."""
    alice, _ = people
    with socket.create_server(("127.0.0.1", 0)) as other:
        alice.listen = f"/ip4/127.0.0.1/tcp/{other.getsockname()[1]}"
        with pytest.raises(RuntimeError):
            alice.start()

    assert log_of(alice).endswith("up.failed error=AddressInUseError\n")
    assert alice.listen not in log_of(alice)


def test_the_folder_is_private(people: Two) -> None:
    """One that a copy left open is closed at the start; every file is its owner's alone, whatever the umask."""
    alice, _ = people
    alice.data.chmod(0o755)
    before = os.umask(0)
    try:
        alice.start()
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [alice.data, *alice.data.rglob("*")]}

    assert PageFolder(alice.data).path / LOG_NAME in modes
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


def test_a_folder_with_other_files_is_left_open_and_that_is_told(people: Two, tmp_path: Path) -> None:
    """It may be somebody's home."""
    alice, _ = people
    (alice.data / "notes.txt").touch()
    alice.data.chmod(0o755)
    alice.start()

    assert stat.S_IMODE(alice.data.stat().st_mode) == 0o755
    assert "is open to others" in alice.log.read_text()
