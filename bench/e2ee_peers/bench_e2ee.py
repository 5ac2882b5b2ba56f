"""Encrypting and decrypting 200 B: ours, vodozemac's Olm and libsignal, in one run.

Every figure is the best of seven batches, which other work on the machine disturbs least.

What each figure includes:
- ours: restore the device and session from bytes, pad to 256 B, ratchet, seal the sender, give back new bytes; with
  "stored", the caller's `commit` for each new state.
- Olm: the session object in memory, nothing stored, nothing padded, no sealed sender, no post-quantum start.
- Olm, stored and sealed: the same session pickled and unpickled at each step, the text padded and the message put
  into a SealedBox by PyNaCl: what ours does, with Olm in place of our ratchet.
- libsignal: PQXDH and its post-quantum ratchet, state serialised at each step, called from JavaScript; "sealed" with
  sealed sender and its certificate check, which ours has no counterpart for.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import vodozemac
from nacl.public import PrivateKey, SealedBox

from bench.e2ee_peers.node_peer import PeerFigures, PeerUnavailableError, measure_libsignal
from bench.table import Row
from parley.e2ee import api as e2ee
from parley.e2ee.padding import pad, unpad

ROUNDS = 7
BATCH = 200  # Below the 500 messages of a session, so that no fresh one is started inside.
TEXT = b"x" * 200
NOW_MS = 1_800_000_000_000
ACCOUNT = "0x0000000000000000000000000000000000000001"
Commit = Callable[[bytes], None]
Figures = dict[str, list[float]]


class _Device:
    """One of our devices, holding the bytes its database would hold."""

    def __init__(self, commit: Commit) -> None:
        self.state = e2ee.create_device(NOW_MS)
        self.bundle = e2ee.make_bundle(self.state, ACCOUNT, NOW_MS, NOW_MS + 1)
        self.session: e2ee.SessionState | None = None
        self.commit = commit

    def send(self, peer: _Device) -> e2ee.Envelope:
        self.session, envelope = e2ee.encrypt(
            self.state, self.session, peer.bundle, TEXT, head=bytes(32), introduction=b"", now_ms=NOW_MS
        )
        self.commit(self.session)
        return envelope

    def receive(self, peer: _Device, envelope: e2ee.Envelope) -> None:
        opened = e2ee.open_envelope(self.state, envelope)
        self.session, text = e2ee.decrypt(self.state, self.session, peer.bundle, opened, now_ms=NOW_MS)
        self.commit(self.session)
        assert text == TEXT


class _Olm:
    """A vodozemac session in memory."""

    def __init__(self, session: vodozemac.Session) -> None:
        self.session = session

    def send(self, peer: _Olm) -> tuple[int, bytes]:  # noqa: ARG002 - the shape all peers share.
        return self.session.encrypt(TEXT).to_parts()

    def receive(self, peer: _Olm, message: tuple[int, bytes]) -> None:  # noqa: ARG002
        assert self.session.decrypt(vodozemac.AnyOlmMessage.from_parts(*message)) == TEXT


class _StoredOlm:
    """A vodozemac session kept as bytes, padded and sealed as ours is."""

    _KEY = bytes(32)

    def __init__(self, session: vodozemac.Session) -> None:
        self.pickled = session.pickle(self._KEY)
        self.box = PrivateKey.generate()
        self.public = self.box.public_key

    def send(self, peer: _StoredOlm) -> bytes:
        session = vodozemac.Session.from_pickle(self.pickled, self._KEY)
        kind, message = session.encrypt(pad(TEXT)).to_parts()
        self.pickled = session.pickle(self._KEY)
        return SealedBox(peer.public).encrypt(bytes(64) + bytes([kind]) + message)

    def receive(self, peer: _StoredOlm, envelope: bytes) -> None:  # noqa: ARG002
        inner = SealedBox(self.box).decrypt(envelope)
        session = vodozemac.Session.from_pickle(self.pickled, self._KEY)
        padded = session.decrypt(vodozemac.AnyOlmMessage.from_parts(inner[64], inner[65:]))
        self.pickled = session.pickle(self._KEY)
        assert unpad(bytes(padded)) == TEXT


def run(commit: Commit | None = None) -> list[Row]:
    """Measure everything once and return the rows.

    Args:
        commit: stores a session state (bytes) durably; each step of ours is measured with it too if it is given.
    """
    ours: Figures = {}
    stored: Figures = {}
    olm: Figures = {}
    stored_olm: Figures = {}
    for _ in range(ROUNDS):
        _measure(ours, *_ours(lambda _state: None))
        if commit is not None:
            _measure(stored, *_ours(commit))
        _measure(olm, *map(_Olm, _olm_sessions()))
        _measure(stored_olm, *map(_StoredOlm, _olm_sessions()))
        ours.setdefault("start", []).append(_time(lambda: _ours(lambda _state: None, answered=False), 5))
        olm.setdefault("start", []).append(_time(_olm_sessions, 5))
    return list(_rows(ours, stored, olm, stored_olm, _libsignal()))


def _ours(commit: Commit, answered: bool = True) -> tuple[_Device, _Device]:
    alice, bob = _Device(commit), _Device(commit)
    bob.receive(alice, alice.send(bob))
    if answered:
        alice.receive(bob, bob.send(alice))
    return alice, bob


def _olm_sessions() -> tuple[vodozemac.Session, vodozemac.Session]:
    alice, bob = vodozemac.Account(), vodozemac.Account()
    bob.generate_one_time_keys(1)
    key = next(iter(bob.one_time_keys.values()))
    ours = alice.create_outbound_session(bob.curve25519_key, key)
    first = ours.encrypt(TEXT).to_pre_key()
    assert first is not None
    theirs, _ = bob.create_inbound_session(alice.curve25519_key, first)
    assert ours.decrypt(theirs.encrypt(TEXT)) == TEXT
    return ours, theirs


def _measure(figures: Figures, alice: Any, bob: Any) -> None:
    """Time sending, receiving and taking turns of two devices of one kind, in microseconds a step."""
    sent: list[Any] = []
    encrypting = _time(lambda: sent.append(alice.send(bob)), BATCH)
    waiting = iter(sent)
    decrypting = _time(lambda: bob.receive(alice, next(waiting)), BATCH)

    def turn() -> None:
        bob.receive(alice, alice.send(bob))
        alice.receive(bob, bob.send(alice))

    for name, figure in (("encrypt", encrypting), ("decrypt", decrypting), ("turn", _time(turn, BATCH // 4))):
        figures.setdefault(name, []).append(figure)


def _time(step: Callable[[], object], count: int) -> float:
    began = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - began) / count * 1e6


def _libsignal() -> PeerFigures | None:
    try:
        return measure_libsignal(ROUNDS, BATCH, len(TEXT))
    except PeerUnavailableError as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return None


_STEPS = {
    "encrypt": "encrypt 200 B",
    "decrypt": "decrypt 200 B",
    "turn": "a message each way, ratchets turning",
}


def _rows(
    ours: Figures, stored: Figures, olm: Figures, stored_olm: Figures, libsignal: PeerFigures | None
) -> Iterator[Row]:
    for step, name in _STEPS.items():
        figure = min(ours[step])
        yield Row(name, figure, "us", "Olm, bare, in memory", min(olm[step]))
        yield Row(name, figure, "us", "Olm, padded, sealed, state as bytes", min(stored_olm[step]))
        if libsignal is not None:
            yield Row(name, figure, "us", "libsignal (Node)", libsignal.figures[f"plain {step}"])
            yield Row(name, figure, "us", "libsignal sealed (Node)", libsignal.figures[f"sealed {step}"])
        if stored:
            yield Row(f"{name}, state committed", min(stored[step]), "us")
    start = min(ours["start"])
    with_keys = "make both devices, first message there"
    yield Row(with_keys, start, "us", "Olm, and an answer", min(olm["start"]))
    alice, bob = _ours(lambda _state: None)
    size = len(alice.send(bob))
    bare = len(_olm_sessions()[0].encrypt(TEXT).to_parts()[1])
    yield Row("bytes of 200 B sent", size, "B", "Olm, bare", bare)
    if libsignal is not None:
        yield Row("bytes of 200 B sent", size, "B", "libsignal sealed", libsignal.sizes["sealed"])
