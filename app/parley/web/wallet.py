"""The wallet inside: open or locked, its recovery words, and the check that they are written down.

The words leave only as the answer to a form that brings the passphrase, never to a GET.
Guarded by tests/web/test_wallet.py::test_the_words_are_on_one_answer_only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from parley.messenger.errors import WrongPassphraseError, WrongWordsError
from parley.web.dependencies import Form, FormDependency, MessengerDependency, RendererDependency
from parley.web.errors import NoInsideWalletError
from parley.web.explanation import Explanation
from parley.web.language import gettext as _
from parley.web.person import person
from parley.web.ports import Messenger
from parley.web.problems import attempt
from parley.web.snapshot import take_snapshot
from parley.web.wallet_contexts import AccountView, CheckedWord, CheckPage, RevealPage, WalletPage
from parley.web.wallet_ports import InsideWallet, ShownAccount

router = APIRouter()

ADDRESS = "/settings/wallet"
ENDING = 4
"""How many characters of its address are typed before an account's key is destroyed."""

MAX_PASSPHRASE = 1024
MAX_WORD = 32
WALLET = "wallet/wallet.html"
WORDS = "wallet/words.html"
CHECK = "wallet/check.html"


async def _inside(messenger: MessengerDependency) -> InsideWallet:
    if messenger.wallet is None:
        raise NoInsideWalletError
    return messenger.wallet


WalletDependency = Annotated[InsideWallet, Depends(_inside)]

Problem = tuple[Explanation, int]
"""What is told beside the form, and the seconds that the next try of a passphrase has to wait."""


@router.get("/settings/wallet")
async def wallet_page(
    request: Request, messenger: MessengerDependency, renderer: RendererDependency, done: str = ""
) -> Response:
    """GET: the wallet with its accounts, as a page; or that it is outside."""
    return renderer.respond(request, WALLET, await _wallet_page(messenger, done=_done(done)))


@router.post("/settings/wallet/unlock")
async def unlock(
    request: Request,
    form: FormDependency,
    messenger: MessengerDependency,
    wallet: WalletDependency,
    renderer: RendererDependency,
) -> Response:
    """POST: field `passphrase`: the wallet signs from now on. 303, or the page again: 422, 429, 503."""
    problem = await with_passphrase(request, form, wallet.unlock)
    if problem is None:
        return changed("unlocked")
    page = await _wallet_page(messenger, problem=problem[0].text)
    return refused(renderer.respond(request, WALLET, page, status=problem[0].status), problem)


@router.post("/settings/wallet/lock")
async def lock(wallet: WalletDependency) -> Response:
    """POST: the wallet signs nothing from now on. 303 to its page."""
    wallet.lock()
    return changed("locked")


@router.get("/settings/wallet/words")
async def words_form(
    request: Request, messenger: MessengerDependency, _wallet: WalletDependency, renderer: RendererDependency
) -> Response:
    """GET: the form that shows the recovery words."""
    page = RevealPage(_("Recovery words"), **await shell(messenger))
    return renderer.respond(request, WORDS, page)


@router.post("/settings/wallet/words")
async def reveal_words(
    request: Request,
    form: FormDependency,
    messenger: MessengerDependency,
    wallet: WalletDependency,
    renderer: RendererDependency,
) -> Response:
    """POST: field `passphrase`: a page with the recovery words, or the form again: 409, 422, 429, 503."""
    words: tuple[str, ...] = ()

    async def reveal(passphrase: str) -> None:
        nonlocal words
        words = await wallet.reveal_words(passphrase)

    problem = await with_passphrase(request, form, reveal)
    around = await shell(messenger)
    if problem is None:
        # Not live: a stream's end loads its page anew, and this one would have its form posted again.
        page = RevealPage(_("Recovery words"), around["sidebar"], None, words)
        return renderer.respond(request, WORDS, page)
    page = RevealPage(_("Recovery words"), **around, problem=problem[0].text)
    return refused(renderer.respond(request, WORDS, page, status=problem[0].status), problem)


@router.get("/settings/wallet/check")
async def check_form(
    request: Request, messenger: MessengerDependency, wallet: WalletDependency, renderer: RendererDependency
) -> Response:
    """GET: the word check; 303 to the wallet where nothing can be asked."""
    if not wallet.asked:
        return RedirectResponse(ADDRESS, 303)
    return renderer.respond(request, CHECK, await _check_page(messenger, wallet.asked))


@router.post("/settings/wallet/check")
async def check_words(
    request: Request,
    form: FormDependency,
    messenger: MessengerDependency,
    wallet: WalletDependency,
    renderer: RendererDependency,
) -> Response:
    """POST: fields `word_<position>`, `passphrase`. 303, or the page again, the wrong ones marked: 422, 429, 503."""
    asked = wallet.asked
    if not asked:
        return RedirectResponse(ADDRESS, 303)
    answers = {position: form.text(f"word_{position}")[:MAX_WORD] for position in asked}
    wrong: tuple[int, ...] = ()

    async def check(passphrase: str) -> None:
        nonlocal wrong
        try:
            await wallet.check_words(passphrase, answers)
        except WrongWordsError as error:
            wrong = error.positions
            raise

    problem = await with_passphrase(request, form, check)
    if problem is None:
        return changed("checked")
    page = await _check_page(messenger, asked, wrong, problem[0].text)
    return refused(renderer.respond(request, CHECK, page, status=problem[0].status), problem)


async def with_passphrase(
    request: Request, form: Form, doing: Callable[[str], Awaitable[None]]
) -> Problem | None:
    """Do something with the form's passphrase; gives what is to be told if it was not done."""
    passphrase = form.text("passphrase")
    if not passphrase or len(passphrase) > MAX_PASSPHRASE:
        return Explanation(422, _("Type the passphrase of this profile.")), 0
    # Whoever finds an open page must not get to guess any faster here than at the locked one.
    # Guarded by tests/web/test_wallet.py::test_wrong_passphrases_share_one_wait.
    return await attempt(request.app, lambda: doing(passphrase), WrongPassphraseError)


def refused(response: Response, problem: Problem) -> Response:
    """A page that tells a problem, with the time to wait as a header too."""
    if problem[1]:
        response.headers["Retry-After"] = str(problem[1])
    return response


def changed(what: str) -> Response:
    """To the wallet's page, which then says what was done."""
    return RedirectResponse(f"{ADDRESS}?done={what}", 303)


async def shell(messenger: Messenger) -> dict[str, Any]:
    """What stands around a page, as its first two arguments after the title."""
    snapshot = await take_snapshot(messenger)
    return {"sidebar": snapshot.sidebar, "live_url": f"/live?shown={snapshot.version}"}


def account_view(account: ShownAccount, number: int, own: str) -> AccountView:
    """One account, the `number`th of the wallet from 1."""
    return AccountView(
        person=person(account.address, account.label),
        url=f"{ADDRESS}/accounts/{number}",
        kind=_("Imported key: the recovery words do not bring it back")
        if account.index is None
        else _("Account %(n)d of the recovery words") % {"n": account.index + 1},
        own=account.address.lower() == own.lower(),
        imported=account.imported,
        ending=account.address[-ENDING:],
    )


def _done(what: str) -> str | None:
    sentences = {
        "unlocked": _("The wallet is unlocked."),
        "locked": _("The wallet is locked."),
        "checked": _("The words are right. Keep what you wrote down in a safe place."),
        "added": _("The account was added."),
        "imported": _("The account was imported."),
        "renamed": _("The account has its new name."),
        "removed": _("The account was removed."),
    }
    return sentences.get(what)


async def _wallet_page(
    messenger: Messenger, *, done: str | None = None, problem: str | None = None
) -> WalletPage:
    around = await shell(messenger)
    wallet = messenger.wallet
    if wallet is None:
        return WalletPage(_("Wallet"), **around, outside=True)
    return WalletPage(
        _("Wallet"),
        **around,
        locked=wallet.locked,
        accounts=tuple(
            account_view(account, number, messenger.account)
            for number, account in enumerate(wallet.accounts, 1)
        ),
        has_words=wallet.has_words,
        checked=wallet.words_checked,
        done=done,
        problem=problem,
    )


async def _check_page(
    messenger: Messenger, asked: tuple[int, ...], wrong: tuple[int, ...] = (), problem: str | None = None
) -> CheckPage:
    words = tuple(CheckedWord(position, position in wrong) for position in asked)
    return CheckPage(_("Check your words"), **await shell(messenger), asked=words, problem=problem)
