"""The list of settings."""

from __future__ import annotations

import re

import httpx

from parley.web.settings import entries


async def test_every_page_leads_to_the_settings(client: httpx.AsyncClient, bob: str) -> None:
    """From wherever somebody is."""
    for path in ("/", f"/conversations/{bob}", "/contacts/new", "/settings"):
        assert '<a class="rail-door" href="/settings"' in (await client.get(path)).text


async def test_each_setting_is_a_page(client: httpx.AsyncClient) -> None:
    """The list shows every entry, in order, and each leads to a page that leads back."""
    page = (await client.get("/settings")).text

    assert re.findall(r'class="entry" href="([^"]+)"', page) == [each.url for each in entries()]
    for each in entries():
        response = await client.get(each.url)
        assert response.status_code == 200
        assert each.title in response.text
        assert re.search(r'<a class="back[^"]*" href="/settings"', response.text)
