"""The data of the settings' pages: one frozen dataclass a page, as in `contexts`."""

from __future__ import annotations

from dataclasses import dataclass, field

from parley.web.contexts import Sidebar
from parley.web.display import Moment


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


@dataclass(frozen=True, slots=True)
class NodeView:
    """One Ethereum node: `health` is how it looks, `state` the same in words, `asked` when that was."""

    endpoint: str
    health: str
    state: str
    asked: Moment | None


@dataclass(frozen=True, slots=True)
class NetworkPage:
    """The Ethereum network and its nodes.

    Attributes:
        offered: chain id and name of the networks to choose from, and whether it is the one kept in the profile.
        other: the number of any other network; other_chosen, whether it is the one kept.
        network, chain_id: the network that is read.
        chain_given, endpoints_given: whether this run was started with it, or with its nodes.
        endpoints: the nodes kept for it, one a line; they are shown to whoever set them, keys included.
        nodes: the nodes that are asked.
        offchain_names: whether servers outside the chain may be asked for names.
        done: what was done just now, in a sentence.
        about: which form the problem is beside, "network", "nodes" or "names".
    """

    title: str
    sidebar: Sidebar
    live_url: str
    offered: tuple[tuple[int, str, bool], ...]
    other: str
    other_chosen: bool
    network: str
    chain_id: int
    chain_given: bool
    endpoints_given: bool
    endpoints: str = field(repr=False)
    nodes: tuple[NodeView, ...]
    offchain_names: bool
    done: str | None
    about: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class LockingPage:
    """When Parley locks itself; `given` says what this run was started with."""

    title: str
    sidebar: Sidebar
    live_url: str
    minutes: str
    given: str | None
    done: str | None
    problem: str | None
