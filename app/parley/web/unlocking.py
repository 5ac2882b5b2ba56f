"""Making the profile, unlocking it and locking it: what there is while Parley knows nothing."""

from __future__ import annotations

import platform

import trio
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import RedirectResponse, Response

from parley.messenger.errors import FolderNotEmptyError, ProfileExistsError, WrongPassphraseError
from parley.web.contexts import UnlockPage, WelcomePage
from parley.web.dependencies import FormDependency, KeeperDependency, RendererDependency
from parley.web.errors import ProfileFolderError
from parley.web.language import gettext as _
from parley.web.language import ngettext

router = APIRouter()

MIN_PASSPHRASE = 8
MAX_PASSPHRASE = 1024
MAX_DEVICE_NAME = 64
UNLOCK = "unlocking/unlock.html"
WELCOME = "unlocking/welcome.html"


@router.get("/unlock")
async def unlock_page(request: Request, keeper: KeeperDependency, renderer: RendererDependency) -> Response:
    """GET: the page that unlocks the profile or, where there is none, makes one; 303 to `/` if it is open."""
    if keeper.messenger is not None:
        return RedirectResponse("/", 303)
    if await keeper.has_profile():
        return renderer.respond(request, UNLOCK, _unlock_page(None))
    return renderer.respond(request, WELCOME, _welcome_page(platform.node()[:MAX_DEVICE_NAME], None))


@router.post("/unlock")
async def unlock(
    request: Request, form: FormDependency, keeper: KeeperDependency, renderer: RendererDependency
) -> Response:
    """POST: field `passphrase`. 303 to `/`, or the page again: 422 if it is wrong, 429 before its time, 503."""
    attempts = request.app.state.attempts
    passphrase = form.text("passphrase")

    def again(problem: str, status: int, wait: int = 0) -> Response:
        page = _unlock_page(problem)
        response = renderer.respond(request, UNLOCK, page, status=status)
        if wait:
            response.headers["Retry-After"] = str(wait)
        return response

    # One at a time, over all browsers: each costs 256 MiB, and tries side by side would all count as the first.
    # Guarded by tests/web/test_unlocking.py::test_wrong_passphrases_wait_longer_each_time.
    async with request.app.state.unlocking:
        if wait := attempts.wait_s(trio.current_time()):
            return again(_not_yet(wait), 429, wait)
        if not passphrase or len(passphrase) > MAX_PASSPHRASE:
            return again(_("Type the passphrase of this profile."), 422)
        try:
            await keeper.unlock(passphrase)
        except WrongPassphraseError:
            wait = attempts.was_wrong(trio.current_time())
            return again(_wrong(wait), 422, wait)
        except Exception as error:
            return again(_told(request.app, error), 503)
        attempts.was_right()
    return RedirectResponse("/", 303)


@router.post("/profile")
async def create_profile(
    request: Request, form: FormDependency, keeper: KeeperDependency, renderer: RendererDependency
) -> Response:
    """POST: fields `passphrase`, `again`, `device_name`: makes a profile. 303 to `/`, or the page again: 422, 503."""
    if keeper.messenger is not None:
        return RedirectResponse("/", 303)
    passphrase, device_name = form.text("passphrase"), " ".join(form.text("device_name").split())
    problem = _problem(passphrase, form.text("again"), device_name)
    status = 422
    if problem is None:
        try:
            await keeper.create(passphrase, device_name)
        except (ProfileExistsError, FolderNotEmptyError) as error:
            raise ProfileFolderError from error
        except Exception as error:
            problem, status = _told(request.app, error), 503
            if await keeper.has_profile():
                # It was made and could not be opened: from now on it is to be unlocked.
                return renderer.respond(request, UNLOCK, _unlock_page(problem), status=status)
        else:
            return RedirectResponse("/", 303)
    return renderer.respond(request, WELCOME, _welcome_page(device_name, problem), status=status)


@router.post("/lock")
async def lock(request: Request) -> Response:
    """POST: close the profile and end every stream. 303 to `/unlock`."""
    await lock_profile(request.app)
    return RedirectResponse("/unlock", 303)


async def lock_profile(app: FastAPI) -> None:
    """Close the profile of an application; its streams end, and pages lead to `/unlock`."""
    app.state.streams.end_all()
    await app.state.keeper.lock()


def _told(app: FastAPI, error: Exception) -> str:
    """The sentence for an error that somebody can do something about; any other is raised again."""
    sentence: str | None = app.state.sentence_of(error)
    if sentence is None:
        raise error
    return sentence


def _wrong(wait: int) -> str:
    return _("This passphrase does not open the profile. Nothing was changed.") + " " + _not_yet(wait)


def _not_yet(wait: int) -> str:
    return ngettext("Try again in %(n)d second.", "Try again in %(n)d seconds.", wait) % {"n": wait}


def _problem(passphrase: str, again: str, device_name: str) -> str | None:
    if not MIN_PASSPHRASE <= len(passphrase) <= MAX_PASSPHRASE:
        return _("Choose a passphrase of at least %(n)d characters.") % {"n": MIN_PASSPHRASE}
    if passphrase != again:
        return _("The two passphrases differ. Type both again.")
    if not passphrase.isprintable():
        return _("This passphrase holds characters that cannot be typed again for sure.")
    if not 1 <= len(device_name) <= MAX_DEVICE_NAME or not device_name.isprintable():
        return _("Give this device a name of at most %(n)d characters.") % {"n": MAX_DEVICE_NAME}
    return None


def _unlock_page(problem: str | None) -> UnlockPage:
    return UnlockPage(_("Locked: not receiving"), problem)


def _welcome_page(device_name: str, problem: str | None) -> WelcomePage:
    return WelcomePage(_("Welcome"), device_name or _("this device"), problem)
