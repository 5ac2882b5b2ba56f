"""What was read and what was begun: marks, drafts, the list, one message's details, and how they change live."""

from __future__ import annotations

import re

import httpx
import pytest
from fastapi import FastAPI
from trio.testing import MockClock

from harness.memory_messenger import MemoryMessenger, memory_account
from harness.memory_network import MemoryDrops, MemoryKnownPeer, MemoryPeer, MemoryTime, MemoryWaiting
from harness.page_client import HTMX, open_stream
from parley.chat.delivery.model import DeliveryState
from parley.chat.errors import DiskFullError
from parley.web.log_view import GROUPED_WITHIN_MS

DAY_MS = 24 * 60 * 60 * 1000


async def _page(client: httpx.AsyncClient, path: str) -> str:
    response = await client.get(path)
    assert response.status_code == 200
    return response.text


async def test_unread_messages_are_counted_until_they_were_read(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """In the list and in the title; looking at a page marks nothing, a mark does."""
    alice.receive(bob, "one")
    last = alice.receive(bob, "two")
    for _ in range(2):
        page = await _page(client, f"/conversations/{bob}")
        assert "<title>(2) " in page
        assert '<span class="count" aria-hidden="true">2</span>' in page
        assert "2 unread messages" in page

    response = await client.post(f"/conversations/{bob}/read", data={"upto": last.hex()})
    page = await _page(client, f"/conversations/{bob}")

    assert (response.status_code, response.headers["location"]) == (303, f"/conversations/{bob}#latest")
    assert "<title>\u2068Bob" in page
    assert 'class="count" aria-hidden' not in page


@pytest.mark.parametrize("upto", ["", "x", "0" * 64, "A" * 64])
async def test_a_mark_that_names_no_message_is_refused(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str, upto: str
) -> None:
    """A place that is not there could hide what is still to come."""
    alice.receive(bob, "one")
    response = await client.post(f"/conversations/{bob}/read", data={"upto": upto}, headers=HTMX)

    assert response.status_code == 404
    assert alice.unread(bob) == 1


async def test_the_line_above_what_is_new_stays_while_the_page_is_open(
    autojump_clock: MockClock, app: FastAPI, client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """It stands before the first unread message of the time the page was opened, in updates too."""
    alice.receive(bob, "old")
    alice.read_all(bob)
    new = alice.receive(bob, "new")
    page = await _page(client, f"/conversations/{bob}")
    assert page.index('auto">old<') < page.index(f'id="new-m-{new.hex()}"') < page.index('auto">new<')

    url = re.search(r'hx-sse:connect="([^"]+)"', page)
    assert url is not None
    alice.read_all(bob)
    async with open_stream(app, url[1].replace("&amp;", "&"), {"Last-Event-ID": "unknown"}) as stream:
        assert f'id="new-m-{new.hex()}"' in ((await stream.change()).data or "")
    assert 'class="new-line"' not in await _page(client, f"/conversations/{bob}")


async def test_reading_elsewhere_changes_the_list_live(
    autojump_clock: MockClock, app: FastAPI, alice: MemoryMessenger, bob: str
) -> None:
    """The number goes from every page that is open."""
    alice.receive(bob, "one")
    async with open_stream(app, "/live") as stream:
        assert '<span id="unread" hidden>1</span>' in ((await stream.change()).data or "")
        alice.read_all(bob)
        change = (await stream.change()).data or ""

    assert '<span id="unread" hidden></span>' in change
    assert 'class="count"' not in change


async def test_a_draft_is_kept_shown_and_taken_away_by_sending(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """In its own composer, and in the list of every other page."""
    response = await client.post(
        f"/conversations/{bob}/draft", data={"text": "half a\r\nthought"}, headers=HTMX
    )
    assert (response.status_code, response.text) == (204, "")
    page = await _page(client, f"/conversations/{bob}")
    assert ">\nhalf a\nthought</textarea>" in page
    assert "Draft:" not in page
    assert re.search(r"Draft:</span> <bdi>half a thought</bdi>", await _page(client, "/"))

    sent = {"text": "half a thought", "form_token": "t" * 20}
    assert (await client.post(f"/conversations/{bob}/messages", data=sent)).status_code == 303
    assert "Draft:" not in await _page(client, "/")
    assert ">\n</textarea>" in await _page(client, f"/conversations/{bob}")


async def test_a_draft_that_cannot_be_kept_stays_in_the_composer(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """With the reason."""
    alice.fails_with = DiskFullError()
    response = await client.post(f"/conversations/{bob}/draft", data={"text": "precious"})

    assert response.status_code == 507
    assert ">\nprecious</textarea>" in response.text
    too_long = await client.post(f"/conversations/{bob}/draft", data={"text": "x" * 70_000}, headers=HTMX)
    assert too_long.status_code == 422


async def test_days_and_groups_stand_between_messages(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """A line for each day; who speaks on within five minutes stands together with what was said before."""
    for pause_ms, own in (
        (0, False),
        (60_000, False),
        (GROUPED_WITHIN_MS + 1, False),
        (1, True),
        (DAY_MS, True),
    ):
        alice.wait(pause_ms)
        (alice.write if own else alice.receive)(bob, "text")
    page = await _page(client, f"/conversations/{bob}")

    assert page.count('class="day"') == 2
    kinds = re.findall(r'<li id="m-\w+" class="message ([\w ]+)"', page)
    assert kinds == ["other tight", "other grouped tight", "other tight", "own tight", "own tight"]


async def test_the_list_is_searched(client: httpx.AsyncClient, alice: MemoryMessenger, bob: str) -> None:
    """By name, account and last text, whatever the case; what is typed stays in the field."""
    carol = alice.know(memory_account("carol"), "Carol")
    alice.receive(carol, "about the <Relay>")
    for find, found in {
        "CARO": [carol],
        "<relay>": [carol],
        memory_account("bob")[:12]: [bob],
        "nobody": [],
        " ": [carol, bob],
    }.items():
        page = (await client.post("/search", data={"find": find})).text
        assert re.findall(r'<li id="c-(\w+)"', page) == found
    assert "Nothing was found." in (await client.post("/search", data={"find": "nobody"})).text


async def test_what_is_searched_for_is_in_no_address(client: httpx.AsyncClient, bob: str) -> None:
    """Not in the form's, not in the stream's, and an address that names a text is not listened to."""
    page = (await client.post("/search", data={"find": "needle"})).text
    addresses = re.findall(r'(?:href|action|src|hx-sse:connect)="([^"]*)"', page)

    assert re.search(r'<form class="search"[^>]* method="post" action="/search">', page)
    assert not [each for each in addresses if "needle" in each]
    assert f'id="c-{bob}"' in (await client.get("/", params={"find": "needle"})).text


async def test_a_message_tells_how_far_it_has_come(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """Device by device with when; while it waits it can be tried again."""
    message_id = alice.write(bob, "hello")
    alice.deliver(message_id, DeliveryState.SENT, 2)
    address = f"/conversations/{bob}/messages/{message_id.hex()}"
    page = await _page(client, address)
    words = re.findall(r"<dt>([^<]+)</dt>", page[page.index('id="details"') :])
    assert words == ["Written", "Queued", "Sent, relayed by 2 peers", "Tried 2 times, last", "Next try"]

    retried = await client.post(f"{address}/retry")
    assert (retried.status_code, retried.headers["location"]) == (303, address)
    assert alice.retried == [message_id]

    alice.deliver(message_id, DeliveryState.DELIVERED, 2)
    page = await _page(client, address)
    assert "Delivered</dt>" in page
    assert "/retry" not in page


async def test_details_change_live(
    autojump_clock: MockClock, app: FastAPI, client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """The pane is sent anew when something of it changed."""
    message_id = alice.write(bob, "hello")
    page = await _page(client, f"/conversations/{bob}/messages/{message_id.hex()}")
    url = re.search(r'hx-sse:connect="([^"]+)"', page)
    assert url is not None
    async with open_stream(app, url[1].replace("&amp;", "&")) as stream:
        assert (await stream.change()).data is None
        alice.deliver(message_id, DeliveryState.DELIVERED, 1)
        change = (await stream.change()).data or ""

    assert 'hx-target="#details"' in change
    assert "Delivered</dt>" in change


@pytest.mark.parametrize("message_id", ["x", "0" * 64])
async def test_a_message_that_is_none_is_not_found(
    client: httpx.AsyncClient, bob: str, message_id: str
) -> None:
    """As any unknown page; nor is one of another conversation."""
    assert (await client.get(f"/conversations/{bob}/messages/{message_id}")).status_code == 404


async def test_a_message_of_another_conversation_is_not_found(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """Its address names both."""
    other = alice.receive(alice.know(memory_account("carol")), "elsewhere")

    assert (await client.get(f"/conversations/{bob}/messages/{other.hex()}")).status_code == 404


async def test_the_network_is_told(client: httpx.AsyncClient, alice: MemoryMessenger, bob: str) -> None:
    """Neighbours, who is dialled, what waits and the clock; alone it says what to do."""
    assert "Nobody reachable yet." in await _page(client, "/network")
    alice.node.peers = (MemoryPeer(), MemoryPeer("other", "/ip4/10.0.0.2/tcp/1/p2p/other", 1, False, False))
    alice.node.known = (MemoryKnownPeer(given=True), MemoryKnownPeer("/dns/x/tcp/1/p2p/y", connected=False))
    alice.node.reach, alice.node.time = "internet", MemoryTime(offset_ms=-25_000, answers=3)
    alice.node.waiting = (MemoryWaiting(bob, memory_account("bob"), "Bob", 3, 2, 1_800_000_000_000),)
    page = await _page(client, "/network")

    for words in ("Relay, you reached it", "Peer, it reached you", "from --peer", "3 messages", "25 seconds"):
        assert words in page
    assert page.count("/network/peers/remove") == 1
    assert "Nobody reachable yet." not in page


async def test_what_found_no_room_and_a_port_that_is_taken_are_told(
    client: httpx.AsyncClient, alice: MemoryMessenger
) -> None:
    """Once there is something to tell."""
    before = await _page(client, "/network")
    alice.node.taken_ports = (4600,)
    alice.node.drops = MemoryDrops(first_contacts=3, records=1)
    page = await _page(client, "/network")

    assert "Turned away" not in before
    assert "Another program uses" not in before
    assert "Another program uses port 4600, where this node was before." in page
    assert "<li>3 first messages of strangers, because too many wait already</li>" in page
    assert "<li>1 contact record, because they came faster than they are checked</li>" in page
    assert "sealed message," not in page


async def test_peers_are_added_and_removed(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """And an error beside the form keeps what was typed."""
    address = "/ip4/192.0.2.9/tcp/4001/p2p/16Uiu2HAmNew"
    added = await client.post("/network/peers", data={"address": f" {address} "})
    assert (added.status_code, added.headers["location"]) == (303, "/network?done=added")
    assert address in await _page(client, "/network?done=added")

    alice.refuses_peers = DiskFullError()
    refused = await client.post("/network/peers", data={"address": "typed"})
    assert refused.status_code == 507
    assert 'value="typed"' in refused.text

    removed = await client.post("/network/peers/remove", data={"address": address})
    assert removed.headers["location"] == "/network?done=removed"
    assert alice.node.known == ()
