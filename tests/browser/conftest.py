"""Fixtures of the browser tests: the system's Chromium, and pages whose complaints fail the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from harness.served_messenger import ServedMessenger, served_messenger

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENSHOTS = Path(__file__).resolve().parents[2] / ".run" / "screenshots"
TIMEOUT_MS = 10_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium. Without one the tests are skipped, and fail where CI=true."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        message = "BROWSER TESTS NOT RUN: no chromium on this machine"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    # A module at a time: Playwright keeps an event loop in the main thread, where other tests run trio.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def alice() -> Iterator[ServedMessenger]:
    """Alice's profile in memory, served."""
    with served_messenger() as served:
        yield served


@pytest.fixture
def screenshots() -> Path:
    """Where pictures for people go."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return SCREENSHOTS


@pytest.fixture
def complaints() -> list[str]:
    """What the pages' consoles complained of; a test may clear what it provoked itself."""
    return []


def sign_in(context: BrowserContext, served: ServedMessenger) -> None:
    """Give a browser the session of a launch link, without the page that a person would see it on."""
    answer = httpx.get(served.launch_link(), trust_env=False)
    (cookie,) = answer.cookies.jar
    context.add_cookies(
        [
            {
                "name": cookie.name,
                "value": cookie.value or "",
                "url": served.origin,
                "httpOnly": cookie.has_nonstandard_attr("HttpOnly"),
                "sameSite": "Strict",
            }
        ]
    )


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, alice: ServedMessenger, complaints: list[str]) -> Iterator[OpenPage]:
    """Opens a page of Alice's in a browser context of its own, or in a given one.

    Errors on its console (a violation of the policy is one) fail the test when it ends.
    """
    contexts: list[BrowserContext] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"{message.type}: {message.text}")

    def open_(path: str = "/", *, context: BrowserContext | None = None, **options: Any) -> Page:
        if context is None:
            context = browser.new_context(**options)
            context.set_default_timeout(TIMEOUT_MS)
            contexts.append(context)
            sign_in(context, alice)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(f"page error: {error}"))
        page.goto(alice.origin + path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []
