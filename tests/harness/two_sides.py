"""Both sides of a conversation about money, as far as steps see them: rows and contents, and no network or store.

Sessions stand still: what a step encrypts is made for real and thrown away, and its content is handed over as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from parley.chat.commit import Commit
from parley.chat.contacts.model import ContactDevice, ContactRow
from parley.chat.content import Content, decode_content
from parley.chat.devices.model import OwnDevice
from parley.chat.direct.model import ConversationRow, LoadedConversation, LoadedSession, MessageRow
from parley.chat.direct.turn import Turn
from parley.chat.events import Event
from parley.chat.payments.model import (
    ClaimRow,
    PaymentRow,
    PaymentState,
    RequestedCall,
    RequestRow,
    TransactionRequest,
)
from parley.chat.payments.take import Asked, Said, asked_id, is_about_money, take_in_money
from parley.e2ee import api as e2ee
from parley.sync import api as sync

NOW_MS = 1_790_000_000_000
DAY_MS = 24 * 60 * 60 * 1000
CHAIN_ID = 31337

ALICE = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
BOB = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
TOKEN = "0xF2E246BB76DF876Cef8b38ae84130F4F55De395b"
CHANNEL_ID = hashlib.sha256(b"channel").digest()


def token_transfer(amount: int, to: str = BOB) -> RequestedCall:
    """A call that transfers test dollars."""
    data = bytes.fromhex("a9059cbb") + bytes.fromhex(to[2:]).rjust(32, b"\0") + amount.to_bytes(32, "big")
    return RequestedCall(TOKEN, 0, data)


@cache
def device_of(account: str) -> tuple[bytes, bytes]:
    """State and bundle of somebody's device."""
    state = e2ee.create_device(NOW_MS)
    return state, e2ee.make_bundle(state, account, NOW_MS, NOW_MS + 400 * DAY_MS)


def own_device(account: str) -> OwnDevice:
    """Somebody's device, as their own steps see it."""
    state = e2ee.DeviceState(device_of(account)[0])
    return OwnDevice(
        account=account,
        inbox_id=e2ee.inbox_id(account),
        device_id=e2ee.device_id(state),
        state=state,
        record=b"record",
        head=bytes(32),
        secret_id=bytes(16),
        secret=bytes(32),
        secret_issued_at_ms=NOW_MS,
    )


def conversation(own: OwnDevice, other: OwnDevice, channel_id: bytes = CHANNEL_ID) -> LoadedConversation:
    """The conversation with somebody whose device is known, and who was told the newest delivery secret."""
    device = ContactDevice(other.device_id, device_of(other.account)[1])
    contact = ContactRow(
        account=other.account,
        inbox_id=other.inbox_id,
        nickname="",
        record=b"record",
        head=bytes(32),
        devices=(device,),
        added_at_ms=NOW_MS,
    )
    row = ConversationRow(f"with {other.account}", channel_id, other.account, NOW_MS, own.secret_id)
    channel = sync.new_channel(channel_id, own.device_id)
    return LoadedConversation(row, contact, 1, channel, (LoadedSession(device, 0, None),), None)


@dataclass
class Side:
    """One side: what its steps were given and what they stored."""

    own: OwnDevice
    loaded: LoadedConversation
    requests: dict[bytes, RequestRow] = field(default_factory=dict)
    claims: dict[bytes, ClaimRow] = field(default_factory=dict)
    payments: dict[str, PaymentRow] = field(default_factory=dict)
    shown: dict[bytes, Content] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def store(self, commit: Commit) -> None:
        """Keep the rows of a commit; the contents of its messages can be taken by the other side."""
        self._keep(commit.rows, commit.events)

    def take(self, said: Said, now_ms: int = NOW_MS) -> bool:
        """Take in what the other side said, once; gives whether its message is shown."""
        turn = Turn(self.loaded, self.own, now_ms)
        assert is_about_money(said.content)
        shown = take_in_money(turn, said, self.asked(asked_id(said.content)))
        if shown:
            self.shown[said.message_id] = said.content
        self._keep(turn.rows, turn.events)
        return shown

    def asked(self, request_id: bytes | None) -> Asked:
        """What is known of a request."""
        if request_id is None:
            return Asked()
        return Asked(self.requests.get(request_id), self.claims_of(request_id))

    def claims_of(self, request_id: bytes) -> tuple[ClaimRow, ...]:
        """The claims of a request."""
        return tuple(each for each in self.claims.values() if each.request_id == request_id)

    def payments_of(self, request_id: bytes) -> tuple[PaymentRow, ...]:
        """The own payments of a request."""
        return tuple(each for each in self.payments.values() if each.request_id == request_id)

    def _keep(self, rows: Iterable[object], events: Iterable[Event]) -> None:
        for each in rows:
            match each:
                case RequestRow():
                    before = self.requests.get(each.request.request_id, each)
                    assert before.message_id == each.message_id
                    self.requests[each.request.request_id] = each
                case ClaimRow():
                    self.claims[each.message_id] = each
                case PaymentRow():
                    self.payments[each.payment_id] = each
                case MessageRow():
                    self.said.append(Said(decode_content(each.content), each.message_id, each.sender_device))
                case _:
                    pass
        self.events += events


def two_sides() -> tuple[Side, Side]:
    """Alice and Bob."""
    alice, bob = own_device(ALICE), own_device(BOB)
    return Side(alice, conversation(alice, bob)), Side(bob, conversation(bob, alice))


def request(number: int = 1, **changes: object) -> TransactionRequest:
    """What Bob asks Alice for."""
    values: dict[str, object] = {
        "request_id": hashlib.sha256(b"request %d" % number).digest(),
        "channel_id": CHANNEL_ID,
        "requester": BOB,
        "payer": ALICE,
        "chain_id": CHAIN_ID,
        "calls": (RequestedCall(BOB, 5 * 10**17),),
        "created_at_ms": NOW_MS,
        "expires_at_ms": NOW_MS + DAY_MS,
        "note": "lunch",
    }
    return TransactionRequest(**{**values, **changes})  # type: ignore[arg-type]


def payment(number: int, asked: TransactionRequest | None = None, **changes: object) -> PaymentRow:
    """A payment of Alice."""
    values: dict[str, object] = {
        "payment_id": f"{number:032x}",
        "chain_id": CHAIN_ID,
        "sender": ALICE,
        "calls": (RequestedCall(BOB, 7),) if asked is None else asked.calls,
        "state": PaymentState.SIGNED,
        "created_at_ms": NOW_MS + number,
        "changed_at_ms": NOW_MS + number,
        "conversation_id": f"with {BOB}",
        "request_id": None if asked is None else asked.request_id,
        "transaction_hash": hashlib.sha256(b"transaction %d" % number).digest(),
    }
    return PaymentRow(**{**values, **changes})  # type: ignore[arg-type]
