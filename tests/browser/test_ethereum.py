"""The network, names and the own balance, and where they are set, in a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from harness.memory_messenger import MemoryMessenger, memory_account
from harness.sample_conversations import fill
from harness.schemes import schemes
from harness.served_messenger import ServedMessenger

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
NODE = "https://node.example/v3/key"
DOWN = "https://down.example/"
SEPOLIA = 11155111
ETHER = 10**18
WIDTHS = {390: 844, 1280: 800}
OpenPage = Callable[..., Page]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_node_is_set(alice: ServedMessenger, open_page: OpenPage, scripts: bool) -> None:
    """From where a page says that there is none, to what the node says; with and without JavaScript."""
    alice.do(lambda messenger: messenger.ethereum.down.add(DOWN))
    page = open_page("/", java_script_enabled=scripts)
    page.get_by_role("link", name="Add one in Settings.").click()
    page.get_by_label("Addresses, one a line").fill(f"{NODE}\n{DOWN}")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("status").filter(has_text="Saved, though not every node answers")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="https://down.example")).to_contain_text(
        "Cannot be reached"
    )
    alice.do(lambda messenger: messenger.ethereum.down.clear())
    page.get_by_role("button", name="Ask them now").click()
    expect(page.get_by_text("Cannot be reached")).to_have_count(0)


def test_a_node_of_another_network_is_refused(
    alice: ServedMessenger, open_page: OpenPage, complaints: list[str]
) -> None:
    """By the name of the network it is on; what was typed is not lost."""
    alice.do(lambda messenger: messenger.ethereum.on.update({NODE: SEPOLIA}))
    page = open_page("/settings/network")
    page.get_by_label("Addresses, one a line").fill(NODE)
    page.get_by_role("button", name="Save").click()

    expect(
        page.get_by_role("alert").filter(has_text="is on Sepolia, not on Ethereum Mainnet")
    ).to_be_visible()
    expect(page.get_by_label("Addresses, one a line")).to_have_value(NODE)
    assert len(complaints) == 1  # The browser notes the answer of 422.
    complaints.clear()


def test_what_arrives_is_shown_at_once(alice: ServedMessenger, open_page: OpenPage) -> None:
    """Names and the balance, while somebody types; the draft, its focus and the badge stay."""
    dan = alice.do(lambda messenger: messenger.know(memory_account("dan")))
    alice.do(_set_node)
    page = open_page(f"/conversations/{dan}")
    page.get_by_label("Message", exact=True).fill("a draft")
    alice.do(lambda messenger: messenger.ethereum.learn_name(memory_account("dan"), "dan.eth"))
    alice.do(lambda messenger: messenger.ethereum.learn_name(messenger.account, "alice.eth"))
    alice.do(lambda messenger: messenger.ethereum.learn_balance(ETHER + 1))

    expect(page.get_by_role("heading", name="dan.eth")).to_be_visible()
    expect(page.get_by_role("link", name="dan.eth")).to_be_visible()
    expect(page.locator("#ethereum")).to_contain_text("You are alice.eth")
    expect(page.locator("#ethereum")).to_contain_text("1.000000000000000001 ETH as of")
    expect(page.get_by_label("Message", exact=True)).to_have_value("a draft")
    expect(page.get_by_label("Message", exact=True)).to_be_focused()


def test_auto_lock_is_set(alice: ServedMessenger, open_page: OpenPage) -> None:
    """From the list of settings, by keyboard."""
    page = open_page("/settings")
    page.get_by_role("link", name="Locking When").press("Enter")
    page.get_by_label("Minutes without use").fill("15")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    assert alice.do(lambda messenger: messenger.locking().minutes) == 15


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_are_accessible_and_fit(
    alice: ServedMessenger,
    open_page: OpenPage,
    screenshots: Path,
    complaints: list[str],
    width: int,
) -> None:
    """axe finds nothing, nothing scrolls sideways; pictures are kept for people to look at."""
    page = open_page("/settings", viewport={"width": width, "height": WIDTHS[width]})
    _look(page, screenshots, "settings", width)
    page.goto(alice.origin + "/settings/network")
    _look(page, screenshots, "network-none", width)
    bob = alice.do(fill)
    alice.do(_fill)
    for name, path in {
        "ethereum-home": "/",
        "ethereum-conversation": f"/conversations/{bob}",
        "network": "/settings/network?done=nodes",
        "locking": "/settings/locking?done=1",
    }.items():
        page.goto(alice.origin + path)
        _look(page, screenshots, name, width)
    page.goto(alice.origin + "/settings/network")
    page.locator("#states").scroll_into_view_if_needed()
    for scheme in schemes(page):
        page.screenshot(path=screenshots / f"network-states-{width}-{scheme}.png")
    page.get_by_label("Addresses, one a line").fill("node")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="Number 1")).to_be_visible()
    _look(page, screenshots, "network-wrong", width)
    assert len(complaints) == 1  # The browser notes the answer of 422.
    complaints.clear()
    alice.do(_to_mainnet_without_answers)
    page.goto(alice.origin + "/")
    _look(page, screenshots, "ethereum-stale", width)


def _look(page: Page, pictures: Path, name: str, width: int) -> None:
    expect(page.locator("h1")).to_be_visible()
    if not AXE.is_file():
        pytest.skip("ACCESSIBILITY NOT CHECKED: run tools/assets.py to fetch axe-core")
    page.evaluate(AXE.read_text())
    for scheme in schemes(page):
        page.screenshot(path=pictures / f"{name}-{width}-{scheme}.png")
        violations = page.evaluate("axe.run()")["violations"]

        told = [(name, scheme, each["id"], [node["html"] for node in each["nodes"]]) for each in violations]
        assert told == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    inner = "[...document.querySelectorAll('.foot, .sheet, .pane, .node')].map((e) => e.scrollWidth - e.clientWidth)"
    assert max(page.evaluate(inner)) <= 0


def _set_node(messenger: MemoryMessenger) -> None:
    messenger.ethereum.preferences = messenger.ethereum.preferences.with_endpoints(1, (NODE,))


def _fill(messenger: MemoryMessenger) -> None:
    ethereum = messenger.ethereum
    preferences = ethereum.preferences.with_chain(SEPOLIA).with_endpoints(SEPOLIA, (NODE, DOWN))
    ethereum.preferences = preferences.with_endpoints(1, (NODE,))
    ethereum.learn_name(messenger.account, "alice.eth")
    ethereum.learn_name(memory_account("bob"), "robert.of.the.longer.names.eth")
    ethereum.learn_name(memory_account("dan"), "vitalik.eth." + "x" * 60 + ".mallory.eth")
    ethereum.learn_balance(1234 * ETHER + 567_890_123_456_789_012)


def _to_mainnet_without_answers(messenger: MemoryMessenger) -> None:
    messenger.ethereum.preferences = messenger.ethereum.preferences.with_chain(1)
    messenger.ethereum.learn_balance(None)
