"""What a page about money says, without its markup."""

from __future__ import annotations

import html
import re


def words(markup: str) -> str:
    """The text of some markup, in one line. What is only heard counts too."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())


def sheet(page: str) -> str:
    """What a page shows, without what stands around it on every page."""
    return page.partition('<div class="sheet')[2]


def told(page: str) -> str:
    """The problem that a form is shown again with."""
    (found,) = re.findall(r'<p id="problem" class="problem" role="alert">(.*?)</p>', page, re.DOTALL)
    return words(found)


def card(page: str, message_id: bytes) -> str:
    """The card that a message brought."""
    start = page.index(f'<article id="card-{message_id.hex()}"')
    return page[start : page.index("</article>", start)]


def value(page: str, name: str) -> str:
    """What stands in a field."""
    (found,) = re.findall(rf'<input [^>]*name="{name}"[^>]*>', page)
    shown = re.search(r'value="([^"]*)"', found)
    return html.unescape(shown[1]) if shown else ""


def actions(markup: str) -> list[str]:
    """Where the forms of some markup go."""
    return re.findall(r'<form[^>]*action="([^"]*)"', markup)
