"""Contract accounts of contacts, asked again once a day whether they stand by the record that is held.

A key's signature stays what it was; a contract's owner changes. What came of it before is not undone: the contact is
marked, and a newer record asked for, because a node alone could say so as well (e2ee/README.md#contract-accounts).
"""

from __future__ import annotations

import logging
from typing import Final

import trio

from parley.chat.contacts.model import ContactRow, Standing
from parley.e2ee import api as e2ee
from parley.messenger.errors import MessengerError
from parley.messenger.freshness import Freshness
from parley.messenger.signers import Chains, recover_for
from parley.messenger.system import Store

_log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 10 * 60.0
CHECK_EVERY_S: Final = 24 * 60 * 60.0


class Rechecking:
    """Asks for one opened profile; when was asked last is forgotten with it."""

    def __init__(self, store: Store, chains: Chains, freshness: Freshness) -> None:
        self._store = store
        self._chains = chains
        self._freshness = freshness
        self._checked_s: dict[str, float] = {}

    async def run(self) -> None:
        """Ask until cancelled; whoever could not be asked about is tried again in ten minutes."""
        while True:
            await trio.sleep(LOOK_EVERY_S)
            await self.check_due()

    async def check_due(self) -> None:
        """Ask about each contract account that nobody was asked about for a day."""
        contacts = [each for each in await self._store.contacts() if each.standing is Standing.CONTACT]
        on_chains = [each for each in contacts if e2ee.split_account(each.account)[1] is not None]
        self._checked_s = {
            each.account: self._checked_s.get(each.account, float("-inf")) for each in on_chains
        }
        for each in on_chains:
            if trio.current_time() - self._checked_s[each.account] >= CHECK_EVERY_S:
                try:
                    is_disowned = await self._is_disowned(each)
                except MessengerError as error:
                    _log.info("a contract account could not be asked: %s", type(error).__name__)
                    continue
                self._checked_s[each.account] = trio.current_time()
                self._freshness.disowned(each, is_so=is_disowned)

    async def _is_disowned(self, contact: ContactRow) -> bool:
        recover = await recover_for(self._chains, contact.record)
        held = e2ee.standing_record(contact.record, lambda _data, _signature: contact.account)
        return await trio.to_thread.run_sync(e2ee.standing_record, contact.record, recover) != held
