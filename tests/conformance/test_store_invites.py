"""What every store does with invites and with safety numbers that were compared."""

from __future__ import annotations

from conformance.store_rows import NOW_MS, account, bytes32, compared, issued, taken
from conformance.stores import Store
from conformance.test_store import apply
from parley.chat.invites.model import DroppedInvite, EndedInvite


async def test_an_empty_store_has_no_invites(store: Store) -> None:
    """Neither own ones nor others', and no number was compared."""
    assert await store.issued_invites() == ()
    assert await store.issued_invite(bytes32("token door")) is None
    assert await store.taken_invites() == ()
    assert await store.taken_invite(account("bob")) is None
    assert await store.compared_number(account("bob")) is None


async def test_an_issued_invite_is_found_by_its_token_until_it_ends(store: Store) -> None:
    """The newest one first; a use replaces the row, and ending one twice is harmless."""
    await apply(store, issued("door"), issued("gate", issued_at_ms=NOW_MS + 1))
    await apply(store, issued("door", uses_left=24))
    before = await store.issued_invites()
    await apply(store, EndedInvite(bytes32("token gate")), EndedInvite(bytes32("token none")))

    assert before == (issued("gate", issued_at_ms=NOW_MS + 1), issued("door", uses_left=24))
    assert await store.issued_invites() == (issued("door", uses_left=24),)
    assert await store.issued_invite(bytes32("token door")) == issued("door", uses_left=24)
    assert await store.issued_invite(bytes32("token gate")) is None


async def test_one_invite_of_an_account_is_kept(store: Store) -> None:
    """The one that was used last; dropping one twice is harmless."""
    await apply(store, taken("bob"), taken("ann", taken_at_ms=NOW_MS + 1))
    await apply(store, taken("bob", link="parley:newer", taken_at_ms=NOW_MS + 2))
    before = await store.taken_invites()
    await apply(store, DroppedInvite(account("ann")), DroppedInvite(account("nobody")))

    assert [each.account for each in before] == [account("bob"), account("ann")]
    assert await store.taken_invite(account("bob")) == before[0]
    assert before[0].link == "parley:newer"
    assert await store.taken_invites() == before[:1]


async def test_the_last_compared_number_is_kept(store: Store) -> None:
    """One of each account."""
    await apply(store, compared("bob", "1" * 60), compared("ann"))
    await apply(store, compared("bob", "2" * 60, NOW_MS + 1))

    assert await store.compared_number(account("bob")) == compared("bob", "2" * 60, NOW_MS + 1)
    assert await store.compared_number(account("ann")) == compared("ann")
