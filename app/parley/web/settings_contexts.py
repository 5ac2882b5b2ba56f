"""The data of the settings' pages: one frozen dataclass a page, as in `contexts`."""

from __future__ import annotations

from dataclasses import dataclass

from parley.web.contexts import Sidebar


@dataclass(frozen=True, slots=True)
class SettingsEntry:
    """One line of the list of settings: where it leads, and what is set there."""

    url: str
    title: str
    hint: str


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """The list of settings."""

    title: str
    sidebar: Sidebar
    live_url: str
    entries: tuple[SettingsEntry, ...]
