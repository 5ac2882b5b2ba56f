"""The page of the peer-to-peer network in words: neighbours, own addresses, the clock, and what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parley.web import display
from parley.web.contexts import Sidebar
from parley.web.language import gettext as _
from parley.web.language import ngettext
from parley.web.network_ports import Drops, KnownPeer, NetworkState, Peer, Waiting
from parley.web.person import Person, person

CLOCK_IS_OFF_MS = 2_000
RELAYS_ACCEPT_MS = 20_000
"""A message whose time is further off is not passed on."""


@dataclass(frozen=True, slots=True)
class PeerLine:
    """One neighbour: what it is, how it got here, and since when."""

    peer_id: str
    address: str
    kind: str
    since: display.Moment | None


@dataclass(frozen=True, slots=True)
class KnownLine:
    """One peer that is dialled; `removable` unless an option of the run named it."""

    address: str
    state: str
    state_text: str
    removable: bool


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """Who is waited for, with how many messages, and when they were and will be tried."""

    person: Person
    conversation_url: str
    messages: str
    last: display.Moment | None
    next: display.Moment | None


@dataclass(frozen=True, slots=True)
class NetworkPage:
    """How the node is doing.

    Attributes:
        state: online, or alone when there is no neighbour.
        reach_text: from where this node can be reached.
        addresses: where, with from how far.
        clock_text: how right the own clock is.
        clock_off: whether it is wrong enough to matter.
        moved_text: that this node is not where it was before, if so.
        drops: what found no room, in sentences.
        problem: why a peer could not be added, with the `address` that was typed.
    """

    title: str
    sidebar: Sidebar
    live_url: str
    state: str
    peers: tuple[PeerLine, ...]
    known: tuple[KnownLine, ...]
    waiting: tuple[WaitingLine, ...]
    reach_text: str
    addresses: tuple[tuple[str, str], ...]
    clock_text: str
    clock_off: bool
    peer_id: str
    cluster_id: int
    moved_text: str | None = None
    drops: tuple[str, ...] = ()
    problem: str | None = None
    address: str = ""
    done: str | None = None


def network_page(
    state: NetworkState,
    sidebar: Sidebar,
    live_url: str,
    *,
    problem: str | None = None,
    address: str = "",
    done: str | None = None,
) -> NetworkPage:
    """What is known of the node, in words."""
    return NetworkPage(
        title=_("Network"),
        sidebar=sidebar,
        live_url=live_url,
        state="online" if state.peers else "alone",
        peers=tuple(_peer(each) for each in state.peers),
        known=tuple(_known(each) for each in state.known),
        waiting=tuple(_waiting(each, state.now_ms, reachable=bool(state.peers)) for each in state.waiting),
        reach_text=_reach(state.reach),
        addresses=tuple((each.address, _from(each.reach)) for each in state.addresses),
        clock_text=_clock(state.time.offset_ms, state.time.answers),
        clock_off=abs(state.time.offset_ms) >= RELAYS_ACCEPT_MS,
        peer_id=state.peer_id,
        cluster_id=state.cluster_id,
        moved_text=_moved(state.taken_ports),
        drops=_drops(state.drops),
        problem=problem,
        address=address,
        done=done,
    )


def _peer(peer: Peer) -> PeerLine:
    kind = _("Relay") if peer.relay else _("Peer")
    way = _("you reached it") if peer.outbound else _("it reached you")
    return PeerLine(peer.peer_id, peer.address, f"{kind}, {way}", display.moment(peer.since_ms))


def _known(peer: KnownPeer) -> KnownLine:
    if peer.connected:
        state, text = "online", _("Connected")
    elif peer.reached:
        state, text = "alone", _("Reached before, dialled again and again")
    else:
        state, text = "alone", _("Never reached yet, dialled again and again")
    return KnownLine(peer.address, state, text, removable=not peer.given)


def _waiting(waiting: Waiting, now_ms: int, *, reachable: bool) -> WaitingLine:
    count = ngettext("%(n)d message", "%(n)d messages", waiting.messages) % {"n": waiting.messages}
    # Without a neighbour nothing is tried, however long ago it was due.
    next_ms = max(waiting.next_attempt_ms, now_ms) if reachable else None
    return WaitingLine(
        person=person(waiting.account, waiting.nickname),
        conversation_url=f"/conversations/{waiting.conversation_id}",
        messages=count,
        last=display.moment(waiting.last_attempt_ms) if waiting.last_attempt_ms else None,
        next=None if next_ms is None else display.moment(next_ms),
    )


def _reach(reach: str | None) -> str:
    if reach is None:
        return _("Nobody can dial this node; it reaches others by itself, which is enough.")
    return {
        "machine": _("Only programs on this computer can dial this node."),
        "lan": _("Computers in the same network can dial this node."),
        "internet": _(
            "This node has an address that can be dialled from anywhere, unless a firewall is in between."
        ),
    }[reach]


def _moved(taken: Sequence[int]) -> str | None:
    if not taken:
        return None
    return ngettext(
        "Another program uses port %(ports)s, where this node was before. Invites that you made then lead here again "
        "once that program has stopped and Parley has been started anew.",
        "Other programs use the ports %(ports)s, where this node was before. Invites that you made then lead here "
        "again once those programs have stopped and Parley has been started anew.",
        len(taken),
    ) % {"ports": ", ".join(map(str, taken))}


def _drops(drops: Drops) -> tuple[str, ...]:
    counted = (
        (
            drops.first_contacts,
            ngettext(
                "%(n)d first message of a stranger, because too many wait already",
                "%(n)d first messages of strangers, because too many wait already",
                drops.first_contacts,
            ),
        ),
        (
            drops.records,
            ngettext(
                "%(n)d contact record, because they came faster than they are checked",
                "%(n)d contact records, because they came faster than they are checked",
                drops.records,
            ),
        ),
        (
            drops.messages,
            ngettext(
                "%(n)d sealed message, because they came faster than they are opened",
                "%(n)d sealed messages, because they came faster than they are opened",
                drops.messages,
            ),
        ),
    )
    return tuple(text % {"n": number} for number, text in counted if number)


def _from(reach: str) -> str:
    return {"machine": _("this computer"), "lan": _("this network"), "internet": _("anywhere")}[reach]


def _clock(offset_ms: int, answers: int) -> str:
    if not answers:
        return _("No neighbour has said what time it is yet.")
    if abs(offset_ms) < CLOCK_IS_OFF_MS:
        return ngettext(
            "The clock of this computer is right, says %(n)d neighbour.",
            "The clock of this computer is right, say %(n)d neighbours.",
            answers,
        ) % {"n": answers}
    seconds = round(abs(offset_ms) / 1000)
    return ngettext(
        "The clock of this computer is off by %(n)d second. Parley makes up for it; set it right all the same.",
        "The clock of this computer is off by %(n)d seconds. Parley makes up for it; set it right all the same.",
        seconds,
    ) % {"n": seconds}
