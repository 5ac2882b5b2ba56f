"""The pages of invites, and their QR codes."""

from __future__ import annotations

import re

import httpx

from harness.memory_messenger import MemoryMessenger
from parley.chat.invites.issue import MAX_INVITES
from parley.chat.invites.model import MAX_LINK_CHARACTERS
from parley.web.qr import QUIET_MODULES, qr_code


async def test_an_invite_is_made_and_shown(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """303 to a page of its own, whose address says nothing of it, with link and code."""
    made = await client.post("/invites")
    (invite,) = await alice.invites()
    page = (await client.get(made.headers["location"])).text

    assert made.status_code == 303
    assert made.headers["location"] == f"/invites/{invite.invite_id}"
    assert f">{invite.link}</textarea>" in page
    assert 'role="img" aria-label="The invite as a QR code"' in page
    assert "lets 25 more people write to you" in page
    assert "It names 1 address where you are reached" in page


async def test_invites_are_listed_and_revoked(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """303 to the list; revoking twice is harmless, and its page says that it is gone."""
    empty = (await client.get("/invites")).text
    await client.post("/invites")
    (invite,) = await alice.invites()
    listed = (await client.get("/invites")).text
    for _ in range(2):
        response = await client.post(f"/invites/{invite.invite_id}/revoke")
        assert response.headers["location"] == "/invites"
    gone = await client.get(f"/invites/{invite.invite_id}")

    assert "No invites yet." in empty
    assert f'href="/invites/{invite.invite_id}"' in listed
    assert invite.link not in listed
    assert await alice.invites() == ()
    assert gone.status_code == 404
    assert "This invite was revoked or has expired." in gone.text


async def test_too_many_invites_are_told(client: httpx.AsyncClient) -> None:
    """The list with the reason."""
    for _ in range(MAX_INVITES):
        await client.post("/invites")
    response = await client.post("/invites")

    assert response.status_code == 409
    assert f"You have {MAX_INVITES} invites already." in response.text


def test_a_code_is_its_modules() -> None:
    """As wide as the code and the white around it; each run of dark modules is one piece of the path."""
    code = qr_code("1234567890")
    runs = [tuple(map(int, run)) for run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", code.path)]
    finder = [run for run in runs if run[1] == QUIET_MODULES]

    assert code.size == 21 + 2 * QUIET_MODULES
    assert (finder[0], finder[-1]) == (
        (QUIET_MODULES, QUIET_MODULES, 7),
        (QUIET_MODULES + 14, QUIET_MODULES, 7),
    )
    assert all(x + length <= code.size - QUIET_MODULES for x, _, length in runs)


def test_the_longest_link_fits_a_code() -> None:
    """However many addresses it names."""
    assert qr_code("parley:" + "A" * (MAX_LINK_CHARACTERS - 7)).size <= 177 + 2 * QUIET_MODULES
