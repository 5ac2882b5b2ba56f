"""What is told about every refusal of money."""

from __future__ import annotations

import pytest

from parley.chat import errors as chat
from parley.chat.payments.model import RequestState
from parley.messenger.money import errors as money
from parley.web.errors import error_page, explain
from parley.web.money.errors import TABLE

SECRET = "0x" + "5ec2e7" * 7
EXAMPLES: dict[type[Exception], Exception] = {
    chat.AlreadyPayingError: chat.AlreadyPayingError("ab" * 16),
    chat.RequestClosedError: chat.RequestClosedError("open"),
    money.TooManyDigitsError: money.TooManyDigitsError(6),
    money.NotEnoughError: money.NotEnoughError("tUSD", 6, 2_000_000, 1_500_000),
    money.ConfirmationError: money.ConfirmationError("approve"),
    money.NameMovedError: money.NameMovedError("bob.eth", SECRET, None),
    money.UnknownPayerError: money.UnknownPayerError(SECRET),
    money.WalletDiffersError: money.WalletDiffersError(SECRET, SECRET),
    money.WalletChainDiffersError: money.WalletChainDiffersError(1, 11155111),
    money.NoTokenError: money.NoTokenError("no contract"),
    money.InvalidArgumentTypedError: money.InvalidArgumentTypedError(1, "uint256"),
    money.NotHandedInError: money.NotHandedInError("underpriced"),
    money.TooManySavedError: money.TooManySavedError(100),
    money.NotOnNetworkError: money.NotOnNetworkError(SECRET, 1),
    money.InvalidNoteError: money.InvalidNoteError(280),
    money.InvalidExpiryError: money.InvalidExpiryError(60, 3600),
    money.InvalidCallsError: money.InvalidCallsError(16),
    money.InvalidSavedLabelError: money.InvalidSavedLabelError(64),
}
KINDS = [
    *(each for each in vars(money).values() if isinstance(each, type) and issubclass(each, money.MoneyError)),
    chat.AlreadyPayingError,
    chat.UnknownRequestError,
    chat.RequestClosedError,
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_refusal_has_its_own_sentence(kind: type[Exception]) -> None:
    """With a status that says whose turn it is, and a way on; never by the entry of its root."""
    explanation = explain(EXAMPLES.get(kind) or kind())

    assert kind in TABLE
    assert explanation.status in {404, 409, 410, 422, 502}
    assert explanation.sentence.endswith((".", "12.5"))
    assert SECRET not in explanation.text
    assert error_page(explanation).action_text


@pytest.mark.parametrize("state", [*RequestState, "what-no-version-knows"])
def test_a_request_in_any_state_is_spoken_of(state: str) -> None:
    """Of a later version's, too."""
    assert explain(chat.RequestClosedError(str(state))).sentence.endswith(".")


@pytest.mark.parametrize("reason", ["", "x" * 10_000, "‮evil\x00\n<script>", "\ud800"])
def test_a_nodes_words_stay_short(reason: str) -> None:
    """And on one line, without control characters."""
    text = explain(money.NotHandedInError(reason)).text

    assert len(text) < 500
    assert text.isprintable() or "‮" in text
    assert "\x00" not in text
    assert "\n" not in text
    text.encode()


def test_what_is_missing_is_told_exactly() -> None:
    """To the last digit, in the token's unit."""
    assert "1.5 tUSD" in explain(money.NotEnoughError("tUSD", 6, 2_000_000, 1_500_000)).text
    assert "0.000000000000000001 ETH" in explain(money.NotEnoughError("ETH", 18, 2, 1)).text


def test_an_argument_is_counted_from_one() -> None:
    """As lines are; a wrong number of them is said so."""
    assert "Argument 2" in explain(money.InvalidArgumentTypedError(1, "uint256")).text
    assert "another number of arguments" in explain(money.InvalidArgumentTypedError(None, "")).text
