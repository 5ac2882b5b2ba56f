"""Comments that name the test that guards a line, and the room's README, name tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from parley.p2p import mdns, peer_book
from parley.p2p.api import NodeSettings
from parley.p2p.interfaces import OWN_ADDRESSES
from parley.p2p.peer_address import ADDRESS_LENGTH

ROOT = Path(__file__).parents[2]
ROOM = ROOT / "app/parley/p2p"
TESTS = Path(__file__).parent


def guarding_tests() -> list[str]:
    """Every `Guarded by tests/p2p/...` in the room's sources, comment marks and line ends removed."""
    found = []
    for path in sorted(ROOM.rglob("*.py")):
        text = re.sub(r"\n\s*#?\s*", " ", path.read_text())
        found += re.findall(r"Guarded by (tests/p2p/[\w./]+?\.py(?:::\s?\w+)?)", text)
    return found


@pytest.mark.parametrize("reference", guarding_tests())
def test_a_guarding_test_exists(reference: str) -> None:
    """A security line whose test was renamed is no longer guarded as far as a reader can tell."""
    path, _, name = reference.partition("::")
    source = (ROOT / path).read_text()

    assert not name or f"def {name.strip()}(" in source


def test_the_readme_tells_the_bounds_of_peers() -> None:
    """Of those added at run time and of those found on the LAN, and under which name they are looked for."""
    readme = (ROOM / "README.md").read_text()
    places = NodeSettings(key=bytes(32)).outbound_places

    assert (
        f"| peers added at run time | {peer_book.ADDED_PEERS}, with {peer_book.PEER_ADDRESSES} addresses each; "
        f"connections to at most {places} of them at once |"
    ) in readme
    assert (
        f"| peers found on the LAN | {peer_book.FOUND_PEERS}, with {peer_book.PEER_ADDRESSES} addresses each, "
        f"sharing those {places} connections; {mdns.WAITING_NAMES} names waiting, {mdns.HEARD_NAMES} known, "
        f"{mdns.CACHE_NAMES:,} in zeroconf's cache |"
    ) in readme
    assert f"at most {ADDRESS_LENGTH} characters" in readme
    assert f"each address of this machine ({OWN_ADDRESSES} at most" in readme
    assert mdns.service_type(7).replace("7", "<cluster>") in readme


def test_there_are_guards_to_check() -> None:
    """The search finds something."""
    assert len(guarding_tests()) > 15


def test_the_readme_names_tests_that_exist() -> None:
    """Files and functions of tests in the specification."""
    readme = (ROOM / "README.md").read_text()
    sources = "".join(path.read_text() for path in TESTS.glob("test_*.py"))

    assert [name for name in re.findall(r"`(test_\w+)`", readme) if f"def {name}(" not in sources] == []
    assert [
        name for name in re.findall(r"\b(test_\w+\.py)", readme) if not any(ROOT.glob(f"tests/*/{name}"))
    ] == []
