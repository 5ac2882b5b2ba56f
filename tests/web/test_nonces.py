"""The texts that wallets sign to sign a browser in."""

from __future__ import annotations

import pytest

from parley.messenger.errors import NonceError
from parley.web.nonces import LIFETIME_MS, MAX_ISSUED, SignInTexts

NOW_MS = 1_800_000_000_000


@pytest.fixture
def texts() -> SignInTexts:
    """One text that was issued."""
    texts = SignInTexts()
    texts.issue("nonce", "the text", NOW_MS)
    return texts


def test_a_text_is_taken_once(texts: SignInTexts) -> None:
    """As it was issued; then, and with another nonce, there is none."""
    with pytest.raises(NonceError):
        texts.take("another", NOW_MS)
    assert texts.take("nonce", NOW_MS + LIFETIME_MS - 1) == "the text"
    with pytest.raises(NonceError):
        texts.take("nonce", NOW_MS)


@pytest.mark.parametrize("now_ms", [NOW_MS + LIFETIME_MS, NOW_MS - 1])
def test_a_text_expires(texts: SignInTexts, now_ms: int) -> None:
    """After five minutes, and when the clock was set back."""
    with pytest.raises(NonceError):
        texts.take("nonce", now_ms)


def test_a_flood_leaves_a_bounded_number(texts: SignInTexts) -> None:
    """The oldest are forgotten."""
    for number in range(MAX_ISSUED):
        texts.issue(str(number), "", NOW_MS)
    with pytest.raises(NonceError):
        texts.take("nonce", NOW_MS)

    assert [texts.take(str(number), NOW_MS) for number in range(MAX_ISSUED)] == [""] * MAX_ISSUED
