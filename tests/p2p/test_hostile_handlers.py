"""A failure of our own in handling a peer: whatever raises, wherever, the node goes on.

In stock py-libp2p each of these ends the nursery of the node.
"""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from libp2p.pubsub.pb import rpc_pb2
from libp2p.stream_muxer.exceptions import MuxedStreamReset

from conformance.network_cases import until
from p2p.attacker import PUBSUB_TOPIC
from p2p.siege import SETTINGS, TOPIC, besieged
from parley.p2p.message import encode


class InjectedError(Exception):
    """A bug of ours, as far as the node knows."""


def message(payload: bytes) -> bytes:
    """A Waku message of now."""
    return encode(PUBSUB_TOPIC, TOPIC, payload, timestamp_ns=time.time_ns(), ephemeral=False, meta=b"").data


class Injector:
    """Raises at one step, a number of times, once armed."""

    def __init__(self, step: str, times: int, error: type[Exception] = InjectedError) -> None:
        self.step = step
        self.left = times
        self.error = error
        self.armed = False

    def __call__(self, step: str) -> None:
        if self.armed and step == self.step and self.left:
            self.left -= 1
            raise self.error


@pytest.mark.parametrize("error", [InjectedError, ExceptionGroup, RecursionError, MemoryError])
async def test_an_exception_of_any_kind_in_judging_a_message(error: type[Exception]) -> None:
    """The message is lost and nothing else."""
    injector = Injector("message", 1, error)
    if error is ExceptionGroup:
        injector.error = lambda: ExceptionGroup("two", [InjectedError(), InjectedError()])  # type: ignore[assignment]
    async with besieged(replace(SETTINGS, fault_injection=injector)) as siege:
        injector.armed = True
        attacker = await siege.attacker()
        await attacker.publish(message(b"unlucky"))
        await siege.failed("message")
        assert not injector.left


@pytest.mark.parametrize(
    ("step", "counted"),
    [
        ("rpc", "pubsub"),
        ("pubsub", "pubsub"),
        ("stream", "stream"),
        ("control", "control"),
        ("heartbeat", "heartbeat"),
        ("send", "send"),
        ("metadata", "metadata"),
        ("time", "time"),
        ("inbound connection", "inbound connection"),
    ],
)
async def test_an_exception_in_a_step_of_the_adapter(step: str, counted: str) -> None:
    """Each step fails twice; it is counted, and the node recovers by itself."""
    injector = Injector(step, 2)
    async with besieged(replace(SETTINGS, fault_injection=injector, heartbeat_s=0.05)) as siege:
        injector.armed = True
        for name in ("mallory", "trudy"):
            try:
                attacker = await siege.attacker(name)
                await attacker.subscribe()
                control = rpc_pb2.ControlMessage(graft=[rpc_pb2.ControlGraft(topicID=PUBSUB_TOPIC)])
                await attacker.send(rpc_pb2.RPC(control=control))
            except Exception:  # noqa: S112 - The injected failure may reset what the attacker is using.
                continue
        await until(lambda: not injector.left)
        await siege.failed(counted, 2)


async def test_an_application_handler_that_raises() -> None:
    """A protocol of somebody's own on our host: its exception resets its stream."""

    async def explode(stream: object) -> None:
        raise InjectedError

    async with besieged() as siege:
        siege.inside.host.set_stream_handler("/boom", explode)  # type: ignore[arg-type]
        attacker = await siege.attacker()
        with pytest.raises(MuxedStreamReset):  # Perhaps before we have read that "/boom" is agreed.
            await (await attacker.open("/boom")).read(1)
        await siege.failed("stream")


async def test_a_consumer_of_messages_that_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    """What we do with an accepted message fails: the message is lost here, the neighbour is not blamed."""
    async with besieged() as siege:

        def explode(received: object) -> bool:
            raise InjectedError

        siege.victim.watch([TOPIC])
        with monkeypatch.context() as patch:
            patch.setattr(siege.victim._subscription, "hand_on", explode)
            attacker = await siege.attacker()
            await attacker.publish(message(b"unlucky"))
            await siege.failed("message")
        assert siege.victim.counts().refused.total() == 0


async def test_a_clock_that_raises() -> None:
    """Even the clock: a message that cannot be judged is not relayed, and the next one is."""
    broken = False

    def clock() -> int:
        if broken:
            raise InjectedError
        return time.time_ns() // 1_000_000

    async with besieged(replace(SETTINGS, clock=clock)) as siege:
        attacker = await siege.attacker()
        broken = True
        await attacker.publish(message(b"unlucky"))
        await siege.failed("message")
        broken = False
