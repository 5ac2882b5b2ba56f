"""The form that sends a message, with and without htmx."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from harness.memory_messenger import MemoryMessenger
from harness.page_client import HTMX
from parley.chat.content import shown_text
from parley.chat.errors import (
    ChatError,
    ContentTooLongError,
    DiskFullError,
    NoLiveDeviceError,
    StaleStateError,
    UnknownConversationError,
)

TOKEN = "token_of_a_form_0123"


async def _texts(alice: MemoryMessenger, conversation_id: str) -> list[str | None]:
    return [shown_text(each.content) for each in await alice.messages(conversation_id)]


def _form(text: str, token: str = TOKEN) -> dict[str, str]:
    return {"text": text, "form_token": token}


async def test_a_form_is_sent_and_answered_by_a_redirect(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """Without JavaScript: 303 to the end of the conversation."""
    response = await client.post(f"/conversations/{bob}/messages", data=_form("hello\r\nBob"))

    assert response.status_code == 303
    assert response.headers["location"] == f"/conversations/{bob}#latest"
    assert await _texts(alice, bob) == ["hello\nBob"]


async def test_htmx_gets_an_empty_composer_with_a_new_token(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """The block alone; the message itself comes by the stream."""
    tokens = set()
    for n in range(2):
        response = await client.post(
            f"/conversations/{bob}/messages", data=_form("hello", TOKEN + str(n)), headers=HTMX
        )
        match = re.search(r'name="form_token" value="([\w-]{16,64})"', response.text)
        assert match is not None
        tokens.add(match[1])

        assert response.status_code == 200
        assert response.text.lstrip().startswith('<form id="composer"')
        assert "<html" not in response.text
        assert "hello" not in response.text
    assert len(tokens) == 2
    assert await _texts(alice, bob) == ["hello", "hello"]


@pytest.mark.parametrize("headers", [{}, HTMX])
async def test_a_form_posted_twice_makes_one_message(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str, headers: dict[str, str]
) -> None:
    """A repeated click or a reload sends nothing more, and looks like success."""
    for _ in range(2):
        response = await client.post(f"/conversations/{bob}/messages", data=_form("once"), headers=headers)
        assert response.status_code in {200, 303}

    assert await _texts(alice, bob) == ["once"]


async def test_an_old_form_with_another_text_is_another_message(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """Going back in the browser and writing something else must not lose it."""
    for text in ("first", "second"):
        await client.post(f"/conversations/{bob}/messages", data=_form(text))

    assert await _texts(alice, bob) == ["first", "second"]


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(
    ("text", "error", "status", "sentence"),
    [
        ("", None, 422, "Write something first."),
        (" \n\t ", None, 422, "Write something first."),
        ("x" * 65_537, None, 422, "This message is too long: it has 65 KiB, and 64 KiB fit."),
        ("precious", ContentTooLongError(70_000, 65_536), 422, "it has 69 KiB, and 64 KiB fit."),
        ("precious", DiskFullError(), 507, "The disk is full, so nothing was stored."),
        ("precious", NoLiveDeviceError(), 409, "This contact has no device that can receive messages."),
        ("precious", StaleStateError("session", 1, 2), 503, "This could not be stored."),
        ("precious", ChatError("secret"), 422, "This cannot be done."),
    ],
)
async def test_what_cannot_be_sent_is_told_and_kept(
    client: httpx.AsyncClient,
    alice: MemoryMessenger,
    bob: str,
    htmx: bool,
    text: str,
    error: Exception | None,
    status: int,
    sentence: str,
) -> None:
    """The composer comes back with the text as it was typed and the reason; nothing was stored."""
    alice.fails_with = error
    response = await client.post(
        f"/conversations/{bob}/messages", data=_form(text), headers=HTMX if htmx else {}
    )
    area = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", response.text, re.DOTALL)
    assert area is not None

    assert response.status_code == status
    assert ("<html" in response.text) != htmx
    assert unescape(area[1]) == text
    assert sentence in response.text
    assert "secret" not in response.text
    assert await _texts(alice, bob) == []


async def test_a_text_keeps_its_first_newline(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """HTML drops the first newline of a text area, so the template gives one more."""
    alice.fails_with = DiskFullError()
    response = await client.post(f"/conversations/{bob}/messages", data=_form("\n\nafter </textarea>"))

    assert ">\n\n\nafter &lt;/textarea&gt;</textarea>" in response.text


@pytest.mark.parametrize("htmx", [False, True])
async def test_an_unknown_conversation_is_not_found(client: httpx.AsyncClient, htmx: bool) -> None:
    """A page; for htmx a line above the page, so that the person's text stays where it is."""
    response = await client.post(
        f"/conversations/{'0' * 32}/messages", data=_form("hello"), headers=HTMX if htmx else {}
    )

    assert response.status_code == 404
    assert "There is no such conversation." in response.text
    assert ("<html" in response.text) != htmx
    assert response.headers.get("hx-retarget") == ("#notice" if htmx else None)


async def test_a_conversation_that_goes_away_meanwhile(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """The messenger's own answer counts, whatever was true before."""
    alice.fails_with = UnknownConversationError(bob)

    assert (await client.post(f"/conversations/{bob}/messages", data=_form("hello"))).status_code == 404


@pytest.mark.parametrize(
    "token", ["", "short", "x" * 65, "with space in the token", "<script>alert(1)</script>"]
)
async def test_a_token_that_is_not_ours_sends_nothing(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str, token: str
) -> None:
    """The text is kept, with a fresh token to send it by."""
    response = await client.post(f"/conversations/{bob}/messages", data=_form("hello", token))

    assert response.status_code == 422
    assert "hello</textarea>" in response.text
    assert "The form was not complete." in response.text
    assert await _texts(alice, bob) == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"form_token=" + TOKEN.encode(), "application/x-www-form-urlencoded"),
        (b'{"text": "hello"}', "application/json"),
        (b"garbage", "multipart/form-data; boundary=x"),
        (b"garbage", "multipart/form-data"),
        (b"&".join(b"a=1" for _ in range(50)), "application/x-www-form-urlencoded"),
        (
            b'--x\r\nContent-Disposition: form-data; name="text"; filename="a"\r\n\r\nfile\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
async def test_a_form_that_is_none_of_ours(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str, body: bytes, content_type: str
) -> None:
    """Missing fields, too many of them, another format: refused, and nothing is sent."""
    response = await client.post(
        f"/conversations/{bob}/messages", content=body, headers={"Content-Type": content_type}
    )

    assert response.status_code == 422
    assert await _texts(alice, bob) == []
