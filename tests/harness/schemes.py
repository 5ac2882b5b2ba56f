"""A page in light and in dark, without walking there twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from playwright.sync_api import Page

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("dark", "light")
"""Light is last, and what the page goes on in."""


def schemes(page: Page) -> Iterator[Scheme]:
    """Show a page in each scheme in turn, without motion: colours on their way would be judged as they pass."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        yield scheme
