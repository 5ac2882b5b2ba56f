"""What is read of a request is bounded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI

from harness.memory_messenger import MemoryMessenger
from harness.page_client import OURS, PORT, cookie_of
from parley.web.app import FORM_LIMIT_BYTES

CHUNK = 64 * 1024


@pytest.mark.parametrize("declared", [None, 10, FORM_LIMIT_BYTES])
async def test_a_body_is_cut_off_while_it_streams(app: FastAPI, bob: str, declared: int | None) -> None:
    """Reading stops at the limit, whatever the length was declared to be."""
    read = 0

    async def receive() -> dict[str, object]:
        nonlocal read
        read += CHUNK
        return {"type": "http.request", "body": b"x" * CHUNK, "more_body": True}

    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    headers = {"Host": f"localhost:{PORT}", **OURS, "Content-Type": "application/x-www-form-urlencoded"}
    headers["Cookie"] = cookie_of(app)
    if declared is not None:
        headers["Content-Length"] = str(declared)
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/conversations/{bob}/messages",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    await app(scope, receive, send)  # type: ignore[arg-type]

    assert sent[0]["status"] == 413
    assert FORM_LIMIT_BYTES < read <= FORM_LIMIT_BYTES + CHUNK


@pytest.mark.parametrize("path", ["/contacts", "/conversations/{bob}/messages"])
async def test_too_large_a_body_is_told(client: httpx.AsyncClient, bob: str, path: str) -> None:
    """413 as a page, for both kinds of form."""

    async def body() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="record"; filename="a"\r\n\r\n'
        for _ in range(20):
            yield b"x" * CHUNK

    response = await client.post(
        path.format(bob=bob), content=body(), headers={"Content-Type": "multipart/form-data; boundary=x"}
    )

    assert response.status_code == 413
    assert "This is too large: at most 1024 KiB fit." in response.text


async def test_the_longest_text_fits_the_form(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """64 KiB less the encoding's own bytes, in letters that take nine bytes in a form for three in UTF-8."""
    text = "€" * 21_800
    body = urlencode({"text": text, "form_token": "t" * 24})
    response = await client.post(
        f"/conversations/{bob}/messages",
        content=body,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert len(body) > 190_000
    assert response.status_code == 303
    assert len(await alice.messages(bob)) == 1
