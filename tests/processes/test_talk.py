"""Two people in two processes: they talk, one is killed, nothing is lost and nothing comes twice."""

from __future__ import annotations

import re
from collections import Counter

from harness.processes import PersonProcess, wait_until

FAULTS = "loss=0.3,duplicate=0.2,reorder=0.2"

Two = tuple[PersonProcess, PersonProcess]


def acquaint(alice: PersonProcess, bob: PersonProcess) -> tuple[str, str]:
    """Start both and introduce them; gives each one's conversation with the other."""
    alice.start()
    bob.peers = (alice.addresses[0],)
    bob.start()
    return alice.add(bob, "Bob"), bob.add(alice, "Alice")


def test_twenty_messages_each_way_with_a_kill_half_way(people: Two) -> None:
    """Bob is killed half-way and misses five more; afterwards he has all, once, in order, and Alice knows."""
    alice, bob = people
    at_alice, at_bob = acquaint(alice, bob)
    for number in range(10):
        assert alice.send(at_alice, f"a{number}") == 303
        assert bob.send(at_bob, f"b{number}") == 303

    bob.kill()
    for number in range(10, 25):
        assert alice.send(at_alice, f"a{number}") == 303
    bob.start()
    for number in range(10, 20):
        assert bob.send(at_bob, f"b{number}") == 303

    wait_until(lambda: alice.states(at_alice) == ["delivered"] * 25)
    wait_until(lambda: bob.states(at_bob) == ["delivered"] * 20)
    assert bob.received(at_bob) == [f"a{number}" for number in range(25)]
    assert alice.received(at_alice) == [f"b{number}" for number in range(20)]


def test_two_hundred_messages_over_a_bad_line(people: Two) -> None:
    """30 % of envelopes lost, 20 % duplicated, 20 % reordered, both ways, acknowledgements too: all arrive once."""
    alice, bob = people
    alice.settings["faults"] = f"seed=1,{FAULTS}"
    bob.settings["faults"] = f"seed=2,{FAULTS}"
    at_alice, at_bob = acquaint(alice, bob)
    for number in range(100):
        assert alice.send(at_alice, f"a{number}") == 303
        assert bob.send(at_bob, f"b{number}") == 303

    # The last of many can be unlucky many times in a row.
    wait_until(lambda: set(alice.states(at_alice)) == {"delivered"}, within_s=300)
    wait_until(lambda: set(bob.states(at_bob)) == {"delivered"}, within_s=300)
    assert bob.received(at_bob) == [f"a{number}" for number in range(100)]
    assert alice.received(at_alice) == [f"b{number}" for number in range(100)]
    both = [each.text for each in alice.messages(at_alice)]
    assert both == [each.text for each in bob.messages(at_bob)]
    assert Counter(both).most_common(1)[0][1] == 1


def test_both_stop_when_asked_and_go_on_later(people: Two) -> None:
    """Ctrl-C ends a process cleanly; what was said before is there afterwards, on the same page."""
    alice, bob = people
    alice.fresh = bob.fresh = True
    at_alice, at_bob = acquaint(alice, bob)
    alice.send(at_alice, "before")
    wait_until(lambda: bob.received(at_bob) == ["before"])
    url = alice.url

    assert alice.stop() == 0
    assert bob.stop() == 0
    alice.start()
    bob.peers = (alice.addresses[0],)
    bob.start()
    bob.send(at_bob, "after")

    wait_until(lambda: alice.received(at_alice) == ["after"])
    assert alice.url == url
    assert [each.text for each in alice.messages(at_alice)] == ["before", "after"]


def test_an_invite_leads_to_its_issuer_after_a_restart(people: Two) -> None:
    """Alice listens where she did before, so Bob, who is told nothing else, dials her by an invite she made then."""
    alice, bob = people
    alice.start()
    before = alice.addresses
    shown = alice.client.post("invites", follow_redirects=True).text
    link = re.search("parley:[A-Za-z0-9_-]+", shown)
    assert link is not None
    alice.kill()
    alice.start()
    assert alice.addresses == before
    bob.start()
    added = bob.client.post("contacts/add", data={"who": link[0], "nickname": "Alice"})
    at_bob = added.headers["location"].partition("#")[0].rpartition("/")[2]

    wait_until(lambda: bob.send(at_bob, "You invited me") == 303)
    wait_until(lambda: bob.states(at_bob)[-1:] == ["delivered"])
