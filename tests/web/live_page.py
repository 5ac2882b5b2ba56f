"""A page with its stream of changes, as a browser with htmx shows it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from harness.page_client import Stream


class Shown:
    """A page: applies the stream's blocks as htmx does, and tells what is shown."""

    def __init__(self, page: str) -> None:
        url = re.search(r'hx-sse:connect="([^"]+)"', page)
        assert url is not None
        self.live_url = url[1]
        self.version: str | None = None
        log = re.search(r'<div id="log".*?>\n(.*)</div>\n<div id="latest">', page, re.DOTALL)
        self.log = log[1] if log else ""

    @property
    def texts(self) -> list[str]:
        """The messages' texts, in the order shown."""
        return re.findall(r'class="text" dir="auto">([^<]*)<', self.log)

    @property
    def states(self) -> list[str]:
        """The deliveries' states, in the order shown."""
        return re.findall(r'class="state (\w+)"', self.log)

    async def update(self, stream: Stream) -> dict[str, str]:
        """Apply the next change; returns the blocks by target."""
        message = await stream.change()
        assert message.id
        self.version = message.id
        blocks: dict[str, str] = {}
        pattern = r'<hx-partial hx-target="([^"]+)" hx-swap="(\w+)">(.*?)</hx-partial>'
        for target, swap, html in re.findall(pattern, message.data or "", re.DOTALL):
            blocks[target] = html
            if (target, swap) == ("#log", "innerMorph"):
                self.log = html
            elif (target, swap) == ("#messages", "beforeend"):
                assert "</ol>" in self.log
                self.log = self.log.replace("</ol>", html + "</ol>")
            elif target.endswith("-state"):
                assert swap == "outerMorph"
                old = re.compile(rf'<span id="{target[1:]}".*?</span>\n', re.DOTALL)
                assert len(old.findall(self.log)) == 1
                self.log = old.sub(html.replace("\\", r"\\"), self.log)
            else:
                assert target in {"#lines", "#status", "#ethereum", "#who", "#reach", "#details"}
        ids = re.findall(r'<li id="(m-\w+)"', self.log)
        assert len(ids) == len(set(ids))
        return blocks


OpenShown = Callable[[], Awaitable[Shown]]
