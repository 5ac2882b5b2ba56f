"""The pages about people: contacts, one contact, requests."""

from __future__ import annotations

import html
import re

import httpx
import pytest

from harness.memory_messenger import MemoryMessenger, memory_account
from harness.sample_conversations import HOSTILE_TEXTS
from parley.chat.contacts.compared import ComparedNumber
from parley.chat.errors import (
    NoLiveDeviceError,
)
from parley.messenger.acquaintance import Device
from parley.messenger.freshness import Doubts
from parley.web.contacts import MAX_NICKNAME_CHARACTERS

BOB, EVE = memory_account("bob"), memory_account("eve")
SHORT_EVE = f"{EVE[:6]}…{EVE[-4:]}"
SCRIPTS = 4
"""Those of every page."""

SCANNER = 1
"""Where a QR code can be read."""


def said(response: httpx.Response) -> str:
    """A page's text as a person reads it, without the marks that isolate directions."""
    return re.sub("[\u2066-\u2069]", "", html.unescape(response.text))


async def post(client: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """Send a form."""
    return await client.post(path, data=fields)


# The list


async def test_the_list_tells_contacts_pending_and_blocked_apart(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """Each with what can be done."""
    eve = alice.know(EVE, "Eve")
    await alice.block(eve)
    await alice.add_by_account(memory_account("dan"), "Dan")
    alice.ask_to_talk(memory_account("carol"), "hello")
    page = said(await client.get("/contacts"))

    assert f'<a class="person" href="/contacts/{bob}">' in page
    assert re.search(r'<h2 id="pending">Asked for</h2>.*Dan', page, re.S)
    assert re.search(r'<h2 id="blocked">Blocked</h2>.*Eve.*action="/contacts/unblock"', page, re.S)
    assert '<a class="button" href="/requests">1 request</a>' in page
    response = await post(client, "/contacts/unblock", account=EVE)
    assert response.headers["location"] == "/contacts"
    assert await alice.blocked() == ()
    await post(client, "/contacts/forget", account=memory_account("dan"))
    assert await alice.pending() == ()


async def test_an_empty_list_says_so(client: httpx.AsyncClient) -> None:
    """And what to do about it."""
    page = said(await client.get("/contacts"))

    assert "No contacts yet." in page
    assert '<a class="button" href="/requests">Requests</a>' in page


@pytest.mark.parametrize("query", ["bo", "BOB", BOB[:8], "robert.eth", "  b "])
async def test_a_search_finds_by_name_and_address(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str, query: str
) -> None:
    """Whatever of them is known."""
    alice.ethereum.learn_name(BOB, "robert.eth")
    alice.know("0x" + "9" * 40, "Zoe")
    page = said(await post(client, "/contacts/search", query=query))

    assert f'href="/contacts/{bob}"' in page
    assert '<bdi>Zoe</bdi></span>\n<span class="hint">' not in page


@pytest.mark.parametrize("query", [*HOSTILE_TEXTS.values(), "nobody"])
async def test_a_search_that_fits_nobody(client: httpx.AsyncClient, bob: str, query: str) -> None:
    """It is shown as text, cut."""
    response = await post(client, "/contacts/search", query=query)

    assert response.status_code == 200
    assert "Nobody fits." in response.text
    assert response.text.count("<script") == SCRIPTS


# One contact


async def test_a_contact_is_shown_with_their_safety_number(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """Sixty digits in twelve groups, a code, and their devices by name."""
    alice.devices[BOB] = (Device("<b>phone\x07\u202e", 1_800_000_000_000),)
    page = said(await client.get(f"/contacts/{bob}"))
    groups = re.findall(r"<span>(\d{5})</span>", page)

    assert "".join(groups) == alice.safety_number(BOB)
    assert 'role="img" aria-label="The safety number as a QR code"' in page
    assert "You have not compared it yet." in page
    assert "<bdi><b>phone\ufffd\u202e</bdi>" in page
    assert "<time" in page


async def test_a_number_is_compared_by_eye_or_by_typing(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """Then the page says so, until it changes."""
    url, number = f"/contacts/{bob}", alice.safety_number(BOB)
    spaced = " ".join(number[start : start + 5] for start in range(0, 60, 5))
    for theirs in ("", spaced):
        response = await post(client, f"{url}/compare", seen=number, theirs=theirs)
        assert (response.status_code, response.headers["location"]) == (303, f"{url}#safety")
    assert "You compared it, and it has not changed since." in (await client.get(url)).text

    alice.head = "another device"
    assert "It has changed since you compared it" in (await client.get(url)).text


@pytest.mark.parametrize("theirs", ["0" * 60, "12345", *HOSTILE_TEXTS.values()])
async def test_another_number_is_a_warning(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str, theirs: str
) -> None:
    """Nothing is noted, and what was typed is shown cut."""
    number = alice.safety_number(BOB)
    response = await post(client, f"/contacts/{bob}/compare", seen=number, theirs=theirs)

    assert response.status_code == 409
    assert "do not trust this conversation" in response.text
    assert not (await alice.acquaintance(bob)).is_compared
    assert response.text.count("<script") == SCRIPTS + SCANNER


async def test_a_number_that_changed_while_the_page_was_open_is_not_compared(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """The person saw another one."""
    seen = alice.safety_number(BOB)
    alice.head = "another device"
    response = await post(client, f"/contacts/{bob}/compare", seen=seen, theirs="")

    assert response.status_code == 409
    assert isinstance((await alice.acquaintance(bob)).compared, ComparedNumber | None)


async def test_a_nickname_is_changed(client: httpx.AsyncClient, alice: MemoryMessenger, bob: str) -> None:
    """An empty one is none; one that is too long is told."""
    await post(client, f"/contacts/{bob}/nickname", nickname="Bobby")
    renamed = await alice.conversation(bob)
    too_long = await post(client, f"/contacts/{bob}/nickname", nickname="B" * (MAX_NICKNAME_CHARACTERS + 1))
    await post(client, f"/contacts/{bob}/nickname", nickname=" ")

    assert renamed.nickname == "Bobby"
    assert too_long.status_code == 422
    assert "This nickname is too long" in too_long.text
    assert (await alice.conversation(bob)).nickname == ""


async def test_a_contact_is_blocked(client: httpx.AsyncClient, alice: MemoryMessenger, bob: str) -> None:
    """They stand among the blocked, and their page is gone."""
    response = await post(client, f"/contacts/{bob}/block")

    assert response.headers["location"] == "/contacts"
    assert [each.account for each in await alice.blocked()] == [BOB]
    assert (await client.get(f"/contacts/{bob}")).status_code == 404


@pytest.mark.parametrize("path", ["", "/nickname", "/compare", "/block"])
async def test_nobodys_page_is_missing(client: httpx.AsyncClient, path: str) -> None:
    """Whatever id somebody makes up."""
    url = f"/contacts/{'0' * 32}{path}"
    response = (
        await client.get(url) if not path else await post(client, url, nickname="x", seen="1", theirs="")
    )

    assert response.status_code == 404


async def test_a_smart_account_is_shown_as_one(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """With the chain it is bound to."""
    conversation_id = alice.know(f"eip155:10:{BOB}", "Bob")

    assert "A smart account on chain 10" in (await client.get(f"/contacts/{conversation_id}")).text


async def test_an_old_record_is_warned_of(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """Devices may have been added or ended; without any nothing can be received."""
    alice.record_expired, alice.devices[BOB] = True, ()
    page = (await client.get(f"/contacts/{bob}")).text

    assert "What is known of their devices is old" in page
    assert "None that can receive messages." in page


async def test_what_is_doubted_of_a_record_is_told(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """Once there is something; two sources, and none, are no doubt."""
    for sources in (0, 2):
        alice.doubts = Doubts(sources)
        page = (await client.get(f"/contacts/{bob}")).text
        assert "one source" not in page
        assert "asked for" not in page
    alice.doubts = Doubts(1, awaits_newer=True, disowned=True)
    page = (await client.get(f"/contacts/{bob}")).text

    assert "Seen from one source only so far." in page
    assert "names devices that are not in what is held here" in page
    assert "does not stand by these devices any more" in page


# Requests


async def test_a_request_shows_what_was_written_and_is_accepted(
    client: httpx.AsyncClient, alice: MemoryMessenger
) -> None:
    """303 to the conversation with it."""
    request = alice.ask_to_talk(EVE, "Hello, I am Eve", "Are you there?")
    page = said(await client.get("/requests"))
    response = await post(client, f"/requests/{request}/accept")

    assert "Hello, I am Eve" in page
    assert "Are you there?" in page
    assert f"<code>{EVE}</code>" in page
    assert response.headers["location"] == f"/conversations/{request}#latest"
    assert "Nobody is waiting." in (await client.get("/requests")).text


async def test_a_request_is_blocked(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """What was written is gone."""
    request = alice.ask_to_talk(EVE, "Buy now")
    response = await post(client, f"/requests/{request}/block")

    assert response.headers["location"] == "/requests"
    assert [each.account for each in await alice.blocked()] == [EVE]
    assert "Buy now" not in (await client.get("/requests")).text


async def test_a_strangers_texts_break_nothing(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """Markup, directions, controls and 64 KiB, with nothing loaded that they name."""
    alice.ask_to_talk(EVE, *HOSTILE_TEXTS.values())
    page = (await client.get("/requests")).text

    assert page.count("<script") == SCRIPTS
    assert page.count("<img") == 1  # The rail's own.
    assert page.count("<details>") == 3
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", page)


async def test_a_request_without_a_device_cannot_be_accepted(
    client: httpx.AsyncClient, alice: MemoryMessenger
) -> None:
    """It is told beside the requests."""
    request = alice.ask_to_talk(EVE, "Hello")
    alice.fails_with = NoLiveDeviceError()
    response = await post(client, f"/requests/{request}/accept")

    assert response.status_code == 409
    assert "has no device that can receive messages" in response.text
    assert "Hello" in response.text


async def test_a_request_of_nobody_is_missing(client: httpx.AsyncClient) -> None:
    """As when it was answered in another tab."""
    assert (await post(client, f"/requests/{'0' * 32}/accept")).status_code == 404
    assert (await post(client, f"/requests/{'0' * 32}/block")).status_code == 404


async def test_a_strangers_name_is_asked_for_where_requests_are_shown(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """An Ethereum node learns of somebody who writes only if a person looks at that page; a name is then shown."""
    alice.ask_to_talk(EVE, "Hello")
    for path in ("/", "/contacts", "/contacts/new", "/invites", "/network", f"/conversations/{bob}"):
        await client.get(path)
    assert alice.ethereum.strangers == set()
    await client.get("/requests")
    assert alice.ethereum.strangers == {EVE}
    alice.ethereum.learn_name(EVE, "eve.eth")
    page = (await client.get("/requests")).text

    assert "<bdi>eve.eth</bdi>" in page
    assert f"<code>{EVE}</code>" in page
