"""What people say is in their browser's traffic and nowhere else: not between nodes, not in any file."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from harness.chromium import CHROMIUM_ARGUMENTS, chromium_executable
from harness.markers import files_with, found_in, new_marker
from harness.processes import PersonProcess, wait_until
from harness.recorder import Recorder

Two = tuple[PersonProcess, PersonProcess]


def tapped(alice: PersonProcess) -> tuple[Recorder, str]:
    """A recorder in front of Alice's node, and the address of Alice by way of it."""
    _, ip4, host, tcp, port, p2p, peer_id = alice.addresses[0].split("/")
    recorder = Recorder((host, int(port)))
    return recorder, f"/{ip4}/{host}/{tcp}/{recorder.port}/{p2p}/{peer_id}"


def test_markers_are_in_no_file_and_not_between_nodes(people: Two, tmp_path: Path) -> None:
    """Raw, hex, base64 and percent-encoded; while running and after SIGKILL, write-ahead log included."""
    alice, bob = people
    alice.start()
    between_nodes, address = tapped(alice)
    bob.peers = (address,)
    bob.start()
    nickname, from_alice, from_bob = new_marker(), new_marker(), new_marker()
    at_alice, at_bob = alice.add(bob, nickname), bob.add(alice)
    port = int(alice.url.rstrip("/").rpartition(":")[2])

    with between_nodes, Recorder(("127.0.0.1", port)) as browser_traffic, sync_playwright() as playwright:
        tap = f"--host-resolver-rules=MAP localhost:{port} 127.0.0.1:{browser_traffic.port}"
        browser = playwright.chromium.launch(
            executable_path=chromium_executable(), args=[*CHROMIUM_ARGUMENTS, tap]
        )
        page = browser.new_page()
        page.goto(alice.launch_link())
        page.goto(f"{alice.url}conversations/{at_alice}")
        page.get_by_label("Message", exact=True).fill(from_alice)
        page.keyboard.press("Enter")
        expect(page.locator(".message.own .text")).to_have_text(from_alice)
        wait_until(lambda: bob.received(at_bob) == [from_alice])
        bob.send(at_bob, from_bob)
        expect(page.locator(".message.other .text")).to_have_text(from_bob)
        wait_until(lambda: bob.states(at_bob) == ["delivered"])
        browser.close()

        markers = (nickname, from_alice, from_bob)
        assert all(found_in(browser_traffic.recorded(), marker) for marker in markers)
        recorded = between_nodes.recorded()
        assert len(recorded) > 20_000  # Two first contacts, their answers and acknowledgements went this way.
        assert not any(found_in(recorded, marker) for marker in markers)
        assert [files_with(tmp_path, marker) for marker in markers] == [[], [], []]

        alice.kill()
        bob.kill()
        assert (alice.data / "profile.db-wal").stat().st_size > 0
        assert [files_with(tmp_path, marker) for marker in markers] == [[], [], []]
