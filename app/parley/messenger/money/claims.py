"""Watches the transactions that others say they made, on their chains. Nothing is asked while there are none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from parley.chain.api import Stage, Verdict
from parley.chat.payments.model import ClaimRow, RequestState
from parley.messenger.money.asking import Chains
from parley.messenger.money.claiming import Said, claimed, is_claim_open
from parley.messenger.money.decoding import chain_calls
from parley.messenger.money.rounds import Rounds, rest_of_gone_s
from parley.messenger.money.stored import StoredClaims

MOST_OF_ONE: Final = 32
"""So many claims of one conversation are watched at a time, the newest: each costs a node's answer every round."""


class ClaimWatcher:
    """Watches the claims of one opened profile.

    Args:
        clock: milliseconds since the epoch, UTC.
    """

    def __init__(self, chains: Chains, claims: StoredClaims, clock: Callable[[], int]) -> None:
        self._chains = chains
        self._claims = claims
        self._clock = clock
        self._rounds = Rounds(self._open, self._follow, rest_s=self._rest_s)

    def wake(self, *, anew: bool = False) -> None:
        """Look at once: there may be something new; `anew`: others are asked now."""
        self._rounds.wake(anew=anew)

    async def run(self) -> None:
        """Watch until cancelled."""
        await self._rounds.run()

    async def _open(self) -> list[ClaimRow]:
        """Whose chain may say more. Nobody may have a node asked without end, or keep others from being looked at.

        Guarded by tests/messenger/money/test_claims.py::test_a_flood_of_one_leaves_room_for_others.
        """
        of_one: Counter[str] = Counter()
        found = []
        for each in reversed(await self._claims.watched()):
            if is_claim_open(each, self._clock()) and of_one[each.conversation_id] < MOST_OF_ONE:
                of_one[each.conversation_id] += 1
                found.append(each)
        return found[::-1]

    def _rest_s(self, row: ClaimRow) -> tuple[bytes, float]:
        gone = row.confirmations == 0 and row.state is not RequestState.PENDING
        return row.message_id, rest_of_gone_s(row.changed_at_ms, self._clock()) if gone else 0.0

    async def _follow(self, row: ClaimRow) -> None:
        """Look one claim up, and store what changed."""
        asked = await self._claims.request(row)
        request = None if asked is None else asked.request
        said = await self._ask(row, await self._claims.taken(row))

        def follow(current: ClaimRow, taken: frozenset[int]) -> ClaimRow:
            return claimed(current, said, request, taken, self._clock())

        await self._claims.change(row.message_id, follow)

    async def _ask(self, row: ClaimRow, taken: frozenset[int]) -> Said:
        chain, calls = self._chains(row.chain_id), chain_calls(row.calls)
        settlement = await chain.settlement(row.transaction_hash, row.sender, calls, taken)
        nonces = None
        if settlement.inclusion.stage is Stage.UNKNOWN and row.nonce is not None:
            nonces = await chain.nonces(row.sender)
        is_taken = False
        if settlement.verdict is Verdict.DIFFERS and taken:
            free = await chain.settlement(row.transaction_hash, row.sender, calls)
            is_taken = free.verdict is Verdict.PAID
        return Said(settlement, nonces, is_taken)
