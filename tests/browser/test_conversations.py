"""A person at a browser: writing, reading, and what happens when the server goes away."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from harness.memory_messenger import MemoryMessenger, memory_account, memory_record
from harness.sample_conversations import HOSTILE_TEXTS, fill, fill_hostile
from harness.served_messenger import ServedMessenger, served_messenger
from parley.chat.delivery.model import DeliveryState
from parley.chat.errors import DiskFullError

OpenPage = Callable[..., Page]


@pytest.fixture
def bob(alice: ServedMessenger) -> str:
    """The conversation with Bob."""
    return alice.do(lambda messenger: messenger.know(memory_account("bob"), "Bob"))


def _last_message_id(alice: ServedMessenger, conversation_id: str) -> bytes:
    return alice.do(lambda messenger: messenger.ids(conversation_id)[-1])


def test_a_typed_message_appears_live_in_another_tab(
    alice: ServedMessenger, open_page: OpenPage, bob: str
) -> None:
    """Enter sends, the composer empties, and each tab shows the message once, with its delivery."""
    page = open_page(f"/conversations/{bob}")
    other = open_page(f"/conversations/{bob}", context=page.context)
    expect(other.get_by_text("No messages yet. Write the first one.")).to_be_visible()
    page.get_by_label("Message", exact=True).press_sequentially("hello there")
    page.keyboard.press("Enter")

    for tab in (page, other):
        expect(tab.locator("#messages > .message .text")).to_have_text(["hello there"])
        expect(tab.locator("#messages .state")).to_have_text("Queued")
        expect(tab.locator("#lines")).to_contain_text("You: hello there")
    expect(page.get_by_label("Message", exact=True)).to_have_value("")
    expect(page.get_by_label("Message", exact=True)).to_be_focused()

    message_id = _last_message_id(alice, bob)
    alice.do(lambda messenger: messenger.deliver(message_id, DeliveryState.SENT, 2))
    expect(other.locator("#messages .state")).to_have_text("Sent, relayed by 2 peers")
    alice.do(lambda messenger: messenger.deliver(message_id, DeliveryState.DELIVERED, 2))
    expect(page.locator("#messages .state")).to_have_text("Delivered")
    expect(page.locator("#messages > .message")).to_have_count(1)


def test_shift_enter_makes_a_line_and_blank_text_is_not_sent(open_page: OpenPage, bob: str) -> None:
    """Enter on blanks does nothing; Shift+Enter adds a line."""
    page = open_page(f"/conversations/{bob}")
    area = page.get_by_label("Message", exact=True)
    area.press_sequentially("  ")
    page.keyboard.press("Enter")
    area.fill("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")

    expect(area).to_have_value("one\ntwo")
    page.keyboard.press("Enter")
    expect(page.locator("#messages > .message .text")).to_have_text(["one\ntwo"])


def test_enter_while_composing_does_not_send(open_page: OpenPage, bob: str) -> None:
    """An input method's Enter chooses a candidate."""
    page = open_page(f"/conversations/{bob}")
    area = page.get_by_label("Message", exact=True)
    area.fill("にほん")
    for init in ({"isComposing": True}, {"keyCode": 229}):
        prevented = area.evaluate(
            "(area, init) => !area.dispatchEvent(new KeyboardEvent('keydown',"
            " {key: 'Enter', bubbles: true, cancelable: true, ...init}))",
            init,
        )

        assert prevented is False
    expect(area).to_have_value("にほん")
    expect(page.locator("#messages > .message")).to_have_count(0)


def test_a_draft_survives_incoming_messages(alice: ServedMessenger, open_page: OpenPage, bob: str) -> None:
    """Text, focus and caret stay while messages arrive."""
    page = open_page(f"/conversations/{bob}")
    area = page.get_by_label("Message", exact=True)
    area.press_sequentially("half a thought")
    area.evaluate("(area) => area.setSelectionRange(4, 6)")
    alice.do(lambda messenger: messenger.receive(bob, "first"))
    alice.do(lambda messenger: messenger.receive(bob, "second"))

    expect(page.locator("#messages > .message .text")).to_have_text(["first", "second"])
    expect(area).to_have_value("half a thought")
    expect(area).to_be_focused()
    assert area.evaluate("(area) => [area.selectionStart, area.selectionEnd]") == [4, 6]


def test_typing_on_while_a_message_is_on_its_way(open_page: OpenPage, bob: str) -> None:
    """What is typed before the answer comes is neither lost nor sent twice."""
    page = open_page(f"/conversations/{bob}")
    area = page.get_by_label("Message", exact=True)
    area.fill("first")

    def answer_after_typing_on(route: object) -> None:
        page.keyboard.type(" and more")
        route.continue_()  # type: ignore[attr-defined]

    page.route("**/messages", answer_after_typing_on)
    page.keyboard.press("Enter")

    expect(page.locator("#messages > .message .text")).to_have_text(["first"])
    expect(area).to_have_value(" and more")
    page.unroute("**/messages")
    page.keyboard.press("Enter")
    expect(page.locator("#messages > .message .text")).to_have_text(["first", "and more"])


def test_a_refused_message_keeps_its_text(
    alice: ServedMessenger, open_page: OpenPage, bob: str, complaints: list[str]
) -> None:
    """A full disk is told beside the composer, and the text can be sent again."""
    page = open_page(f"/conversations/{bob}")
    area = page.get_by_label("Message", exact=True)
    alice.do(lambda messenger: setattr(messenger, "fails_with", DiskFullError()))
    area.fill("precious")
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_text("The disk is full, so nothing was stored.")).to_be_visible()
    expect(area).to_have_value("precious")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#messages > .message .text")).to_have_text(["precious"])
    expect(page.get_by_text("The disk is full")).to_have_count(0)
    assert [each for each in complaints if "507" not in each] == []
    complaints.clear()


def test_a_late_message_lands_in_its_place(alice: ServedMessenger, open_page: OpenPage, bob: str) -> None:
    """A message that is older in the order appears between the others."""
    first = alice.do(lambda messenger: messenger.receive(bob, "one"))
    alice.do(lambda messenger: messenger.receive(bob, "three"))
    page = open_page(f"/conversations/{bob}")
    expect(page.locator("#messages > .message")).to_have_count(2)
    alice.do(lambda m: m.receive(bob, "two", lamport=m.lamport_of(first) + 1))

    expect(page.locator("#messages > .message .text")).to_have_text(["one", "two", "three"])


def test_a_reader_stays_at_the_end_or_where_they_scrolled(
    alice: ServedMessenger, open_page: OpenPage, bob: str
) -> None:
    """The log follows new messages only while its end is in view."""
    alice.do(lambda messenger: [messenger.receive(bob, f"message {n}") for n in range(60)])
    alice.do(lambda messenger: messenger.read_all(bob))
    page = open_page(f"/conversations/{bob}")
    expect(page.get_by_text("message 59", exact=True).first).to_be_in_viewport()
    alice.do(lambda messenger: messenger.receive(bob, "followed"))
    expect(page.locator("#messages").get_by_text("followed", exact=True)).to_be_in_viewport()

    page.locator("#messages > .message").nth(5).scroll_into_view_if_needed()
    expect(page.locator("#messages").get_by_text("message 5", exact=True)).to_be_in_viewport()
    alice.do(lambda messenger: messenger.receive(bob, "not followed"))
    expect(page.locator("#messages").get_by_text("not followed", exact=True)).to_be_attached()
    expect(page.locator("#messages").get_by_text("not followed", exact=True)).not_to_be_in_viewport()
    expect(page.locator("#messages").get_by_text("message 5", exact=True)).to_be_in_viewport()


def test_it_works_without_javascript(alice: ServedMessenger, open_page: OpenPage, tmp_path: Path) -> None:
    """Adding a contact and writing to them take forms and links only."""
    record = tmp_path / "bob.parley-contact"
    record.write_bytes(memory_record(memory_account("bob")))
    page = open_page("/", java_script_enabled=False)
    page.get_by_role("link", name="Add a contact").first.click()
    page.get_by_text("By contact record, as a file").click()
    page.get_by_label("Their contact record").set_input_files(record)
    page.get_by_label("Nickname").fill("Bob")
    page.get_by_role("button", name="Add contact").click()
    expect(page.get_by_role("heading", name="Bob")).to_be_visible()
    for text in ("first", "second"):
        page.get_by_label("Message", exact=True).fill(text)
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#messages > .message .text").last).to_have_text(text)

    expect(page).to_have_url(re.compile("#latest$"))
    conversation_id = re.search(r"/conversations/([0-9a-f]+)", page.url)
    assert conversation_id is not None
    alice.do(lambda messenger: messenger.receive(conversation_id[1], "third"))
    page.get_by_role("link", name="Refresh").click()
    expect(page.locator("#messages > .message .text")).to_have_text(["first", "second", "third"])


def test_the_own_contact_record_can_be_downloaded(alice: ServedMessenger, open_page: OpenPage) -> None:
    """The file is the record, byte for byte."""
    page = open_page("/contacts/new")
    page.get_by_text("By contact record, as a file").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download your contact record").click()

    assert Path(download.value.path()).read_bytes() == alice.do(lambda messenger: messenger.contact_record())
    assert download.value.suggested_filename.endswith(".parley-contact")


def test_hostile_texts_stay_texts(alice: ServedMessenger, open_page: OpenPage) -> None:
    """Nothing a peer writes runs, whether it was there before the page or arrives by the stream."""
    conversation_id = alice.do(fill_hostile)
    page = open_page(f"/conversations/{conversation_id}")
    before = page.locator("#messages > .message").count()
    alice.do(lambda messenger: [messenger.receive(conversation_id, text) for text in HOSTILE_TEXTS.values()])

    expect(page.locator("#messages > .message")).to_have_count(before + len(HOSTILE_TEXTS))
    expect(page.locator("#messages script, #messages img, #messages b")).to_have_count(0)
    expect(page.locator("#messages > .message").nth(before + 1)).to_contain_text("{{ 7 * 7 }}")
    expect(page).to_have_title(re.compile("— Parley$"))


def test_the_page_goes_on_after_a_restart_of_the_server(browser: Browser) -> None:
    """While the server is away the page says so; afterwards nothing is missing and nothing is there twice."""
    messenger = MemoryMessenger("restarted")
    bob = messenger.know(memory_account("bob"), "Bob")
    context = browser.new_context()
    sessions: list[bytes] = []
    with served_messenger(messenger=messenger, kept_sessions=sessions) as served:
        port = served.port
        served.do(lambda messenger: messenger.receive(bob, "one"))
        page = context.new_page()
        page.goto(served.launch_link())
        page.goto(f"{served.origin}/conversations/{bob}")
        served.do(lambda messenger: messenger.receive(bob, "two"))
        expect(page.locator("#messages > .message .text")).to_have_text(["one", "two"])
    page.get_by_label("Message", exact=True).fill("kept")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Parley does not answer.")).to_be_visible()
    expect(page.get_by_text("Reconnecting")).to_be_visible()
    expect(page.get_by_label("Message", exact=True)).to_have_value("kept")
    with served_messenger(messenger=messenger, port=port, kept_sessions=sessions) as served:
        served.do(lambda messenger: messenger.receive(bob, "three"))
        expect(page.locator("#messages > .message .text")).to_have_text(["one", "two", "three"])
        expect(page.get_by_text("Reconnecting")).to_be_hidden()
        page.get_by_label("Message", exact=True).press("Enter")
        expect(page.locator("#messages > .message .text")).to_have_text(["one", "two", "three", "kept"])
        expect(page.get_by_text("Parley does not answer.")).to_be_hidden()
        context.close()


@pytest.mark.parametrize("refused", [True, False], ids=["refused", "gone"])
def test_a_page_whose_first_stream_fails_comes_back(
    alice: ServedMessenger, open_page: OpenPage, bob: str, complaints: list[str], refused: bool
) -> None:
    """Whether the server went away between page and stream or refused it: the page says so and tries again."""
    page = open_page()
    broken = True

    def stream(route: Route) -> None:
        if not broken:
            route.continue_()
        elif refused:
            route.fulfill(status=503, body="Too many streams")
        else:
            route.abort("connectionrefused")

    page.route("**/live?*", stream)
    page.goto(f"{alice.origin}/conversations/{bob}")
    expect(page.get_by_text("Reconnecting")).to_be_visible()
    alice.do(lambda messenger: messenger.receive(bob, "while it was away"))
    broken = False

    expect(page.locator("#messages > .message .text")).to_have_text(["while it was away"])
    expect(page.get_by_text("Reconnecting")).to_be_hidden()
    alice.do(lambda messenger: messenger.receive(bob, "and after"))
    expect(page.locator("#messages > .message .text")).to_have_text(["while it was away", "and after"])
    complaints.clear()  # The browser notes each attempt.


def test_a_page_whose_conversation_has_gone_is_left(
    alice: ServedMessenger, open_page: OpenPage, bob: str, complaints: list[str]
) -> None:
    """Removed in another tab, say: the page leads to the list and does not say that it is on its way back."""
    page = open_page()
    page.route(
        "**/live?*",
        lambda route: route.fulfill(status=404) if bob in route.request.url else route.continue_(),
    )
    page.goto(f"{alice.origin}/conversations/{bob}")

    expect(page).to_have_url(alice.origin + "/")
    expect(page.get_by_text("Reconnecting")).to_be_hidden()
    complaints.clear()  # The browser notes the refused stream.


def test_a_page_whose_first_stream_hangs_says_so(
    alice: ServedMessenger, open_page: OpenPage, bob: str
) -> None:
    """A server that takes the connection and says nothing is not answering either."""
    page = open_page()
    held: list[Route] = []
    page.route("**/live?*", lambda route: held.append(route))
    page.goto(f"{alice.origin}/conversations/{bob}")
    expect(page.get_by_text("Reconnecting")).to_be_visible()
    held[0].continue_()

    expect(page.get_by_text("Reconnecting")).to_be_hidden()


def test_the_list_is_live_on_the_first_page(alice: ServedMessenger, open_page: OpenPage) -> None:
    """A new conversation appears in the list of a page that is open."""
    page = open_page("/")
    expect(page.get_by_text("No conversations yet.")).to_be_visible()
    bob = alice.do(fill)

    expect(page.locator(f"#c-{bob}")).to_contain_text("Bob")
    expect(page.locator("#status")).to_have_text(re.compile(r"Connected to 3 peers\s+2 messages waiting"))
