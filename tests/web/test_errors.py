"""The table of errors, and what it never shows."""

from __future__ import annotations

import logging
from types import ModuleType
from typing import Any

import httpx
import pytest
from starlette.exceptions import HTTPException

from harness.memory_messenger import MemoryMessenger
from harness.page_client import HTMX
from parley.chat import errors as chat
from parley.messenger import errors as messenger
from parley.web import errors as web
from parley.web.errors import error_page, explain

EXAMPLES: dict[type[Exception], Exception] = {
    chat.ContentTooLongError: chat.ContentTooLongError(70_000, 65_536),
    chat.UnknownConversationError: chat.UnknownConversationError("secret"),
    chat.InvalidContactRecordError: chat.InvalidContactRecordError("secret"),
    chat.InvalidChainIdError: chat.InvalidChainIdError(9),
    chat.InvalidNodeAddressError: chat.InvalidNodeAddressError(2),
    chat.TooManyNodesError: chat.TooManyNodesError(8),
    chat.TooManyNetworksError: chat.TooManyNetworksError(16),
    chat.AlreadyPayingError: chat.AlreadyPayingError("secret"),
    chat.RequestClosedError: chat.RequestClosedError("secret"),
    chat.BlockedContactError: chat.BlockedContactError("secret"),
    chat.TooManyPendingError: chat.TooManyPendingError(64),
    chat.ExpiredInviteError: chat.ExpiredInviteError(1_800_000_000_000),
    chat.ForeignInviteError: chat.ForeignInviteError(7337, 1),
    chat.TooManyInvitesError: chat.TooManyInvitesError(50),
    chat.LockAfterError: chat.LockAfterError(60),
    chat.StaleStateError: chat.StaleStateError("secret", 1, 2),
    web.AccountNumberError: web.AccountNumberError(10_000),
    web.BodyTooLargeError: web.BodyTooLargeError(1024),
    web.RecordTooLargeError: web.RecordTooLargeError(1024),
    web.NicknameTooLongError: web.NicknameTooLongError(80),
    messenger.AccountExistsError: messenger.AccountExistsError("secret"),
    messenger.DamagedVaultError: messenger.DamagedVaultError("secret"),
    messenger.InvalidKeyError: messenger.InvalidKeyError("secret"),
    messenger.InvalidKeystoreError: messenger.InvalidKeystoreError("secret"),
    messenger.InvalidLabelError: messenger.InvalidLabelError(64),
    messenger.KeystoreAddressError: messenger.KeystoreAddressError("0x1", "0x2"),
    messenger.KeystoreTooCostlyError: messenger.KeystoreTooCostlyError(2, 1, "bytes"),
    messenger.NameUnknownError: messenger.NameUnknownError("nobody.eth"),
    messenger.NamesUnsupportedHereError: messenger.NamesUnsupportedHereError(1),
    messenger.NewerVaultError: messenger.NewerVaultError(2, 1),
    messenger.NoNodeError: messenger.NoNodeError(1),
    messenger.NoSuchWayError: messenger.NoSuchWayError("wallet"),
    messenger.NodesUnreachableError: messenger.NodesUnreachableError(1),
    messenger.SignatureTooLongError: messenger.SignatureTooLongError(3000, 2048),
    messenger.SignInRefusedError: messenger.SignInRefusedError("secret"),
    messenger.TooManyAccountsError: messenger.TooManyAccountsError(64),
    messenger.TooManyPeersError: messenger.TooManyPeersError(64),
    messenger.UnknownAccountError: messenger.UnknownAccountError("secret"),
    messenger.UnknownWordsError: messenger.UnknownWordsError((messenger.UnknownWord(3, ("secret",)),)),
    messenger.UnsignableError: messenger.UnsignableError("secret"),
    messenger.WordCountError: messenger.WordCountError(11),
    messenger.WrongChainError: messenger.WrongChainError(1, 31337),
    messenger.WrongNodeError: messenger.WrongNodeError("https://node", 1, 31337),
    messenger.WrongNodeChainError: messenger.WrongNodeChainError(1, 31337),
    messenger.WrongWordsError: messenger.WrongWordsError((3, 7)),
}


def _kinds(module: ModuleType, root: type[Exception]) -> list[type[Exception]]:
    """The module's own errors; the rooms below add others, which are explained by the root they share."""
    return [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, root)]


def _example(kind: type[Exception]) -> Exception:
    return EXAMPLES.get(kind) or kind()


# The pages have answers of their own for these.
ELSEWHERE = {
    messenger.MessengerError,
    messenger.NoProfileError,
    messenger.ProfileExistsError,
    messenger.FolderNotEmptyError,
}
ABOUT_PROFILES = [
    each
    for root in (messenger.MessengerError, messenger.WalletError)
    for each in _kinds(messenger, root)
    if each not in ELSEWHERE
]


@pytest.mark.parametrize(
    "kind",
    [
        *_kinds(chat, chat.ChatError),
        *_kinds(web, web.WebError),
        *ABOUT_PROFILES,
        messenger.WrongPassphraseError,
    ],
)
def test_every_expected_error_is_explained(kind: type[Exception]) -> None:
    """A status of its own class, a sentence, and never the error's own text."""
    explanation = explain(_example(kind))

    damaged = (chat.StorageCorruptError, messenger.DamagedVaultError)
    assert explanation.status != 500 or kind in damaged or kind is web.WebError
    assert explanation.sentence.endswith(".")
    assert "secret" not in explanation.text
    assert error_page(explanation).action_text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (HTTPException(404), 404),
        (HTTPException(405), 405),
        (HTTPException(400, "secret"), 400),
        (HTTPException(599, "secret"), 599),
        (RuntimeError("secret"), 500),
        (ExceptionGroup("secret", [ValueError("secret")]), 500),
    ],
)
def test_other_errors_are_explained_too(error: Exception, status: int) -> None:
    """The server's own answers keep their status; what nobody expected is a 500."""
    explanation = explain(error)

    assert explanation.status == status
    assert "secret" not in explanation.text
    assert error_page(explanation).status == status


@pytest.mark.parametrize("headers", [{}, HTMX])
async def test_an_unexpected_error_shows_and_logs_no_text(
    client: httpx.AsyncClient,
    alice: MemoryMessenger,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    headers: dict[str, str],
) -> None:
    """500 with a plain sentence; one line in the log, with the event and the error's type."""

    async def fail() -> Any:
        raise RuntimeError("secret text of a person")

    monkeypatch.setattr(alice, "conversations", fail)
    with caplog.at_level(logging.DEBUG):
        response = await client.get("/", headers=headers)

    assert response.status_code == 500
    assert "Something went wrong inside Parley." in response.text
    assert ("<html" in response.text) != bool(headers)
    assert "secret" not in response.text
    ours = [record for record in caplog.records if record.name.startswith("parley")]
    assert [record.getMessage() for record in ours] == ["web.request_failed error=RuntimeError"]
    assert all(record.exc_info is None for record in ours)
    assert "secret" not in caplog.text
