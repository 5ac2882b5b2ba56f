"""People and a chain as processes, for the tests that need real ones: made once, and copied or shared."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import settings

from harness.anvil import AnvilWorld, anvil_world
from harness.embedded_world import EmbeddedWorld, embedded_world
from harness.processes import PersonProcess, make_person

# How long an example takes says more about the machine than about the code: figures are what `make bench` is for.
settings.register_profile("parley", deadline=None, print_blob=True)
settings.load_profile("parley")


SLOW = ("packaging", "processes", "browser")
"""The folders whose files take longest. They begin, so that no worker is left with one of them at the end."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the slow files to the front; otherwise the order stays."""
    root = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(root).parts[0]
        return SLOW.index(folder) if folder in SLOW else len(SLOW)

    items.sort(key=place)


@pytest.fixture(scope="session")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two profiles that nobody has opened yet."""
    folder = tmp_path_factory.mktemp("profiles")
    # In threads, because a browser test has an event loop of its own in this one.
    with ThreadPoolExecutor() as threads:
        list(threads.map(make_person, (folder / "alice", folder / "bob")))
    return folder


@pytest.fixture
def people(profiles: Path, tmp_path: Path) -> Iterator[tuple[PersonProcess, PersonProcess]]:
    """Alice and Bob on copies of those profiles, not started; killed at the end whatever happens."""
    made = []
    for name in ("alice", "bob"):
        shutil.copytree(profiles / name, tmp_path / name)
        made.append(PersonProcess(tmp_path / name))
    try:
        yield made[0], made[1]
    finally:
        for each in made:
            each.kill()


@pytest.fixture(scope="session")
def embedded_chain() -> Iterator[EmbeddedWorld]:
    """One development chain for all tests, so each makes the accounts and names that it changes itself."""
    with embedded_world() as world:
        yield world


@pytest.fixture(scope="session")
def anvil_chain() -> Iterator[AnvilWorld]:
    """One node of other people's making for all tests, with what a new development chain has."""
    with anvil_world() as world:
        yield world
