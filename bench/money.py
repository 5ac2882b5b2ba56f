"""From Pay to the other side's "Paid", on the development chain and on anvil; and what looking before costs.

Alice and Bob are `parley up` in processes of their own with pages in one Chromium: the people and the chains of
tests/browser/money. Both chains make a block every two seconds, and three confirmations make a payment final: no way
from Pay to Paid can be shorter than two block times. Times are taken by the pages, which are of one clock.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

import trio
from playwright.sync_api import Page, expect, sync_playwright

from bench.table import Row
from harness.anvil import anvil_world
from harness.chromium import CHROMIUM_ARGUMENTS, chromium_executable
from harness.embedded_world import DEPLOYER
from harness.money_forms import ask_money, pay_form
from harness.money_pages import DOLLAR, Payers, World, card, payers, says, sign_inside
from harness.real_pages import TIMEOUT_MS
from harness.stepped_chain import stepped_world
from parley.chain.api import decode_call, encode_transfer

PAYMENTS = 6
DECODED = 2_000
SIMULATIONS = 20
BLOCK_S = 2.0
PAID_S = 12.0
"""Three blocks, and two looks for them on each side, which are three seconds apart."""

# Evaluated by the debugger, which the page's policy does not concern.
PRESSED = """() => {
  document.addEventListener("submit", () => { localStorage.setItem("pressed", String(Date.now())); }, true);
}"""
TIMES = """() => {
  window.times = {};
  new MutationObserver(() => {
    for (const card of document.querySelectorAll(".ask-card")) {
      (window.times[card.id] ??= {})[card.querySelector(".money-state").innerText.trim()] ??= Date.now();
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


@dataclass(frozen=True, slots=True)
class Paid:
    """What one payment took, in milliseconds.

    Attributes:
        looked: from the request for it to the page before the signature: decoded, simulated, warned of.
        known: from Pay until the other side's card first said something of it.
        paid: from Pay until it said "Paid".
    """

    looked: float
    known: float
    paid: float


def run() -> list[Row]:
    """Measure everything once."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        with stepped_world() as world:
            rows += _on(Path(folder) / "development", world, "the development chain")
        with anvil_world() as world:
            rows += _on(Path(folder) / "anvil", world, "anvil")
    return [
        *rows,
        Row("a token transfer, decoded from its bytes, mean", _decode_ms(), "ms"),
        Row("load of the machine after it, one minute", os.getloadavg()[0], ""),
    ]


def _on(folder: Path, world: World, name: str) -> list[Row]:
    folder.mkdir()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_executable(), args=list(CHROMIUM_ARGUMENTS)
        )
        expect.set_options(timeout=TIMEOUT_MS)
        with payers(folder, browser, world) as people, _blocks(world):
            there = people.open_there()
            there.evaluate(TIMES)
            made = [_pay(people, there, f"Payment number {each}.") for each in range(PAYMENTS)]
        browser.close()
    simulated = _cuts(trio.run(_simulate, world))
    paid = _cuts([each.paid for each in made])
    looked = _cuts([each.looked for each in made])
    return [
        Row(f"look before you sign, on {name}, p50", looked[0], "ms"),
        Row("the same, p95", looked[1], "ms"),
        Row("of these: simulated by the node, p50", simulated[0], "ms"),
        Row(
            f"Pay to the other side's knowing of it, on {name}, p50",
            _cuts([each.known for each in made])[0],
            "ms",
        ),
        Row(f"Pay to the other side's Paid, on {name}, p50", paid[0] / 1000, "s"),
        Row("the same, p95", paid[1] / 1000, "s", promise=PAID_S),
    ]


def _pay(people: Payers, there: Page, note: str) -> Paid:
    ask_money(people, "0.1", note)
    form = pay_form(people, note)
    began = time.perf_counter()
    preview = people.alice.process.client.post(form).headers["location"]
    assert people.alice.process.client.get(preview).status_code == 200
    looked = (time.perf_counter() - began) * 1000
    with people.alice.pages.visited():
        page = people.alice.pages.open(preview)
        page.evaluate(PRESSED)
        sign_inside(page)
        pressed = float(page.evaluate("localStorage.getItem('pressed')"))
    shown = card(there, note)
    says(shown, "Paid")
    times: dict[str, float] = shown.evaluate("(card) => window.times[card.id]")
    times.pop("Open", None)
    return Paid(looked, min(times.values()) - pressed, times["Paid"] - pressed)


async def _simulate(world: World) -> list[float]:
    """How long the node takes to try out a token transfer, in milliseconds."""
    transfer = encode_transfer(world.test_dollar, DEPLOYER.address, DOLLAR)
    times = []
    for _ in range(SIMULATIONS):
        began = time.perf_counter()
        assert (await world.money.simulate(DEPLOYER.address, [transfer])).succeeds
        times.append((time.perf_counter() - began) * 1000)
    return times


@contextmanager
def _blocks(world: World) -> Iterator[None]:
    """A block every two seconds, with what waits."""
    ended = threading.Event()

    def mine() -> None:
        while not ended.wait(BLOCK_S):
            world.mine()

    with world.held():
        thread = threading.Thread(target=mine)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def _cuts(times: list[float]) -> tuple[float, float]:
    cuts = quantiles(times, n=20, method="inclusive")
    return cuts[9], cuts[18]


def _decode_ms() -> float:
    transfer = encode_transfer("0x" + "11" * 20, "0x" + "22" * 20, 25_000_000)
    decode_call(transfer)
    began = time.perf_counter()
    for _ in range(DECODED):
        decode_call(transfer)
    return (time.perf_counter() - began) * 1000 / DECODED
