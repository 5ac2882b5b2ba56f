"""Fixtures of the way in: one browser and as few processes as possible, since each takes seconds to start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from harness.chromium import CHROMIUM_ARGUMENTS, chromium_executable
from harness.embedded_world import EmbeddedWorld
from harness.processes import PersonProcess
from harness.real_pages import TIMEOUT_MS, RealPages


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
def alone(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealPages]:
    """A running `parley up` without a profile, and without an Ethereum node."""
    yield from _running(browser, PersonProcess(tmp_path_factory.mktemp("alone") / "data", passphrase=None))


@pytest.fixture(scope="package")
def with_node(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, embedded_chain: EmbeddedWorld
) -> Iterator[RealPages]:
    """The same with the node of a chain that has contracts."""
    options = ("--rpc", embedded_chain.url, "--chain-id", "31337")
    data = tmp_path_factory.mktemp("with-node") / "data"
    yield from _running(browser, PersonProcess(data, passphrase=None, options=options))


def _running(browser: Browser, person: PersonProcess) -> Iterator[RealPages]:
    try:
        person.start()
        yield RealPages(browser, person)
    finally:
        person.kill()


@pytest.fixture
def parley(alone: RealPages) -> Iterator[RealPages]:
    """A first run without a node; what any page complains of fails the test."""
    try:
        with alone.visited():
            yield alone
    finally:
        alone.forget_profile()


@pytest.fixture
def connected(with_node: RealPages) -> Iterator[RealPages]:
    """The same with a node."""
    try:
        with with_node.visited():
            yield with_node
    finally:
        with_node.forget_profile()
