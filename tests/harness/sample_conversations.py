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
