"""The first run with a wallet made here: recovery words, shown and asked for."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parley.messenger.errors import WrongWordsError
from parley.web.dependencies import FormDependency, KeeperDependency, RendererDependency, SetUpDependency
from parley.web.door_contexts import AskedWord, WordCheckPage, WordsPage
from parley.web.errors import MalformedFormError
from parley.web.explanation import Explanation
from parley.web.language import gettext as _
from parley.web.welcome import finish

router = APIRouter()

COUNTS = (12, 24)
MAX_WORD = 32
WORDS = "welcome/words.html"
CHECK = "welcome/check.html"


@router.get("/welcome/words")
async def words(request: Request, set_up: SetUpDependency, renderer: RendererDependency) -> Response:
    """GET: the fresh words, or the form that makes them."""
    other = 24 if set_up.words is None or len(set_up.words) == 12 else 12
    return renderer.respond(request, WORDS, WordsPage(_("Recovery words"), set_up.words, other))


@router.post("/welcome/words")
async def make_words(form: FormDependency, set_up: SetUpDependency) -> Response:
    """POST: field `count`, 12 or 24: makes fresh words in place of any before. 303 to the page that shows them."""
    if form.text("count") not in map(str, COUNTS):
        raise MalformedFormError
    set_up.make_words(int(form.text("count")))
    return RedirectResponse("/welcome/words", 303)


@router.get("/welcome/words/check")
async def check(request: Request, set_up: SetUpDependency, renderer: RendererDependency) -> Response:
    """GET: the word check; 303 to the words before there are any."""
    if set_up.words is None:
        return RedirectResponse("/welcome/words", 303)
    asked = tuple(AskedWord(position) for position in set_up.asked)
    return renderer.respond(request, CHECK, WordCheckPage(_("Check your words"), asked))


@router.post("/welcome/words/check")
async def accept_checked(
    request: Request,
    form: FormDependency,
    set_up: SetUpDependency,
    keeper: KeeperDependency,
    renderer: RendererDependency,
) -> Response:
    """POST: fields `word_<position>`: makes the profile. 303 to `/`, or the page again with the wrong ones marked."""
    if set_up.words is None:
        return RedirectResponse("/welcome/words", 303)
    answers = {position: form.text(f"word_{position}")[:MAX_WORD] for position in set_up.asked}

    def again(explanation: Explanation, error: Exception) -> Response:
        wrong = error.positions if isinstance(error, WrongWordsError) else ()
        asked = tuple(AskedWord(position, typed, position in wrong) for position, typed in answers.items())
        page = WordCheckPage(_("Check your words"), asked, explanation.text)
        return renderer.respond(request, CHECK, page, status=explanation.status)

    return await finish(request, keeper, renderer, lambda: set_up.accept_words(answers), again)


@router.post("/welcome/words/later")
async def accept_unchecked(
    request: Request, set_up: SetUpDependency, keeper: KeeperDependency, renderer: RendererDependency
) -> Response:
    """POST: makes the profile; the words are checked later. 303 to `/`, or the page of the check with the reason."""
    if set_up.words is None:
        return RedirectResponse("/welcome/words", 303)

    def again(explanation: Explanation, _error: Exception) -> Response:
        asked = tuple(AskedWord(position) for position in set_up.asked)
        page = WordCheckPage(_("Check your words"), asked, explanation.text)
        return renderer.respond(request, CHECK, page, status=explanation.status)

    return await finish(request, keeper, renderer, lambda: set_up.accept_words(None), again)
