"""The first run with an account from elsewhere: recovery words, a private key or a keystore file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parley.messenger.errors import InvalidKeystoreError, UnknownWordsError
from parley.web.dependencies import FormDependency, KeeperDependency, RendererDependency, SetUpDependency
from parley.web.door_contexts import ChoicesPage, ImportPage, WordHint
from parley.web.explanation import Explanation
from parley.web.language import gettext as _
from parley.web.person import person
from parley.web.ports import SetUp
from parley.web.problems import problem_of
from parley.web.rendering import Renderer
from parley.web.welcome import finish

router = APIRouter()

MAX_WORDS = 1024
MAX_KEY = 256
MAX_KEYSTORE_BYTES = 16 * 1024
MAX_PASSWORD = 1024
IMPORT = "welcome/import.html"
CHOICES = "welcome/choices.html"


@router.get("/welcome/import")
async def import_page(request: Request, _set_up: SetUpDependency, renderer: RendererDependency) -> Response:
    """GET: the forms for words, a key or a keystore."""
    return renderer.respond(request, IMPORT, ImportPage(_("Bring your account")))


@router.post("/welcome/import/words")
async def read_words(
    request: Request, form: FormDependency, set_up: SetUpDependency, renderer: RendererDependency
) -> Response:
    """POST: field `words`. 303 to the choice of the account, or the page again with the words and what is wrong."""
    # One more than fits, so that what is too long is told and not cut off.
    typed = form.text("words")[: MAX_WORDS + 1]
    return await _read(request, renderer, "words", lambda: set_up.read_words(typed), typed)


@router.post("/welcome/import/key")
async def read_key(
    request: Request, form: FormDependency, set_up: SetUpDependency, renderer: RendererDependency
) -> Response:
    """POST: field `key`. 303 to the choice of the account, or the page again."""
    typed = form.text("key")[: MAX_KEY + 1]
    return await _read(request, renderer, "key", lambda: set_up.read_key(typed))


@router.post("/welcome/import/keystore")
async def read_keystore(
    request: Request, form: FormDependency, set_up: SetUpDependency, renderer: RendererDependency
) -> Response:
    """POST: multipart fields `keystore`, `password`. 303 to the choice of the account, or the page again."""
    file = await form.file("keystore", MAX_KEYSTORE_BYTES)
    password = form.text("password")

    async def reading() -> None:
        if file is None or len(file) > MAX_KEYSTORE_BYTES or len(password) > MAX_PASSWORD:
            raise InvalidKeystoreError("size")
        await set_up.read_keystore(file, password)

    return await _read(request, renderer, "keystore", reading)


@router.get("/welcome/import/account")
async def choose(request: Request, set_up: SetUpDependency, renderer: RendererDependency) -> Response:
    """GET: the accounts to choose from; 303 to the forms before there are any."""
    if not set_up.choices:
        return RedirectResponse("/welcome/import", 303)
    return renderer.respond(request, CHOICES, _choices_page(set_up))


@router.post("/welcome/import/account")
async def accept_import(
    request: Request,
    form: FormDependency,
    set_up: SetUpDependency,
    keeper: KeeperDependency,
    renderer: RendererDependency,
) -> Response:
    """POST: field `address`, one of those shown: makes the profile. 303 to `/`, or the page again."""
    if not set_up.choices:
        return RedirectResponse("/welcome/import", 303)
    address = form.text("address")

    def again(explanation: Explanation, _error: Exception) -> Response:
        page = _choices_page(set_up, explanation.text)
        return renderer.respond(request, CHOICES, page, status=explanation.status)

    return await finish(request, keeper, renderer, lambda: set_up.accept_import(address), again)


async def _read(
    request: Request, renderer: Renderer, kind: str, reading: Callable[[], Awaitable[None]], typed: str = ""
) -> Response:
    try:
        await reading()
    except Exception as error:
        explanation = problem_of(request.app, error)
        hints = error.words if isinstance(error, UnknownWordsError) else ()
        page = ImportPage(
            _("Bring your account"),
            kind,
            typed,
            explanation.text,
            tuple(WordHint(word.position, ", ".join(word.suggestions)) for word in hints if word.suggestions),
        )
        return renderer.respond(request, IMPORT, page, status=explanation.status)
    return RedirectResponse("/welcome/import/account", 303)


def _choices_page(set_up: SetUp, problem: str | None = None) -> ChoicesPage:
    return ChoicesPage(
        _("Choose your account"), tuple(person(address) for address in set_up.choices), problem
    )
