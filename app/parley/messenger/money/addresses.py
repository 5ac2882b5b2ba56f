"""Addresses that a person saved, with what they call them, and those whose money they watch."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import trio

from parley.chain.api import is_printable
from parley.chat.commit import Commit
from parley.chat.events import MoneyChanged
from parley.chat.payments.model import ForgottenAddress, SavedAddress
from parley.messenger.money.errors import InvalidSavedLabelError, TooManySavedError
from parley.messenger.money.recipients import spelled_address
from parley.messenger.system import Store
from parley.messenger.writer import Writer

MOST_ADDRESSES = 200
LABEL_CHARACTERS = 64


class Addresses:
    """The saved addresses of one opened profile.

    Args:
        clock: milliseconds since the epoch, UTC.
    """

    def __init__(self, store: Store, writer: Writer, clock: Callable[[], int]) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._saved: tuple[SavedAddress, ...] = ()

    async def load(self) -> None:
        """Read what is stored, once, before anybody asks."""
        self._saved = await self._store.saved_addresses()

    def saved(self) -> tuple[SavedAddress, ...]:
        """All, by label."""
        return self._saved

    async def save(self, address: str, label: str, *, watched: bool) -> None:
        """Save an address, in place of what was saved of it.

        Raises:
            InvalidAddressError, WrongChecksumError: it is none.
            InvalidSavedLabelError, TooManySavedError, StorageError: nothing was changed.
        """
        row = SavedAddress(await _spelled(address), saved_label(label), watched, self._clock())

        async def job() -> None:
            others = [each for each in await self._store.saved_addresses() if each.address != row.address]
            if len(others) >= MOST_ADDRESSES:
                raise TooManySavedError(MOST_ADDRESSES)
            await self._keep(Commit("save_address", rows=(row,), events=(MoneyChanged(),)))

        await self._writer.do(job)

    async def forget(self, address: str) -> None:
        """Keep an address no longer; harmless if it is not kept.

        Raises:
            InvalidAddressError, WrongChecksumError: it is none.
            StorageError: nothing was changed.
        """
        spelled = await _spelled(address)

        async def job() -> None:
            if any(each.address == spelled for each in await self._store.saved_addresses()):
                row = ForgottenAddress(spelled)
                await self._keep(Commit("forget_address", rows=(row,), events=(MoneyChanged(),)))

        await self._writer.do(job)

    async def _keep(self, commit: Commit) -> None:
        await self._writer.apply(commit)
        self._saved = await self._store.saved_addresses()


def saved_label(typed: str) -> str:
    """A label as it is kept: NFC, blanks evened out.

    Raises:
        InvalidSavedLabelError: nothing that shows, more than 64 characters, or some that would not be shown as
            they are.
    """
    if len(typed) > 4 * LABEL_CHARACTERS:
        raise InvalidSavedLabelError(LABEL_CHARACTERS)
    label = unicodedata.normalize("NFC", " ".join(typed.split()))
    # A label stands beside addresses on pages where money is confirmed: it must not turn what is around it.
    # Guarded by tests/messenger/money/test_addresses.py::test_a_label_that_cannot_be_shown_as_it_is.
    if len(label) > LABEL_CHARACTERS or not is_printable(label):
        raise InvalidSavedLabelError(LABEL_CHARACTERS)
    return label


async def _spelled(address: str) -> str:
    # The first call loads libraries, which takes a second.
    return await trio.to_thread.run_sync(spelled_address, address.strip())
