"""The pages that find somebody and add them."""

from __future__ import annotations

import re

import httpx
import pytest

from harness.memory_meeting import found, memory_invite
from harness.memory_messenger import MemoryMessenger
from harness.sample_conversations import HOSTILE_TEXTS
from parley.chat.errors import (
    AlteredInviteError,
    BlockedContactError,
    DiskFullError,
    ExpiredInviteError,
    ForeignInviteError,
    NewerInviteError,
    NotAnInviteError,
    OwnRecordError,
    TooManyPendingError,
)
from parley.chat.invites.codec import decode_link
from parley.messenger.errors import (
    InvalidNameTypedError,
    NameServersFailedError,
    NamesUnsupportedHereError,
    NameUnknownError,
    NodesUnreachableError,
    NoNodeError,
    NothingTypedError,
    OffchainNameTypedError,
    WrongChecksumError,
)
from parley.messenger.finding import Standing, Way
from parley.web.contacts import MAX_NICKNAME_CHARACTERS
from web.test_people import BOB, EVE, SCANNER, SCRIPTS, SHORT_EVE, post, said

# Finding


async def test_the_form_has_one_field(client: httpx.AsyncClient) -> None:
    """It works as HTML, and the record file is still taken."""
    page = (await client.get("/contacts/new")).text

    assert '<form id="find-form" class="form" method="post" action="/contacts/find">' in page
    assert page.count('name="who"') == 1
    assert 'action="/contacts" enctype="multipart/form-data"' in page
    assert "/contact-record" in page


async def test_who_it_is_is_shown_before_they_are_added(
    client: httpx.AsyncClient, alice: MemoryMessenger
) -> None:
    """Whole address, picture, name and how it is known; nothing is stored, and nothing stands in the address."""
    alice.finds["bob.eth"] = found(BOB, way=Way.NAME, typed_name="bob.eth", name="bob.eth")
    response = await post(client, "/contacts/find", who="bob.eth")
    page = said(response)

    assert response.status_code == 200
    assert '<span class="entry-title"><bdi>bob.eth</bdi></span>' in page
    assert f"<code>{BOB}</code>" in page
    assert "bob.eth leads to this address, and this address calls itself bob.eth." in page
    assert '<svg class="identicon"' in page
    assert "Look twice" not in page
    assert f'<input type="hidden" name="who" value="{BOB}">' in page
    assert await alice.pending() == ()


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        (
            {"way": Way.NAME, "typed_name": "friend.eth"},
            "friend.eth leads to this address, but the address does not call itself so.",
        ),
        (
            {"way": Way.NAME, "typed_name": "friend.eth", "name": "eve.eth"},
            "You typed friend.eth, but this address calls itself eve.eth.",
        ),
        (
            {"way": Way.NAME, "typed_name": "b0b.eth", "name": "b0b.eth", "alike": ("Bob", BOB)},
            f"looks like that of somebody else you know: Bob, whose address is {BOB[:6]}…{BOB[-4:]}.",
        ),
        ({"unchecked": True}, "without the capitals that show a mistyped digit"),
    ],
)
async def test_what_is_to_be_looked_at_twice(
    client: httpx.AsyncClient, alice: MemoryMessenger, changes: dict[str, object], warning: str
) -> None:
    """The warning stands before the form, and the button says that it was read."""
    alice.finds["eve"] = found(EVE, **changes)
    page = said(await post(client, "/contacts/find", who="eve"))

    assert warning in page
    assert "Add anyway" in page


async def test_a_name_that_leads_one_way_is_not_who_they_are(
    client: httpx.AsyncClient, alice: MemoryMessenger
) -> None:
    """What was typed is not the heading: the account's own name is, or the short address."""
    alice.finds["friend.eth"] = found(EVE, way=Way.NAME, typed_name="friend.eth")
    page = said(await post(client, "/contacts/find", who="friend.eth"))

    assert f'<span class="entry-title"><bdi>{SHORT_EVE}</bdi></span>' in page


async def test_an_invite_says_what_it_does(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """Until when it is good and what it connects to; the form brings it along."""
    link = memory_invite(BOB)
    alice.finds[link] = found(BOB, way=Way.INVITE, name_asked=False, invite=decode_link(link))
    alice.invited_by[link] = BOB
    page = said(await post(client, "/contacts/find", who=link))

    assert "The invite is whole. It is good until 2027-02-14 08:00 UTC." in page
    assert "Adding them connects you to 1 address that it names." in page
    assert "No Ethereum node could be asked for its name." in page
    assert f'name="who" value="{link}"' in page
    response = await post(client, "/contacts/add", who=link, nickname="Bob")
    (pending,) = await alice.pending()
    assert (pending.account, pending.name) == (BOB, "Bob")
    assert response.headers["location"] == f"/contacts/{pending.conversation_id}"


@pytest.mark.parametrize(
    ("standing", "sentence", "link"),
    [
        (Standing.CONTACT, "They are your contact already.", "/conversations/abc#latest"),
        (Standing.PENDING, "You have asked for them already.", "/contacts/abc"),
        (Standing.REQUEST, "They have written to you already.", "/requests"),
        (Standing.BLOCKED, "You blocked them.", "/contacts"),
    ],
)
async def test_who_is_known_already(
    client: httpx.AsyncClient, alice: MemoryMessenger, standing: Standing, sentence: str, link: str
) -> None:
    """It is said, with where to go; somebody blocked can be unblocked there."""
    alice.finds[BOB] = found(BOB, standing=standing, conversation_id="abc")
    page = said(await post(client, "/contacts/find", who=BOB))

    assert sentence in page
    assert f'href="{link}"' in page
    assert ('action="/contacts/unblock"' in page) is (standing is Standing.BLOCKED)
    assert ('action="/contacts/add"' in page) is (standing is not Standing.BLOCKED)


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (NothingTypedError(), 422, "Type a name, an address or an invite."),
        (WrongChecksumError(), 422, "This address has a mistake in it"),
        (InvalidNameTypedError(), 422, "No Ethereum name can be spelled like this."),
        (NameUnknownError("nobody.eth"), 404, "Nobody is known as nobody.eth."),
        (OffchainNameTypedError(), 422, "Allow “Ask servers outside the chain for names” under Settings"),
        (NameServersFailedError(), 503, "that gave no answer that holds. Try again later"),
        (NamesUnsupportedHereError(31337), 422, "There are no names on"),
        (NoNodeError(1), 422, "node"),
        (NodesUnreachableError(1), 503, "node"),
        (NotAnInviteError(), 422, "This is not a whole invite."),
        (NewerInviteError(), 422, "A newer Parley made this invite."),
        (AlteredInviteError(), 422, "This invite was changed on its way"),
        (ForeignInviteError(7337, 1), 422, "for another Parley network (1), and you are on 7337."),
        (ExpiredInviteError(1_800_000_000_000), 422, "good until 2027-01-15 08:00 UTC."),
        (OwnRecordError(), 422, "This is your own account."),
    ],
)
async def test_whom_nobody_finds(
    client: httpx.AsyncClient, alice: MemoryMessenger, error: Exception, status: int, sentence: str
) -> None:
    """The form again with what was typed and a sentence of its own."""
    alice.finds["x<y"] = error
    response = await post(client, "/contacts/find", who=" x<y ")
    page = said(response)

    assert response.status_code == status
    assert sentence in page
    assert 'value="x<y"' in page
    assert 'aria-invalid="true"' in page


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS.keys())
async def test_whatever_is_typed_the_page_is_whole(
    client: httpx.AsyncClient, alice: MemoryMessenger, text: str
) -> None:
    """Controls are replaced, markup is text, 64 KiB are cut."""
    response = await post(client, "/contacts/find", who=text)

    assert response.status_code == 422
    assert len(response.text) < 80_000
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", response.text)
    assert response.text.count("<script") == SCRIPTS + SCANNER


# Adding


async def test_who_was_found_is_asked_for(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """303 to how it stands, which becomes the contact once they were found."""
    response = await post(client, "/contacts/add", who=BOB, nickname=" Bob ")
    (pending,) = await alice.pending()
    url = f"/contacts/{pending.conversation_id}"
    waiting = await client.get(url)
    alice.answer(BOB)
    arrived = await client.get(url)

    assert (response.status_code, response.headers["location"]) == (303, url)
    assert pending.name == "Bob"
    assert "Parley asks the network for their contact record." in waiting.text
    assert "Safety number" not in waiting.text
    assert "Safety number" in arrived.text


async def test_who_is_a_contact_already_is_opened(client: httpx.AsyncClient, bob: str) -> None:
    """303 to the conversation."""
    response = await post(client, "/contacts/add", who=BOB, nickname="")

    assert response.headers["location"] == f"/conversations/{bob}#latest"


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (BlockedContactError(BOB), 409, "You blocked this account."),
        (TooManyPendingError(64), 409, "You wait for 64 contacts already."),
        (DiskFullError(), 507, "The disk is full"),
        (None, 422, "This nickname is too long"),
    ],
)
async def test_who_cannot_be_added(
    client: httpx.AsyncClient, alice: MemoryMessenger, error: Exception | None, status: int, sentence: str
) -> None:
    """Who they are is shown again with the reason and the nickname."""
    alice.finds[BOB] = found(BOB)
    alice.fails_with = error
    nickname = "Bobby" if error else "B" * (MAX_NICKNAME_CHARACTERS + 1)
    response = await post(client, "/contacts/add", who=BOB, nickname=nickname)

    assert response.status_code == status
    assert sentence in response.text
    assert f'value="{nickname}"' in response.text
    assert f"<code>{BOB}</code>" in response.text


@pytest.mark.parametrize("who", ["", "nonsense", "parley:AAAA", "x" * 64 * 1024, "\u202e\x00"])
async def test_what_no_page_sends_adds_nobody(
    client: httpx.AsyncClient, alice: MemoryMessenger, who: str
) -> None:
    """The form that finds somebody, with the reason."""
    response = await post(client, "/contacts/add", who=who, nickname="")

    assert response.status_code == 422
    assert 'action="/contacts/find"' in response.text
    assert await alice.pending() == ()
