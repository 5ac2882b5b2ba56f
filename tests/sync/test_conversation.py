"""The promises of sync, over a network that loses, repeats and reorders, between devices that crash.

The machine plays the caller as README.md describes it: a log of rows, an outbox for each recipient, and one
commit for the state and the rows together. Bytes leave only after the commit: a crash in between loses them.
"""

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
)

from parley.sync.api import (
    MAX_AHEAD_MS,
    Acknowledged,
    ChannelState,
    Delivered,
    TooFarAheadError,
    acknowledge,
    compose,
    new_channel,
    owe,
    receive,
)
from parley.sync.codec import decode_message

CHANNEL = b"c" * 32
NOW = 1_700_000_000_000
HOUR_MS = 60 * 60 * 1000


@dataclass(frozen=True)
class Row:
    """One message in a device's log."""

    lamport: int
    message_id: bytes
    sender: bytes
    content: bytes


@dataclass
class Device:
    """What one device has committed, and its clock."""

    participant: bytes
    state: ChannelState
    now_ms: int = NOW
    log: dict[bytes, Row] = field(default_factory=dict)
    outbox: dict[tuple[bytes, bytes], bytes] = field(
        default_factory=dict
    )  # (message id, recipient) -> encoded


@dataclass(frozen=True)
class Packet:
    """A message on its way, with the sender that decryption would authenticate."""

    sender: bytes
    recipient: bytes
    encoded: bytes


class Conversation(RuleBasedStateMachine):
    """Devices that talk; `count` of them."""

    count = 2
    packets = Bundle("packets")
    devices_at = st.integers(0, 7)

    def __init__(self) -> None:
        super().__init__()
        names = [bytes([65 + number]) * 32 for number in range(self.count)]
        self.devices = {name: Device(name, new_channel(CHANNEL, name)) for name in names}
        self.held_when_composed: dict[bytes, frozenset[bytes]] = {}
        self.sent: dict[bytes, list[bytes]] = {name: [] for name in names}
        self.deliveries: list[tuple[bytes, bytes]] = []  # (recipient, message id)

    def device(self, at: int) -> Device:
        return list(self.devices.values())[at % self.count]

    def others(self, device: Device) -> list[bytes]:
        return [name for name in self.devices if name != device.participant]

    # What a device does. Each returns the packets it lets go.

    def send(self, device: Device, content: bytes) -> list[Packet]:
        device.state, message = compose(device.state, content, device.now_ms)
        self.held_when_composed[message.message_id] = frozenset(device.log)
        self.sent[device.participant].append(message.message_id)
        device.log[message.message_id] = Row(message.lamport, message.message_id, device.participant, content)
        for recipient in self.others(device):
            device.outbox[message.message_id, recipient] = message.encoded
        return [Packet(device.participant, recipient, message.encoded) for recipient in self.others(device)]

    def resend(self, device: Device) -> list[Packet]:
        return [
            Packet(device.participant, recipient, encoded)
            for (_, recipient), encoded in device.outbox.items()
        ]

    def acknowledge(self, device: Device) -> list[Packet]:
        device.state, encoded = acknowledge(device.state, device.now_ms)
        if encoded is None:
            return []
        return [Packet(device.participant, recipient, encoded) for recipient in self.others(device)]

    def accept(self, packet: Packet) -> None:
        device = self.devices[packet.recipient]
        try:
            state, events = receive(device.state, packet.sender, packet.encoded, device.now_ms, device.log)
        except TooFarAheadError:
            assert decode_message(packet.encoded).lamport > device.now_ms + MAX_AHEAD_MS
            return
        device.state = state
        for event in events:
            if isinstance(event, Delivered):
                self.deliveries.append((device.participant, event.message_id))
                device.log[event.message_id] = Row(
                    event.lamport, event.message_id, event.sender, event.content
                )
            elif isinstance(event, Acknowledged):
                for message_id in event.message_ids:
                    device.outbox.pop((message_id, event.by), None)

    # What happens.

    @rule(target=packets, at=devices_at, content=st.binary(min_size=1, max_size=8))
    def a_device_sends(self, at: int, content: bytes) -> MultipleResults[Packet]:
        return multiple(*self.send(self.device(at), content))

    @rule(at=devices_at, content=st.binary(min_size=1, max_size=8))
    def a_device_crashes_between_commit_and_publish(self, at: int, content: bytes) -> None:
        self.send(self.device(at), content)

    @rule(at=devices_at)
    def a_device_crashes_before_it_commits_what_it_composed(self, at: int) -> None:
        device = self.device(at)
        compose(device.state, b"never committed", device.now_ms)

    @rule(target=packets, at=devices_at)
    def a_device_resends(self, at: int) -> MultipleResults[Packet]:
        return multiple(*self.resend(self.device(at)))

    @rule(target=packets, at=devices_at)
    def a_device_acknowledges(self, at: int) -> MultipleResults[Packet]:
        return multiple(*self.acknowledge(self.device(at)))

    @rule(at=devices_at)
    def a_device_crashes_before_its_acknowledgement_leaves(self, at: int) -> None:
        self.acknowledge(self.device(at))

    @rule(packet=consumes(packets))
    def a_packet_arrives(self, packet: Packet) -> None:
        self.accept(packet)

    @rule(packet=packets)
    def a_packet_arrives_and_will_come_again(self, packet: Packet) -> None:
        self.accept(packet)

    @rule(packet=packets)
    def an_envelope_seen_before_comes_again(self, packet: Packet) -> None:
        """The caller knows the envelope and does not decrypt it; it only owes the acknowledgement again."""
        device = self.devices[packet.recipient]
        message = decode_message(packet.encoded)
        if message.content and message.message_id in device.log:
            device.state = owe(device.state, message.message_id)

    @rule(packet=consumes(packets))
    def a_packet_is_lost(self, packet: Packet) -> None:
        pass

    @rule(packet=consumes(packets))
    def a_device_crashes_before_it_commits_what_arrived(self, packet: Packet) -> None:
        device = self.devices[packet.recipient]
        try:
            receive(device.state, packet.sender, packet.encoded, device.now_ms, device.log)
        except TooFarAheadError:
            return

    @rule(at=devices_at, by_ms=st.integers(-2 * HOUR_MS, 20 * HOUR_MS))
    def a_clock_moves(self, at: int, by_ms: int) -> None:
        self.device(at).now_ms += by_ms

    # What always holds.

    @invariant()
    def nothing_is_delivered_twice_or_to_its_sender(self) -> None:
        assert len(self.deliveries) == len(set(self.deliveries))
        for recipient, message_id in self.deliveries:
            assert message_id not in self.sent[recipient]

    @invariant()
    def what_left_an_outbox_is_held_by_its_recipient(self) -> None:
        for device in self.devices.values():
            for message_id in self.sent[device.participant]:
                for recipient in self.others(device):
                    held = message_id in self.devices[recipient].log
                    assert held or (message_id, recipient) in device.outbox

    @invariant()
    def the_order_keeps_each_sender_and_each_cause(self) -> None:
        for device in self.devices.values():
            order = sorted(device.log.values(), key=lambda row: (row.lamport, row.message_id))
            place = {row.message_id: number for number, row in enumerate(order)}
            for sender, sent in self.sent.items():
                places = [place[message_id] for message_id in sent if message_id in place]
                assert places == sorted(places), sender
            for message_id in place:
                for earlier in self.held_when_composed[message_id]:
                    assert earlier not in place or place[earlier] < place[message_id]

    # What holds in the end, once packets arrive and clocks agree.

    def teardown(self) -> None:
        latest = max(row.lamport for row in self.all_rows()) if self.all_rows() else NOW
        for device in self.devices.values():
            device.now_ms = max(latest, device.now_ms)
        # One resend of everything outstanding heals all, and what is owed for it ends the traffic.
        packets = [packet for device in self.devices.values() for packet in self.resend(device)]
        for _ in range(3):
            for packet in packets:
                self.accept(packet)
            packets = [packet for device in self.devices.values() for packet in self.acknowledge(device)]
        assert packets == []

        for device in self.devices.values():
            assert device.outbox == {}
            assert acknowledge(device.state, device.now_ms) == (device.state, None)
        logs = [
            sorted(device.log.values(), key=lambda row: (row.lamport, row.message_id))
            for device in self.devices.values()
        ]
        assert all(log == logs[0] for log in logs)
        assert len(logs[0]) == sum(len(sent) for sent in self.sent.values())
        self.nothing_is_delivered_twice_or_to_its_sender()
        self.the_order_keeps_each_sender_and_each_cause()

    def all_rows(self) -> list[Row]:
        return [row for device in self.devices.values() for row in device.log.values()]


class ConversationOfThree(Conversation):
    """The same promises among three devices, each of which acknowledges for itself."""

    count = 3


Conversation.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
ConversationOfThree.TestCase.settings = settings(max_examples=75, stateful_step_count=40, deadline=None)
TestConversation = Conversation.TestCase
TestConversationOfThree = ConversationOfThree.TestCase


def test_the_traffic_stops() -> None:
    """Two devices that answer whatever they receive with an acknowledgement fall silent after one each."""
    alice, bob = b"A" * 32, b"B" * 32
    states = {alice: new_channel(CHANNEL, alice), bob: new_channel(CHANNEL, bob)}
    held: dict[bytes, set[bytes]] = {alice: set(), bob: set()}
    on_the_way: list[Packet] = []
    for sender, recipient in ((alice, bob), (bob, alice)):
        states[sender], message = compose(states[sender], b"hello", NOW)
        held[sender].add(message.message_id)
        on_the_way.append(Packet(sender, recipient, message.encoded))
    carried = 0

    while on_the_way:
        packet = on_the_way.pop(0)
        carried += 1
        assert carried < 10, "the devices talk for ever"
        here = packet.recipient
        states[here], events = receive(states[here], packet.sender, packet.encoded, NOW, held[here])
        held[here].update(event.message_id for event in events if isinstance(event, Delivered))
        states[here], encoded = acknowledge(states[here], NOW)
        if encoded is not None:
            on_the_way.append(Packet(here, packet.sender, encoded))

    assert carried == 4
