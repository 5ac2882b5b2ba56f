"""The one table from an error to status, sentence and next action, and the last catch before the server.

A page never shows a traceback or an error's own text; a log line names the event and the error's type only.
Guarded by tests/web/test_errors.py::test_an_unexpected_error_shows_and_logs_no_text.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus

import trio
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from parley.chat import errors as chat
from parley.messenger.errors import ProfileClosedError
from parley.web import (
    contact_errors,
    meeting_errors,
    peer_errors,
    preference_errors,
    profile_errors,
    wallet_errors,
)
from parley.web.contexts import ErrorPage
from parley.web.explanation import Explanation
from parley.web.language import gettext as _
from parley.web.money import errors as money_errors

log = logging.getLogger(__name__)


class WebError(Exception):
    """Root of what the pages themselves refuse."""


class BodyTooLargeError(WebError):
    """A request's body is over the limit (bytes)."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"body over {limit} bytes")
        self.limit = limit


class RecordTooLargeError(WebError):
    """An uploaded contact record is over the limit (bytes)."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"contact record over {limit} bytes")
        self.limit = limit


class MalformedFormError(WebError):
    """A form that none of our pages sends."""


class MissingFileError(WebError):
    """A form without the file it is about."""


class NicknameTooLongError(WebError):
    """A nickname over the limit (characters)."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"nickname over {limit} characters")
        self.limit = limit


class TooManyStreamsError(WebError):
    """More pages are open than get live updates."""


class UnknownPageError(WebError):
    """An address that no page has."""


class NotSignedInError(WebError):
    """A browser that was not let in, or no longer."""


class LaunchLinkError(WebError):
    """A launch link that was used, has expired or was never one; which of them is told nobody."""


class PrefetchError(WebError):
    """A launch link that a browser only looked ahead at."""


class LockedError(WebError):
    """The profile is locked, so there is nothing to show and nothing can be done."""


class ProfileFolderError(WebError):
    """The data folder holds a profile already, or something else."""


class TooManyAttemptsError(WebError):
    """More wrong links and cookies, or sign-ins, than are answered with a page."""


class SignInLockedError(WebError):
    """A wallet is to sign a browser in, while the profile is locked."""


class NoInsideWalletError(WebError):
    """What is asked for is the wallet inside, and the account's key is in a wallet outside."""


class AccountNumberError(WebError):
    """A number of an account that is none; numbers count from 1 to the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"no account number up to {limit}")
        self.limit = limit


class MissingKeystoreError(WebError):
    """A form without the keystore it is about."""


class NotConfirmedError(WebError):
    """A key is to be destroyed, and the end of its address was not typed."""


class NoSetUpError(WebError):
    """A page of the first run, when nothing was begun or it was forgotten."""


class NotAHashError(WebError):
    """What was typed is no hash of a transaction."""


class SignatureError(WebError):
    """A form brings something that no wallet gives for a signature."""


def _kibibytes(count: int) -> str:
    return _("%(n)d KiB") % {"n": -(-count // 1024)}


def _locked() -> Explanation:
    return Explanation(
        423, _("Parley is locked: nothing was done."), _("Unlock it and try again."), "/unlock", _("Unlock")
    )


def _new_link() -> str:
    return _("Type “parley open” or press Enter in the terminal where Parley runs to get a new link.")


_TABLE: dict[type[Exception], Callable[..., Explanation]] = {
    chat.UnknownConversationError: lambda _error: Explanation(404, _("There is no such conversation.")),
    chat.UnknownMessageError: lambda _error: Explanation(404, _("There is no such message.")),
    chat.EmptyTextError: lambda _error: Explanation(422, _("Write something first.")),
    chat.ContentTooLongError: lambda error: Explanation(
        422,
        _("This message is too long: it has %(length)s, and %(limit)s fit.")
        % {"length": _kibibytes(error.length), "limit": _kibibytes(error.limit)},
        _("Send it in several parts."),
    ),
    chat.MalformedContentError: lambda _error: Explanation(
        422, _("This text holds characters that cannot be sent."), _("Remove them and send it again.")
    ),
    chat.NoLiveDeviceError: lambda _error: Explanation(
        409,
        _("This contact has no device that can receive messages."),
        _("Ask them for a new contact record."),
    ),
    chat.InvalidContactRecordError: lambda _error: Explanation(
        422,
        _("This file is not a contact record that can be trusted."),
        _("Ask your contact to send it again, unchanged."),
    ),
    chat.DiskFullError: lambda _error: Explanation(
        507, _("The disk is full, so nothing was stored."), _("Free some space, then try again.")
    ),
    chat.StorageCorruptError: lambda _error: Explanation(
        500, _("The database file is damaged."), _("Restore it from an export.")
    ),
    chat.StorageError: lambda _error: Explanation(503, _("This could not be stored."), _("Try again.")),
    chat.ChatError: lambda _error: Explanation(422, _("This cannot be done."), _("Check it and try again.")),
    BodyTooLargeError: lambda error: Explanation(
        413, _("This is too large: at most %(limit)s fit.") % {"limit": _kibibytes(error.limit)}
    ),
    RecordTooLargeError: lambda error: Explanation(
        413,
        _("This file is too large for a contact record: at most %(limit)s.")
        % {"limit": _kibibytes(error.limit)},
        _("Choose the file that your contact gave you."),
    ),
    MalformedFormError: lambda _error: Explanation(422, _("The form was not complete."), _("Send it again.")),
    MissingFileError: lambda _error: Explanation(422, _("Choose the file that your contact gave you.")),
    NicknameTooLongError: lambda error: Explanation(
        422, _("This nickname is too long: at most %(limit)d characters.") % {"limit": error.limit}
    ),
    TooManyStreamsError: lambda _error: Explanation(
        503, _("Too many pages of Parley are open."), _("Close some of them, then reload this one.")
    ),
    UnknownPageError: lambda _error: Explanation(404, _("There is no such page.")),
    NotSignedInError: lambda _error: Explanation(
        401,
        _("This browser is not signed in."),
        _new_link(),
        "/sign-in",
        _("Sign in with a wallet"),
    ),
    SignInLockedError: lambda _error: Explanation(
        401,
        _("Parley is locked, so no wallet can sign in."),
        _new_link(),
        action_text=_("Open Parley"),
    ),
    LaunchLinkError: lambda _error: Explanation(
        401,
        _("This link has been used or has expired."),
        _new_link(),
        action_text=_("Open Parley"),
    ),
    PrefetchError: lambda _error: Explanation(403, _("This link was not used."), _("Open it to sign in.")),
    LockedError: lambda _error: _locked(),
    ProfileClosedError: lambda _error: _locked(),
    trio.ClosedResourceError: lambda _error: _locked(),  # The database was closed while it was asked.
    ProfileFolderError: lambda _error: Explanation(
        409,
        _("The data folder holds a profile or other files, so none was made."),
        _("Unlock the profile, or start Parley with another folder."),
        "/unlock",
        _("Open Parley"),
    ),
    TooManyAttemptsError: lambda _error: Explanation(
        429, _("Too many wrong links or cookies."), _new_link(), action_text=_("Open Parley")
    ),
    NoSetUpError: lambda _error: Explanation(
        409, _("Nothing was begun, or it was forgotten."), _("Begin again."), "/welcome", _("Begin again")
    ),
    SignatureError: lambda _error: Explanation(
        422, _("What the wallet gave is no signature."), _("Nothing was done. Start again.")
    ),
    NoInsideWalletError: lambda _error: Explanation(
        409,
        _("Your account's key is in a wallet outside of Parley, so there is none in here."),
        _("Use that wallet."),
    ),
    AccountNumberError: lambda error: Explanation(
        422, _("The number of an account is a whole number from 1 to %(n)d.") % {"n": error.limit}
    ),
    NotAHashError: lambda _error: Explanation(
        422,
        _("This is no hash of a transaction."),
        _("Your wallet shows it in its history: 0x and 64 digits."),
    ),
    MissingKeystoreError: lambda _error: Explanation(422, _("Choose the keystore file.")),
    NotConfirmedError: lambda _error: Explanation(
        422, _("Type the end of the address to confirm that its key is to be destroyed.")
    ),
    **profile_errors.TABLE,
    **contact_errors.TABLE,
    **peer_errors.TABLE,
    **meeting_errors.TABLE,
    **preference_errors.TABLE,
    **wallet_errors.TABLE,
    **money_errors.TABLE,
}

_STATUSES: dict[int, Callable[[], Explanation]] = {
    404: lambda: Explanation(404, _("There is no such page.")),
    405: lambda: Explanation(405, _("This address cannot be used in this way.")),
}


def known(error: Exception) -> Explanation | None:
    """What a person is told about an error that the table knows."""
    for kind in type(error).__mro__:
        if kind in _TABLE:
            return _TABLE[kind](error)
    return None


def explain(error: Exception) -> Explanation:
    """What a person is told about an error; an error that the table does not know is ours, and becomes a 500."""
    found = known(error)
    if found is not None:
        return found
    if isinstance(error, HTTPException):
        made = _STATUSES.get(error.status_code)
        return made() if made else Explanation(error.status_code, _("This request cannot be answered."))
    return Explanation(
        500, _("Something went wrong inside Parley."), _("See whether it was done before you try again.")
    )


def error_page(explanation: Explanation) -> ErrorPage:
    """The page of an explanation."""
    try:
        phrase = HTTPStatus(explanation.status).phrase
    except ValueError:
        phrase = str(explanation.status)
    return ErrorPage(
        title=phrase,
        status=explanation.status,
        sentence=explanation.sentence,
        advice=explanation.advice,
        action_url=explanation.action_url,
        action_text=explanation.action_text or _("All conversations"),
    )


class CatchAll:
    """Answers what no handler answered, so that the server never sees (and never logs) an error's text."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, noting_send)
        except ClientDisconnect:
            return  # Nobody is left to answer.
        except Exception as error:
            if scope["type"] != "http":
                raise
            log.error("web.request_failed error=%s", type(error).__name__)
            if started:
                return  # The server cuts the answer off, which a browser notices.
            request = Request(scope)
            response = request.app.state.renderer.error(request, error)
            await response(scope, receive, send)
