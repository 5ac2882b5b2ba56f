"""Each warning stands on the page before the signature when it is due, and does not when it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from operator import attrgetter

import httpx
import pytest
from playwright.sync_api import Page, expect

from harness.anvil import anvil
from harness.bytecode import STOP, creation
from harness.embedded_world import DEPLOYER, ETHER
from harness.money_forms import (
    COIN,
    ask_by_hand,
    ask_call,
    ask_money,
    confirm,
    prepare_asked,
    prepare_send,
)
from harness.money_pages import CHAIN_ID, DOLLAR, PREVIEW, Payers, confirm_inside
from harness.real_pages import heading
from harness.signers import new_key
from harness.stepped_chain import SteppedWorld
from parley.chat.payments.model import RequestedCall
from parley.messenger.money.model import WarningKind

SEPOLIA = 11155111
ALL = str(2**256 - 1)
USUAL, PAYMENTS = "0.01", 3
_numbers = count(1)


@dataclass(frozen=True)
class Scene:
    """The two, contracts of the warnings, and an address that looks like Bob's. Alice has paid Bob, and nobody else.

    Attributes:
        poll: a contract that Alice has not called.
        yes: a contract that takes any call.
        copy: another token that calls itself as the test dollar does.
        piece: a collection.
    """

    people: Payers
    poll: str
    yes: str
    copy: str
    piece: str

    @property
    def bob(self) -> str:
        """Bob's address."""
        return str(self.people.bob.key.address)

    @property
    def twin(self) -> str:
        """Another address with Bob's beginning and end."""
        bob = self.bob.lower()
        return bob[:6] + "".join(f"{15 - int(each, 16):x}" for each in bob[6:-4]) + bob[-4:]

    @property
    def dollar(self) -> str:
        """The test dollar."""
        return self.people.dollar


Way = Callable[[Scene], str]
"""Prepares something; gives the address of the page that shows it."""


def sent(to: Callable[[Scene], str], amount: str = USUAL, asset: Callable[[Scene], str] | None = None) -> Way:
    """A payment by the form that sends."""

    def prepare(scene: Scene) -> str:
        return prepare_send(scene.people, to(scene), amount, asset(scene) if asset else COIN)

    return prepare


def called(to: Callable[[Scene], str], function: str, *arguments: str | Callable[[Scene], str]) -> Way:
    """A call that Bob asks for."""

    def prepare(scene: Scene) -> str:
        texts = [each if isinstance(each, str) else each(scene) for each in arguments]
        note = f"Call number {next(_numbers)}."
        ask_call(scene.people, to(scene), function, texts, note)
        return prepare_asked(scene.people, note)

    return prepare


def asked(note: str) -> Way:
    """0.5 ether that Bob asks for, with these words."""

    def prepare(scene: Scene) -> str:
        whole = f"{note} Number {next(_numbers)}."
        ask_money(scene.people, "0.5", whole)
        return prepare_asked(scene.people, whole)

    return prepare


def creating(scene: Scene) -> str:
    """A contract that Bob asks Alice to create."""
    note = f"Creation number {next(_numbers)}."
    ask_by_hand(scene.people, (RequestedCall(None, 0, bytes.fromhex(STOP)),), note)
    return prepare_asked(scene.people, note)


def by_a_poorer_node(way: Way) -> Way:
    """The same where the node cannot simulate."""

    def prepare(scene: Scene) -> str:
        assert isinstance(scene.people.world, SteppedWorld)
        with scene.people.world.without("eth_simulateV1"):
            return way(scene)

    return prepare


@dataclass(frozen=True)
class Case:
    """When a warning is due, when it is not, its words, and what has to be typed then."""

    kind: WarningKind
    words: str
    due: Way
    not_due: Way
    typed: str = ""


def _dollars(scene: Scene) -> str:
    return f"{CHAIN_ID}-{scene.dollar}"


def _sepolia(_scene: Scene) -> str:
    return f"{SEPOLIA}-coin"


def _nobody(_scene: Scene) -> str:
    return str(new_key().address)


def _alice(scene: Scene) -> str:
    return str(scene.people.alice.key.address)


BOB, POLL, DOLLAR_CONTRACT = attrgetter("bob"), attrgetter("poll"), attrgetter("dollar")
APPROVE, TRANSFER = "approve(address,uint256)", "transfer(address,uint256)"
PERMIT = "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"
SIGNED = (ALL, "27", "0x" + "11" * 32, "0x" + "22" * 32)

CASES = (
    Case(
        WarningKind.LOOK_ALIKE,
        "This address only looks like one you know",
        sent(attrgetter("twin")),
        sent(BOB),
        "different",
    ),
    Case(WarningKind.WRONG_CHAIN, "Not the network you use", sent(BOB, USUAL, _sepolia), sent(BOB)),
    Case(WarningKind.FIRST_PAYMENT, "You have never paid this address", sent(_nobody), sent(BOB)),
    Case(
        WarningKind.NO_CODE,
        "There is no contract at this address",
        called(_nobody, "vote(uint256)", "1"),
        called(POLL, "vote(uint256)", "1"),
    ),
    Case(
        WarningKind.UNLIMITED_APPROVAL,
        "Somebody could take all of this token",
        called(DOLLAR_CONTRACT, APPROVE, BOB, ALL),
        called(DOLLAR_CONTRACT, APPROVE, BOB, "5000000"),
        "approve",
    ),
    Case(
        WarningKind.APPROVAL,
        "Somebody may spend your token",
        called(DOLLAR_CONTRACT, APPROVE, BOB, "5000000"),
        called(DOLLAR_CONTRACT, APPROVE, BOB, "0"),
        "approve",
    ),
    Case(
        WarningKind.APPROVAL_FOR_ALL,
        "Somebody could take every piece of this collection",
        called(attrgetter("piece"), "setApprovalForAll(address,bool)", BOB, "true"),
        called(attrgetter("piece"), "setApprovalForAll(address,bool)", BOB, "false"),
        "approve",
    ),
    Case(
        WarningKind.PERMIT,
        "This gives somebody the right to spend",
        called(attrgetter("yes"), PERMIT, _alice, BOB, "5000000", *SIGNED),
        called(attrgetter("yes"), PERMIT, _alice, BOB, "0", *SIGNED),
        "approve",
    ),
    Case(
        WarningKind.UNKNOWN_FUNCTION,
        "Nobody here knows what this call does",
        called(POLL, "frobnicate(uint256)", "1"),
        called(POLL, "vote(uint256)", "1"),
    ),
    Case(WarningKind.UNUSUAL_VALUE, "Far more than usual", sent(BOB, "9"), sent(BOB, "0.02")),
    Case(
        WarningKind.TEXT_DISAGREES,
        "The note says something else",
        asked("Only 0.05 ETH for the ticket."),
        asked("These 0.5 ETH are for the ticket."),
    ),
    Case(
        WarningKind.WOULD_FAIL,
        "It would fail",
        called(POLL, "vote(uint256)", "99"),
        called(POLL, "vote(uint256)", "1"),
    ),
    Case(
        WarningKind.NOT_SIMULATED,
        "What it would do could not be tried out",
        by_a_poorer_node(called(POLL, "vote(uint256)", "1")),
        by_a_poorer_node(sent(BOB)),
    ),
    Case(
        WarningKind.TO_TOKEN,
        "This is the token’s own contract",
        sent(DOLLAR_CONTRACT, "1", _dollars),
        sent(BOB, "1", _dollars),
    ),
    Case(
        WarningKind.UNLISTED_TOKEN,
        "Not the tUSD that you may think",
        called(attrgetter("copy"), TRANSFER, BOB, "1000000"),
        called(DOLLAR_CONTRACT, TRANSFER, BOB, "1000000"),
    ),
    Case(
        WarningKind.CREATES_CONTRACT,
        "This creates a contract",
        creating,
        called(POLL, "vote(uint256)", "1"),
    ),
)


@pytest.fixture(scope="module")
def scene(on_development_chain: Payers) -> Iterator[Scene]:
    """Alice has paid Bob a few times, and also reads another network, with ether there."""
    people = on_development_chain
    deploy = people.world.deploy
    poll = deploy("Poll", ["string", "string[]"], ["When?", ["Today", "Tomorrow"]])
    yes = str(people.world.send(DEPLOYER, None, creation(STOP))["contractAddress"])
    scene = Scene(people, poll, yes, deploy("TestDollar", [], []), deploy("TestPiece", [], []))
    for _ in range(PAYMENTS):
        confirm(people, prepare_send(people, scene.bob, USUAL))
    with anvil(SEPOLIA) as url:
        balance = {"method": "anvil_setBalance", "params": [people.alice.key.address, hex(ETHER)]}
        httpx.post(url, json={"jsonrpc": "2.0", "id": 1, **balance}, trust_env=False)
        nodes = {"chain_id": str(SEPOLIA), "endpoints": url}
        answer = people.alice.process.client.post("settings/network/nodes", data=nodes)
        assert answer.status_code == 303
        yield scene
        people.alice.process.client.post("settings/network/nodes", data=nodes | {"endpoints": ""})


@pytest.fixture(scope="module")
def page(scene: Scene) -> Iterator[Page]:
    """Alice's browser; what any page complains of fails the last test."""
    with scene.people.alice.pages.visited():
        yield scene.people.alice.pages.open("/money")


def show(page: Page, scene: Scene, way: Way) -> None:
    """Prepare something, and open the page that shows it."""
    page.goto(scene.people.alice.pages.origin + way(scene))
    heading(page, PREVIEW)


def test_every_warning_has_a_case() -> None:
    """Exactly one."""
    assert sorted(each.kind for each in CASES) == sorted(WarningKind)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind.value)
def test_it_is_shown_and_it_is_not(case: Case, scene: Scene, page: Page) -> None:
    """And where a word has to be typed, nothing is signed without it."""
    show(page, scene, case.due)
    warnings = page.locator(".warnings")
    expect(warnings).to_contain_text(case.words)
    typed = page.get_by_label(f"Type “{case.typed}” to confirm" if case.typed else "Type “")
    expect(typed).to_have_count(1 if case.typed else 0)
    if case.typed:
        typed.fill("yes")
        confirm_inside(page).click()
        expect(page.get_by_role("alert").filter(has_text=case.typed)).to_be_visible()
    show(page, scene, case.not_due)
    expect(page.get_by_text(case.words)).to_have_count(0)


def test_an_approval_that_was_typed_is_signed(scene: Scene, page: Page) -> None:
    """Exactly as it was shown."""
    show(page, scene, called(DOLLAR_CONTRACT, APPROVE, BOB, "7000000"))
    scene.people.alice.pages.look(page, "a warning")
    page.get_by_label("Type “approve” to confirm").fill("approve")
    confirm_inside(page).click()
    expect(page.locator("#payment")).to_be_visible()

    allowed = scene.people.read(scene.dollar, "allowance(address,address)", _alice(scene), scene.bob)
    assert allowed == 7 * DOLLAR
