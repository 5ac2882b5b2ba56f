"""The pages about people while they are open: what changes arrives by itself, at the end of lists."""

from __future__ import annotations

import html
import re

import httpx
import pytest
from fastapi import FastAPI
from trio.testing import MockClock

from harness.memory_messenger import MemoryMessenger, memory_account
from harness.page_client import Stream, open_stream

BOB, EVE, ZED = (memory_account(name) for name in ("bob", "eve", "zed"))


async def live_url(client: httpx.AsyncClient, path: str) -> str:
    """The address of a page's stream."""
    found = re.search(r'hx-sse:connect="([^"]+)"', (await client.get(path)).text)
    assert found is not None
    return html.unescape(found[1])


async def block(stream: Stream, target: str) -> str:
    """The next block that replaces what stands in an element."""
    pattern = rf'<hx-partial hx-target="#{target}" hx-swap="innerMorph">(.*?)</hx-partial>'
    while True:
        message = await stream.change()
        if (found := re.search(pattern, message.data or "", re.DOTALL)) is not None:
            return found[1]


async def test_a_stranger_appears_below_the_others(
    autojump_clock: MockClock, client: httpx.AsyncClient, app: FastAPI, alice: MemoryMessenger
) -> None:
    """Under a finger that is on its way to one stranger's button there never comes another's."""
    alice.ask_to_talk(EVE, "first")
    async with open_stream(app, await live_url(client, "/requests")) as stream:
        assert (await stream.change()).data is None
        later = alice.ask_to_talk(ZED, "second")
        shown = await block(stream, "strangers")
        assert shown.index("first") < shown.index("second")
        await alice.block(later)
        assert "second" not in await block(stream, "strangers")


async def test_somebody_who_is_found_can_be_written_to(
    autojump_clock: MockClock, client: httpx.AsyncClient, app: FastAPI, alice: MemoryMessenger
) -> None:
    """The page about them says so, and the list moves them."""
    pending = await alice.add_by_account(BOB, "Bob")
    async with (
        open_stream(app, await live_url(client, f"/contacts/{pending}")) as one,
        open_stream(app, await live_url(client, "/contacts")) as all_,
    ):
        assert (await one.change()).data is None
        assert (await all_.change()).data is None
        alice.answer(BOB)
        assert f'href="/conversations/{pending}#latest"' in await block(one, "standing")
        assert "Asked for" not in await block(all_, "people")


async def test_somebody_who_is_asked_for_no_longer(
    autojump_clock: MockClock, client: httpx.AsyncClient, app: FastAPI, alice: MemoryMessenger
) -> None:
    """The page about them offers nothing any more."""
    pending = await alice.add_by_account(BOB, "Bob")
    async with open_stream(app, await live_url(client, f"/contacts/{pending}")) as stream:
        await stream.change()
        await alice.forget_pending(BOB)
        shown = await block(stream, "standing")

    assert "no longer" in shown
    assert "<form" not in shown


async def test_the_number_of_requests_is_live_among_contacts(
    autojump_clock: MockClock, client: httpx.AsyncClient, app: FastAPI, alice: MemoryMessenger
) -> None:
    """The link to them counts."""
    async with open_stream(app, await live_url(client, "/contacts")) as stream:
        await stream.change()
        alice.ask_to_talk(EVE, "hello")

        assert "1 request" in await block(stream, "doors")


async def test_invites_are_live(
    autojump_clock: MockClock, client: httpx.AsyncClient, app: FastAPI, alice: MemoryMessenger
) -> None:
    """Made in another tab it appears; revoked it goes, and its own page says so."""
    async with open_stream(app, await live_url(client, "/invites")) as all_:
        await all_.change()
        made = await alice.make_invite()
        assert made.invite_id in await block(all_, "made-now")
        async with open_stream(app, await live_url(client, f"/invites/{made.invite_id}")) as one:
            await one.change()
            await alice.revoke_invite(made.invite_id)
            assert "no longer good" in await block(one, "what-now")
        assert "No invites yet." in await block(all_, "made-now")


@pytest.mark.parametrize(
    "part", ["", "nobody", "invite-", "standing-../x", "invite-" + "a" * 65, "people\x00"]
)
async def test_an_unknown_part_is_no_stream(client: httpx.AsyncClient, part: str) -> None:
    """It is told before the stream starts."""
    response = await client.get("/live", params={"part": part})

    assert response.status_code == 404


async def test_what_was_searched_for_stays(client: httpx.AsyncClient, bob: str) -> None:
    """And is not part of the stream's address."""
    page = (await client.post("/contacts/search", data={"query": "nobody"})).text
    found = re.search(r'hx-sse:connect="([^"]+)"', page)

    assert found is not None
    assert "part=" not in found[1]
    assert "nobody" not in found[1]
