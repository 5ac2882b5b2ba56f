"""Adding a contact and handing out one's own record."""

from __future__ import annotations

import httpx
import pytest

from harness.memory_messenger import MemoryMessenger, memory_account, memory_record
from parley.chat.errors import DiskFullError, NoLiveDeviceError
from parley.messenger.errors import NodesUnreachableError, NoNodeError, WrongNodeChainError
from parley.web.contacts import MAX_NICKNAME_CHARACTERS, MAX_RECORD_BYTES

BOB = memory_account("bob")


async def _post(client: httpx.AsyncClient, record: bytes | None, nickname: str = "") -> httpx.Response:
    files = {} if record is None else {"record": ("bob.parley-contact", record)}
    # A form of a page is multipart even when no file was chosen: then its name is empty.
    return await client.post("/contacts", data={"nickname": nickname}, files=files or {"record": ("", b"")})


async def test_a_contact_is_added_by_their_record(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """303 to the conversation, which shows the nickname."""
    response = await _post(client, memory_record(BOB), "  Bob <3 ")
    (conversation,) = await alice.conversations()

    assert response.status_code == 303
    assert response.headers["location"] == f"/conversations/{conversation.conversation_id}#latest"
    assert (conversation.account, conversation.nickname) == (BOB, "Bob <3")
    page = (await client.get(response.headers["location"])).text
    assert '<h1 class="bar-title"><bdi>Bob &lt;3</bdi></h1>' in page


async def test_without_a_nickname_the_short_address_is_shown(client: httpx.AsyncClient) -> None:
    """Nobody has to invent a name."""
    response = await _post(client, memory_record(BOB))

    assert f"<bdi>{BOB[:6]}…{BOB[-4:]}</bdi></h1>" in (await client.get(response.headers["location"])).text


@pytest.mark.parametrize(
    ("record", "nickname", "error", "status", "sentence"),
    [
        (None, "Bob", None, 422, "Choose the file that your contact gave you."),
        (b"", "Bob", None, 422, "This file is not a contact record that can be trusted."),
        (b"\x00\xff", "Bob", None, 422, "This file is not a contact record that can be trusted."),
        (memory_record(memory_account("alice")), "Me", None, 422, "This is your own account."),
        (memory_record(BOB), "Bob", NoLiveDeviceError(), 409, "This contact has no device"),
        (memory_record(BOB), "Bob", DiskFullError(), 507, "The disk is full"),
        (memory_record(BOB), "Bob", NoNodeError(1), 422, "only an Ethereum node can check it"),
        (memory_record(BOB), "Bob", NodesUnreachableError(1), 503, "so the signature could not be checked"),
        (memory_record(BOB), "Bob", WrongNodeChainError(1, 31337), 422, "This Ethereum node is on"),
        (memory_record(BOB), "B" * (MAX_NICKNAME_CHARACTERS + 1), None, 422, "This nickname is too long"),
        (b"x" * (MAX_RECORD_BYTES + 1), "Bob", None, 413, "too large for a contact record: at most 64 KiB."),
    ],
)
async def test_what_cannot_be_added_is_told(
    client: httpx.AsyncClient,
    alice: MemoryMessenger,
    record: bytes | None,
    nickname: str,
    error: Exception | None,
    status: int,
    sentence: str,
) -> None:
    """The page again with the nickname kept; nobody was added."""
    alice.fails_with = error
    response = await _post(client, record, nickname)

    assert response.status_code == status
    assert sentence in response.text
    assert f'value="{nickname}"' in response.text
    assert await alice.conversations() == ()


async def test_a_record_of_the_greatest_size_is_handed_on(
    client: httpx.AsyncClient, alice: MemoryMessenger
) -> None:
    """64 KiB are read whole: what is refused then is its content."""
    account = "0x" + "f" * (MAX_RECORD_BYTES - len(memory_record("0x")))
    response = await _post(client, memory_record(account))

    assert len(memory_record(account)) == MAX_RECORD_BYTES
    assert response.status_code == 303
    assert (await alice.conversations())[0].account == account


async def test_the_own_record_is_a_file(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """Byte for byte, with a name that says whose it is, and never shown as a page."""
    response = await client.get("/contact-record")

    assert response.content == alice.contact_record()
    assert response.headers["content-type"] == "application/octet-stream"
    disposition = f'attachment; filename="{alice.account[:10]}.parley-contact"'
    assert response.headers["content-disposition"] == disposition


async def test_the_record_of_a_smart_account_is_named_by_its_address(
    client: httpx.AsyncClient, alice: MemoryMessenger
) -> None:
    """The account's text begins with a chain, which says nothing of whose it is and holds colons."""
    address = alice.account
    alice.account = f"eip155:1:{address}"
    response = await client.get("/contact-record")

    assert response.headers["content-disposition"] == f'attachment; filename="{address[:10]}.parley-contact"'
