"""Previews: what a person was shown, kept in memory until they confirm it or five minutes are over.

Only what is kept here can be confirmed, so that nothing is signed that was not shown. A preview is good for one
payment: whoever confirms it again, by a double click or a reload, gets the same payment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import trio

from parley.chat.payments.model import RequestedCall
from parley.messenger.money.errors import ConfirmationError, UnknownFeeError, UnknownPreviewError
from parley.messenger.money.model import FeeOption, Preview

LIFETIME_MS = 5 * 60 * 1000
MOST_KEPT = 64
ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Plan:
    """What a preview would sign.

    Attributes:
        calls: exactly what is signed.
        named: the address that the typed name stood for; asked again when it is confirmed.
        nonce: of a replacement, the nonce it takes; None for the next one.
    """

    calls: tuple[RequestedCall, ...]
    named: str | None = None
    nonce: int | None = None


@dataclass(slots=True)
class Kept:
    """A preview with its plan. Whoever confirms holds `confirming`; `payment_id` is what came of it."""

    preview: Preview
    plan: Plan
    confirming: trio.Lock = field(default_factory=trio.Lock)
    payment_id: str | None = None


class Previews:
    """The previews of one opened profile.

    Args:
        clock: milliseconds since the epoch, UTC.
        entropy: n random bytes.
    """

    def __init__(self, clock: Callable[[], int], entropy: Callable[[int], bytes]) -> None:
        self._clock = clock
        self._entropy = entropy
        self._kept: dict[str, Kept] = {}

    def new_id(self) -> str:
        """An id that nobody can guess."""
        return self._entropy(ID_BYTES).hex()

    def expires_at_ms(self) -> int:
        """When a preview made now can be confirmed no more."""
        return self._clock() + LIFETIME_MS

    def keep(self, preview: Preview, plan: Plan) -> Preview:
        """Keep one; of too many the oldest goes."""
        self._kept[preview.preview_id] = Kept(preview, plan)
        while len(self._kept) > MOST_KEPT:
            oldest = next(
                (key for key, each in self._kept.items() if not each.confirming.locked()), preview.preview_id
            )
            del self._kept[oldest]
        return preview

    def find(self, preview_id: str) -> Kept:
        """A preview that can be confirmed, or that was.

        Raises:
            UnknownPreviewError: there is none, or its time is over and nobody confirmed it.
        """
        kept = self._kept.get(preview_id)
        # A clock that was set back must not make a preview good for longer either.
        # Guarded by tests/messenger/money/test_previews.py::test_a_preview_is_good_for_five_minutes.
        if kept is None or (kept.payment_id is None and not self._is_fresh(kept.preview)):
            raise UnknownPreviewError
        return kept

    def _is_fresh(self, preview: Preview) -> bool:
        return 0 < preview.expires_at_ms - self._clock() <= LIFETIME_MS


def chosen_fee(preview: Preview, name: str) -> FeeOption:
    """The fee of this name. Raises UnknownFeeError."""
    for each in preview.fees:
        if each.name == name:
            return each
    raise UnknownFeeError


def check_typed(preview: Preview, typed: str) -> None:
    """Find out that what had to be typed was. Raises ConfirmationError."""
    # Guarded by tests/messenger/money/test_previews.py::test_what_has_to_be_typed_is_typed.
    if preview.typed is not None and typed.strip().casefold() != preview.typed:
        raise ConfirmationError(preview.typed)
