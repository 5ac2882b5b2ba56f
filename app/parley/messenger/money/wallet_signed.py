"""Whether the wallet of who asks signed too: a key's is seen at once, a contract's once its chain has answered."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable

import trio

from parley.chat.direct.ports import DirectStore
from parley.chat.events import CardChanged, Event
from parley.chat.payments.model import RequestRow
from parley.chat.payments.signing import request_typed_data
from parley.e2ee import api as e2ee
from parley.messenger.errors import NodesUnreachableError, NoNodeError, WrongNodeChainError
from parley.messenger.money.asking import Chains
from parley.messenger.signers import is_signed_by

_log = logging.getLogger(__name__)

MOST_KNOWN = 1_000
MOST_WAITING = 64
RETRY_S = 30.0


class WalletSigned:
    """Knows it for one opened profile, as long as it is open.

    Args:
        tell: hands events to whoever listens.
    """

    def __init__(self, chains: Chains, store: DirectStore, tell: Callable[[tuple[Event, ...]], None]) -> None:
        self._chains = chains
        self._store = store
        self._tell = tell
        self._known: OrderedDict[bytes, bool] = OrderedDict()
        self._asked_s: OrderedDict[bytes, float] = OrderedDict()
        self._ask, self._to_ask = trio.open_memory_channel[RequestRow](MOST_WAITING)

    async def of(self, row: RequestRow) -> bool | None:
        """Whether it is so. None: the requester's account is a contract, whose chain has not answered yet."""
        if not row.wallet_signature:
            return False
        known = self._known.get(row.request.request_id)
        if known is not None:
            return known
        if e2ee.split_account(row.request.requester)[1] is None:
            return await self._look(row)
        self._want(row)
        return None

    async def run(self) -> None:
        """Ask the chains until cancelled."""
        async for row in self._to_ask:
            # A stranger must not be able to have a node asked about anything.
            # Guarded by tests/messenger/money/test_wallet_signed.py::test_nobody_is_asked_about_a_strangers_contract.
            loaded = await self._store.load_conversation(row.conversation_id)
            if loaded is None or not loaded.is_with_contact:
                continue
            try:
                await self._look(row)
            except (NoNodeError, NodesUnreachableError, WrongNodeChainError):
                continue  # It is asked for again when a page shows it again.
            except Exception as error:
                # A fault of ours that a contract's answer can reach must not become a way to stop the profile.
                # Guarded by tests/messenger/money/test_wallet_signed.py::test_a_fault_stops_nothing.
                _log.error("money.wallet_signature_failed error=%s", type(error).__name__)
                continue
            self._tell((CardChanged(row.conversation_id, row.message_id),))

    async def _look(self, row: RequestRow) -> bool:
        request = row.request
        # What has to be signed is the request as it is stored and shown.
        # Guarded by tests/messenger/money/test_wallet_signed.py::test_a_signature_of_another_request_is_none.
        signed = await is_signed_by(
            self._chains, request.requester, request_typed_data(request), row.wallet_signature
        )
        self._known[request.request_id] = signed
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return signed

    def _want(self, row: RequestRow) -> None:
        request_id, now_s = row.request.request_id, trio.current_time()
        if now_s - self._asked_s.get(request_id, -RETRY_S) < RETRY_S:
            return
        try:
            self._ask.send_nowait(row)
        except trio.WouldBlock:
            return
        self._asked_s[request_id] = now_s
        while len(self._asked_s) > MOST_KNOWN:
            self._asked_s.popitem(last=False)
