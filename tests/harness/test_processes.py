"""People as processes, before they have a profile and while it is locked."""

from __future__ import annotations

from pathlib import Path

from harness.processes import PASSPHRASE, PersonProcess


def test_a_process_without_a_profile(tmp_path: Path) -> None:
    """It serves the page that makes one."""
    person = PersonProcess(tmp_path / "new", passphrase=None)
    try:
        person.start()
        assert person.client.get("", follow_redirects=True).url.path == "/welcome"
        assert person.account == ""
        assert person.stop() == 0
    finally:
        person.kill()


def test_a_locked_process(people: tuple[PersonProcess, PersonProcess]) -> None:
    """It opens by the page, and by a passphrase at its next start."""
    alice, _ = people
    alice.passphrase = None
    alice.start()
    assert alice.client.get("", follow_redirects=True).url.path == "/unlock"
    assert alice.client.post("unlock", data={"passphrase": PASSPHRASE}).headers["location"] == "/"
    alice.stop()
    alice.passphrase = PASSPHRASE
    alice.start()
    assert alice.account.startswith("0x")
