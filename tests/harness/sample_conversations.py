"""A profile with something to look at: ordinary conversations, and texts that try to break a page."""

from __future__ import annotations

from harness.memory_messenger import MemoryMessenger, MemoryStatus, memory_account
from parley.chat.content import Content, ContentType, encode_content
from parley.chat.delivery.model import DeliveryState

HOSTILE_TEXTS = {
    "markup": "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\"><b>bold</b>",
    "template": '{{ 7 * 7 }} {% raw %} <hx-partial hx-target="#log">gone</hx-partial>',
    "direction": "\u202e\u2066reversed\u202b never closed",
    "zalgo": "".join(letter + "\u0300\u0301\u0316\u0323\u0489" * 30 for letter in "zalgo"),
    "controls": "bell\x07 escape\x1b[31m null\x00 next\x85 end",
    "one long word": "x" * 4000,
    "64 KiB": "lorem ipsum " * 5400,
    "many lines": "line\n" * 5000 + "end",
    "sse": "data: x\r\n\r\nid: 1\revent: close\n\n: comment",
}


def fill(messenger: MemoryMessenger) -> str:
    """Fill in ordinary conversations; returns the id of the main one."""
    messenger.now_status = MemoryStatus(peers=3, waiting=2)
    quiet = messenger.know(memory_account("dan"))
    carol = messenger.know(memory_account("carol"), "كارول")
    messenger.receive(carol, "صباح الخير، هل وصلت الرسالة؟")
    bob = messenger.know(memory_account("bob"), "Bob")
    own = []
    for text, is_own in [
        ("Hi! Is this thing on?", False),
        ("It is. End to end, no server in between.", True),
        (
            "Lovely. Lunch on Thursday? The place by the river has a table at one, or we could just walk and talk.",
            False,
        ),
        ("Thursday at one is good.\nI bring the book.", True),
        ("👍", False),
        ("By the way, did the relay in Lisbon come back?", True),
        ("Not yet", True),
    ]:
        message_id = messenger.write(bob, text) if is_own else messenger.receive(bob, text)
        own += [message_id] if is_own else []
    unknown = ContentType("example.org", "dance")
    messenger.receive(
        bob, encode_content(Content(unknown, b"", fallback="Bob danced. (This version cannot show it.)"))
    )
    for message_id in own[:2]:
        messenger.deliver(message_id, DeliveryState.DELIVERED, 3)
    messenger.deliver(own[2], DeliveryState.SENT, 2)
    assert quiet
    return bob


def fill_hostile(messenger: MemoryMessenger) -> str:
    """A conversation full of hostile texts, with a hostile nickname; returns its id."""
    conversation_id = messenger.know(
        memory_account("mallory"), "\u202eMallory\x00<b>" + "\u0301" * 40 + "x" * 60
    )
    for text in HOSTILE_TEXTS.values():
        messenger.receive(conversation_id, text)
    messenger.receive(conversation_id, b"\xff not a content")
    messenger.write(conversation_id, HOSTILE_TEXTS["direction"])
    return conversation_id


DAY_MS = 24 * 60 * 60 * 1000


def fill_lively(messenger: MemoryMessenger, now_ms: int) -> str:
    """A few days of an ordinary life until `now_ms`, with drafts and unread messages; returns the main one's id."""
    messenger.now_status = MemoryStatus(peers=4, waiting=2)
    people = {
        name: messenger.know(memory_account(name), nickname)
        for name, nickname in {
            "zed": "Zed (relay Lisbon)",
            "eve": "",
            "carol": "كارول",
            "dan": "Dan, climbing",
            "frank": "Frank",
            "grace": "Grace Okafor",
            "bob": "Bob",
        }.items()
    }

    def talk(name: str, start_ms: int, *said: tuple[bool, str, int]) -> list[bytes]:
        messenger.wait(start_ms - messenger.now_ms())
        own = []
        for is_own, text, minutes in said:
            messenger.wait(minutes * 60_000)
            message_id = (messenger.write if is_own else messenger.receive)(people[name], text)
            own += [message_id] if is_own else []
        return own

    old = talk(
        "zed", now_ms - 9 * DAY_MS, (False, "The relay runs again. Thanks for the hint about the clock.", 0)
    )
    old += talk("eve", now_ms - 6 * DAY_MS, (True, "Is this still your account?", 0))
    old += talk(
        "carol", now_ms - 3 * DAY_MS, (False, "صباح الخير، هل وصلت الرسالة؟", 0), (True, "نعم، شكرا!", 9)
    )
    old += talk("dan", now_ms - 2 * DAY_MS, (True, "Saturday at the wall?", 0), (False, "Yes! 10:00", 30))
    talked = talk(
        "bob",
        now_ms - 2 * DAY_MS,
        (False, "Hi! Is this thing on?", 60),
        (True, "It is. End to end, no server in between.", 1),
        (False, "Lovely.", 2),
        (
            False,
            "Lunch on Thursday? The place by the river has a table at one, or we could just walk and talk.",
            1,
        ),
    )
    talked += talk(
        "bob",
        now_ms - DAY_MS,
        (True, "Thursday at one is good.", 0),
        (True, "I bring the book.", 1),
        (False, "👍", 1),
    )
    for name, place in people.items():
        if name not in {"frank", "grace"}:
            messenger.read_all(place)
    talk("frank", now_ms - 5 * 60 * 60_000, (False, "Proposal 12 is up for a vote until Sunday", 0))
    talk(
        "frank",
        now_ms - 4 * 60 * 60_000,
        (False, "Two more signatures and it passes", 0),
        (False, "Yours?", 1),
    )
    waiting = talk(
        "bob",
        now_ms - 60 * 60_000,
        (True, "By the way, did the relay in Lisbon come back?", 0),
        (False, "It did, this morning: https://example.org/relays/lisbon", 20),
        (False, "They had a wrong clock. Everything older than twenty seconds was thrown away.", 1),
        (True, "Ha. Time is hard.", 20),
        (True, "See you at one!", 1),
    )
    talk("grace", now_ms - 3 * 60_000, (False, "I sent you the contract, have a look when you can", 0))
    for message_id in (*old, *talked, waiting[0]):
        messenger.deliver(message_id, DeliveryState.DELIVERED, 3)
    messenger.deliver(waiting[1], DeliveryState.SENT, 2)
    messenger.drafts[people["dan"]] = "I can take the rope and the"
    messenger.read_all(people["bob"])
    messenger.wait(60_000)
    messenger.receive(people["bob"], "Bringing Mia along, hope that is fine")
    messenger.receive(people["bob"], "She wants to see the book too")
    messenger.write(people["bob"], "Of course")
    return people["bob"]
