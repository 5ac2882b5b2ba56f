"""Fixtures of money: one browser, and Alice and Bob as processes on a chain that is ours and on one that is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from harness.anvil import AnvilWorld
from harness.chromium import CHROMIUM_ARGUMENTS, chromium_executable
from harness.money_pages import Payers, payers
from harness.real_pages import TIMEOUT_MS
from harness.stepped_chain import stepped_world


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for this folder."""
    # Not for the whole session: Playwright keeps an event loop in the main thread, where other tests run trio.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_executable(), args=list(CHROMIUM_ARGUMENTS)
        )
        expect.set_options(timeout=TIMEOUT_MS)
        yield browser
        expect.set_options(timeout=None)
        browser.close()


@pytest.fixture(scope="package")
def on_development_chain(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Payers]:
    """Alice and Bob on a development chain."""
    with stepped_world() as world, payers(tmp_path_factory.mktemp("development"), browser, world) as made:
        yield made


@pytest.fixture(scope="package")
def on_anvil(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, anvil_chain: AnvilWorld
) -> Iterator[Payers]:
    """Alice and Bob on anvil."""
    with payers(tmp_path_factory.mktemp("anvil"), browser, anvil_chain) as made:
        yield made


@pytest.fixture(params=["development_chain", "anvil"])
def people(request: pytest.FixtureRequest) -> Iterator[Payers]:
    """The two on one chain and on the other, each with no page open."""
    yield from _visited(request.getfixturevalue(f"on_{request.param}"))


@pytest.fixture
def two(on_development_chain: Payers) -> Iterator[Payers]:
    """The two on a development chain, each with no page open."""
    yield from _visited(on_development_chain)


@pytest.fixture
def two_on_anvil(on_anvil: Payers) -> Iterator[Payers]:
    """The two on anvil, each with no page open."""
    yield from _visited(on_anvil)


def _visited(made: Payers) -> Iterator[Payers]:
    with made.alice.pages.visited(), made.bob.pages.visited():
        yield made
