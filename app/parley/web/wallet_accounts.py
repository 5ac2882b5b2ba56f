"""The accounts of the wallet inside: added, imported, renamed and removed, each with the passphrase.

An address never stands in an address bar: pages count the accounts, and forms name theirs in a field, so that a page
from before a change cannot mean another account.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parley.messenger.errors import InvalidKeystoreError, UnknownAccountError
from parley.web.dependencies import FormDependency, MessengerDependency, RendererDependency
from parley.web.errors import (
    AccountNumberError,
    MissingKeystoreError,
    NotConfirmedError,
    UnknownPageError,
    explain,
)
from parley.web.language import gettext as _
from parley.web.ports import Messenger
from parley.web.wallet import (
    ADDRESS,
    ENDING,
    Problem,
    WalletDependency,
    account_view,
    changed,
    refused,
    shell,
    with_passphrase,
)
from parley.web.wallet_contexts import AccountPage, ImportAccountPage, ImportForm, NewAccountPage
from parley.web.wallet_ports import InsideWallet, ShownAccount

router = APIRouter()

MAX_NUMBER = 10_000
MAX_LABEL = 64
MAX_KEY = 256
MAX_KEYSTORE_BYTES = 16 * 1024
MAX_PASSWORD = 1024
ACCOUNT = "wallet/account.html"
NEW = "wallet/new.html"
IMPORT = "wallet/import.html"

Numbered = tuple[int, ShownAccount]
"""An account with its place in the wallet, from 1, as its page's address has it."""


@router.get("/settings/wallet/accounts/new")
async def new_account(
    request: Request, messenger: MessengerDependency, wallet: WalletDependency, renderer: RendererDependency
) -> Response:
    """GET: the form that adds an account of the words; 303 to the wallet where no words are known."""
    if not wallet.has_words:
        return RedirectResponse(ADDRESS, 303)
    page = NewAccountPage(_("Add an account"), **await shell(messenger))
    return renderer.respond(request, NEW, page)


@router.post("/settings/wallet/accounts")
async def add_account(
    request: Request,
    form: FormDependency,
    messenger: MessengerDependency,
    wallet: WalletDependency,
    renderer: RendererDependency,
) -> Response:
    """POST: fields `label`, `number` (empty for the next), `passphrase`. 303, or the page again."""
    label, number = _label(form), form.text("number").strip()
    problem: Problem | None
    try:
        index = _index(number)
    except AccountNumberError as error:
        problem = explain(error), 0
    else:
        problem = await with_passphrase(
            request, form, lambda passphrase: wallet.add_account(passphrase, label, index)
        )
    if problem is None:
        return changed("added")
    page = NewAccountPage(
        _("Add an account"),
        **await shell(messenger),
        label=label,
        number=number[:MAX_LABEL],
        problem=problem[0].text,
    )
    return refused(renderer.respond(request, NEW, page, status=problem[0].status), problem)


@router.get("/settings/wallet/import")
async def import_page(
    request: Request, messenger: MessengerDependency, _wallet: WalletDependency, renderer: RendererDependency
) -> Response:
    """GET: the forms that import a private key and a keystore."""
    page = ImportAccountPage(_("Import an account"), **await shell(messenger))
    return renderer.respond(request, IMPORT, page)


@router.post("/settings/wallet/import/key")
async def import_key(
    request: Request,
    form: FormDependency,
    messenger: MessengerDependency,
    wallet: WalletDependency,
    renderer: RendererDependency,
) -> Response:
    """POST: fields `key`, `label`, `passphrase`. 303, or the page again, without the key: 409, 422, 429, 503."""
    # One more than fits, so that what is too long is told and not cut off.
    key, label = form.text("key")[: MAX_KEY + 1], _label(form)
    problem = await with_passphrase(
        request, form, lambda passphrase: wallet.import_key(passphrase, key, label)
    )
    if problem is None:
        return changed("imported")
    tried = ImportForm(label, problem[0].text)
    page = ImportAccountPage(_("Import an account"), **await shell(messenger), key=tried)
    return refused(renderer.respond(request, IMPORT, page, status=problem[0].status), problem)


@router.post("/settings/wallet/import/keystore")
async def import_keystore(
    request: Request,
    form: FormDependency,
    messenger: MessengerDependency,
    wallet: WalletDependency,
    renderer: RendererDependency,
) -> Response:
    """POST: multipart fields `keystore`, `password`, `label`, `passphrase`. 303, or the page again."""
    file = await form.file("keystore", MAX_KEYSTORE_BYTES)
    password, label = form.text("password"), _label(form)
    problem: Problem | None
    if file is None:
        problem = explain(MissingKeystoreError()), 0
    elif len(file) > MAX_KEYSTORE_BYTES or len(password) > MAX_PASSWORD:
        problem = explain(InvalidKeystoreError("size")), 0
    else:
        problem = await with_passphrase(
            request,
            form,
            lambda passphrase: wallet.import_keystore(passphrase, file, password, label),
        )
    if problem is None:
        return changed("imported")
    tried = ImportForm(label, problem[0].text)
    page = ImportAccountPage(_("Import an account"), **await shell(messenger), keystore=tried)
    return refused(renderer.respond(request, IMPORT, page, status=problem[0].status), problem)


@router.get("/settings/wallet/accounts/{number}")
async def account_page(
    request: Request,
    number: str,
    messenger: MessengerDependency,
    wallet: WalletDependency,
    renderer: RendererDependency,
) -> Response:
    """GET: one account, with the forms that rename and remove it; 303 to the wallet before it was first opened."""
    if not wallet.accounts:
        return RedirectResponse(ADDRESS, 303)
    for each in enumerate(wallet.accounts, 1):
        if str(each[0]) == number:
            return renderer.respond(request, ACCOUNT, await _account_page(messenger, each))
    raise UnknownPageError


@router.post("/settings/wallet/rename")
async def rename_account(
    request: Request,
    form: FormDependency,
    messenger: MessengerDependency,
    wallet: WalletDependency,
    renderer: RendererDependency,
) -> Response:
    """POST: fields `address`, `label`, `passphrase`. 303, or the account's page again: 422, 429, 503."""
    (number, account), label = _account(wallet, form), _label(form)
    problem = await with_passphrase(
        request, form, lambda passphrase: wallet.rename_account(passphrase, account.address, label)
    )
    if problem is None:
        return changed("renamed")
    page = await _account_page(messenger, (number, account), label=label, rename_problem=problem[0].text)
    return refused(renderer.respond(request, ACCOUNT, page, status=problem[0].status), problem)


@router.post("/settings/wallet/remove")
async def remove_account(
    request: Request,
    form: FormDependency,
    messenger: MessengerDependency,
    wallet: WalletDependency,
    renderer: RendererDependency,
) -> Response:
    """POST: fields `address`, `ending` (of an imported one), `passphrase`. 303, or the page again."""
    number, account = _account(wallet, form)
    problem: Problem | None
    if account.imported and form.text("ending").strip().lower() != account.address[-ENDING:].lower():
        problem = explain(NotConfirmedError()), 0
    else:
        problem = await with_passphrase(
            request, form, lambda passphrase: wallet.remove_account(passphrase, account.address)
        )
    if problem is None:
        return changed("removed")
    page = await _account_page(messenger, (number, account), remove_problem=problem[0].text)
    return refused(renderer.respond(request, ACCOUNT, page, status=problem[0].status), problem)


def _label(form: FormDependency) -> str:
    return form.text("label")[: MAX_LABEL + 1]


def _index(number: str) -> int | None:
    if not number:
        return None
    # Digits of other scripts are digits too, and thousands of digits take long to become a number.
    if not number.isascii() or not number.isdigit() or len(number) > len(str(MAX_NUMBER)):
        raise AccountNumberError(MAX_NUMBER)
    if not 1 <= int(number) <= MAX_NUMBER:
        raise AccountNumberError(MAX_NUMBER)
    return int(number) - 1


def _account(wallet: InsideWallet, form: FormDependency) -> Numbered:
    address = form.text("address")
    for number, account in enumerate(wallet.accounts, 1):
        if account.address == address:
            return number, account
    raise UnknownAccountError(address)


async def _account_page(
    messenger: Messenger,
    numbered: Numbered,
    *,
    label: str | None = None,
    rename_problem: str | None = None,
    remove_problem: str | None = None,
) -> AccountPage:
    number, account = numbered
    return AccountPage(
        _("Account"),
        **await shell(messenger),
        account=account_view(account, number, messenger.account),
        label=account.label if label is None else label,
        rename_problem=rename_problem,
        remove_problem=remove_problem,
    )
