"""The accounts of the wallet inside on pages: added, imported, renamed, removed; what is refused stays unchanged."""

from __future__ import annotations

import json

import httpx
import pytest
from eth_account import Account

from harness.memory_messenger import MemoryMessenger
from harness.memory_wallet import (
    FIRST_ACCOUNT,
    FOURTH_ACCOUNT,
    IMPORTED_ACCOUNT,
    IMPORTED_KEY,
    SECOND_ACCOUNT,
    THIRD_ACCOUNT,
    WALLET_PASSPHRASE,
    MemoryVault,
    words_wallet,
)
from parley.messenger.vault import InsideWallet

PASSWORD = "the file's own"
OTHER_KEY = "47" * 32


@pytest.fixture
async def vault() -> MemoryVault:
    """Two accounts of the words and an imported one."""
    return await MemoryVault(words_wallet(imported=True)).put()


@pytest.fixture
async def wallet(alice: MemoryMessenger, vault: MemoryVault) -> InsideWallet:
    """Alice's wallet inside, open."""
    alice.account = FIRST_ACCOUNT
    alice.wallet = vault.wallet()
    await alice.wallet.unlock(WALLET_PASSPHRASE)
    return alice.wallet


def keystore() -> bytes:
    """A file of another key that opens at once."""
    made = Account.encrypt("0x" + OTHER_KEY, PASSWORD, kdf="pbkdf2", iterations=2)  # type: ignore[arg-type]
    return json.dumps(made).encode()


async def post(client: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """Send a form of the wallet with the right passphrase."""
    return await client.post(f"/settings/wallet/{path}", data={"passphrase": WALLET_PASSPHRASE, **fields})


async def labels(vault: MemoryVault) -> list[str]:
    """The names of the accounts that are stored."""
    return [each.label for each in (await vault.stored()).accounts]


async def test_accounts_are_added(
    client: httpx.AsyncClient, vault: MemoryVault, wallet: InsideWallet
) -> None:
    """The next one, or the one of a number."""
    assert (await client.get("/settings/wallet/accounts/new")).status_code == 200
    next_one = await post(client, "accounts", label=" Third ", number="")
    assert (next_one.status_code, next_one.headers["location"]) == (303, "/settings/wallet?done=added")
    assert (await post(client, "accounts", label="Fourth", number=" 4 ")).status_code == 303

    assert await labels(vault) == ["Main", "Savings", "Old", "Third", "Fourth"]
    assert [each.address for each in wallet.accounts][3:] == [THIRD_ACCOUNT, FOURTH_ACCOUNT]


@pytest.mark.parametrize(
    ("label", "number", "status", "words"),
    [
        ("Again", "2", 409, "in the wallet already"),
        (" ", "", 422, "A name of an account has 1 to 64"),
        ("x" * 65, "", 422, "A name of an account has 1 to 64"),
        ("a\u202eb", "", 422, "each can be seen"),
        *(
            ("x", number, 422, "from 1 to 10000")
            for number in ("0", "10001", "-1", "1.5", "x", "²", "٣", "9" * 5000)
        ),
    ],
)
async def test_an_account_that_cannot_be_added_is_explained(
    client: httpx.AsyncClient,
    vault: MemoryVault,
    wallet: InsideWallet,
    label: str,
    number: str,
    status: int,
    words: str,
) -> None:
    """The form again, with what was typed but the passphrase."""
    answer = await post(client, "accounts", label=label, number=number)

    assert answer.status_code == status
    assert words in answer.text
    assert f'value="{number[:64]}"' in answer.text
    assert WALLET_PASSPHRASE not in answer.text
    assert await labels(vault) == ["Main", "Savings", "Old"]


async def test_a_key_and_a_keystore_are_imported(
    client: httpx.AsyncClient, vault: MemoryVault, wallet: InsideWallet
) -> None:
    """Each under a name."""
    assert (await client.get("/settings/wallet/import")).status_code == 200
    await wallet.remove_account(WALLET_PASSPHRASE, IMPORTED_ACCOUNT)
    by_key = await post(client, "import/key", key=f" 0x{IMPORTED_KEY} ", label="Paper")
    by_file = await client.post(
        "/settings/wallet/import/keystore",
        data={"password": PASSWORD, "label": "File", "passphrase": WALLET_PASSPHRASE},
        files={"keystore": ("UTC--x.json", keystore())},
    )

    for answer in (by_key, by_file):
        assert (answer.status_code, answer.headers["location"]) == (303, "/settings/wallet?done=imported")
    assert await labels(vault) == ["Main", "Savings", "Paper", "File"]


@pytest.mark.parametrize(
    ("key", "status", "words"),
    [
        (IMPORTED_KEY, 409, "in the wallet already"),
        ("46" * 31, 422, "no private key"),
        ("0" * 64, 422, "no private key"),
        ("x" * 5000, 422, "no private key"),
    ],
)
async def test_a_key_that_cannot_be_imported_is_explained(
    client: httpx.AsyncClient, wallet: InsideWallet, key: str, status: int, words: str
) -> None:
    """The name stays in the form; the key is never sent back."""
    answer = await post(client, "import/key", key=key, label="Paper")

    assert answer.status_code == status
    assert words in answer.text
    assert answer.text.count('value="Paper"') == 1
    assert key[:62] not in answer.text


@pytest.mark.parametrize(
    ("file", "password", "words"),
    [
        (None, PASSWORD, "Choose the keystore file."),
        (b"{", PASSWORD, "no keystore that Parley can read"),
        (b"x" * (16 * 1024 + 1), PASSWORD, "no keystore that Parley can read"),
        (keystore(), "wrong", "The password does not open this keystore."),
        (keystore(), "x" * 1025, "no keystore that Parley can read"),
    ],
)
async def test_a_keystore_that_cannot_be_imported_is_explained(
    client: httpx.AsyncClient,
    vault: MemoryVault,
    wallet: InsideWallet,
    file: bytes | None,
    password: str,
    words: str,
) -> None:
    """Beside its own form; its password is no guess at the passphrase, so the next try need not wait."""
    answer = await client.post(
        "/settings/wallet/import/keystore",
        data={"password": password, "label": "File", "passphrase": WALLET_PASSPHRASE},
        files={"keystore": ("UTC--x.json", file)} if file else {"other": ("x", b"x")},
    )

    assert answer.status_code == 422
    assert words in answer.text
    assert "retry-after" not in answer.headers
    assert await labels(vault) == ["Main", "Savings", "Old"]
    assert (await post(client, "words")).status_code == 200


async def test_an_account_is_renamed(
    client: httpx.AsyncClient, vault: MemoryVault, wallet: InsideWallet
) -> None:
    """Its page is known by its place; a name that is none is told beside the field."""
    page = await client.get("/settings/wallet/accounts/2")
    assert SECOND_ACCOUNT in page.text
    assert 'value="Savings"' in page.text
    refused = await post(client, "rename", address=SECOND_ACCOUNT, label="x" * 65)
    assert refused.status_code == 422
    assert "A name of an account has 1 to 64" in refused.text
    assert SECOND_ACCOUNT in refused.text
    renamed = await post(client, "rename", address=SECOND_ACCOUNT, label="Spending")

    assert (renamed.status_code, renamed.headers["location"]) == (303, "/settings/wallet?done=renamed")
    assert await labels(vault) == ["Main", "Spending", "Old"]


async def test_an_account_of_the_words_is_removed_with_the_passphrase(
    client: httpx.AsyncClient, vault: MemoryVault, wallet: InsideWallet
) -> None:
    """And can be added again by its number."""
    page = (await client.get("/settings/wallet/accounts/2")).text
    assert "Your words still give it" in page
    assert 'name="ending"' not in page
    removed = await post(client, "remove", address=SECOND_ACCOUNT)
    assert (removed.status_code, removed.headers["location"]) == (303, "/settings/wallet?done=removed")
    assert await labels(vault) == ["Main", "Old"]
    await post(client, "accounts", label="Back", number="2")

    assert wallet.accounts[-1].address == SECOND_ACCOUNT


async def test_an_imported_key_is_destroyed_only_when_confirmed(
    client: httpx.AsyncClient, vault: MemoryVault, wallet: InsideWallet
) -> None:
    """By the end of its own address, typed."""
    page = (await client.get("/settings/wallet/accounts/3")).text
    assert "This destroys the key in here." in page
    for ending in ("", SECOND_ACCOUNT[-4:], "remove"):
        refused = await post(client, "remove", address=IMPORTED_ACCOUNT, ending=ending)
        assert refused.status_code == 422
        assert "Type the end of the address" in refused.text
    assert await labels(vault) == ["Main", "Savings", "Old"]
    assert (await post(client, "remove", address=IMPORTED_ACCOUNT, ending=" 4a4F ")).status_code == 422
    confirmed = await post(client, "remove", address=IMPORTED_ACCOUNT, ending=IMPORTED_ACCOUNT[-4:].upper())

    assert confirmed.status_code == 303
    assert await labels(vault) == ["Main", "Savings"]


async def test_the_own_account_is_not_removed(
    client: httpx.AsyncClient, vault: MemoryVault, wallet: InsideWallet
) -> None:
    """Its page offers it not, and a form made by hand is refused."""
    page = (await client.get("/settings/wallet/accounts/1")).text
    assert "so it stays" in page
    assert 'action="/settings/wallet/remove"' not in page
    refused = await post(client, "remove", address=FIRST_ACCOUNT)

    assert refused.status_code == 409
    assert await labels(vault) == ["Main", "Savings", "Old"]


@pytest.mark.parametrize("path", ["rename", "remove"])
@pytest.mark.parametrize("address", [THIRD_ACCOUNT, "", "x" * 5000, SECOND_ACCOUNT.lower()])
async def test_a_page_from_before_a_change_means_no_other_account(
    client: httpx.AsyncClient, vault: MemoryVault, wallet: InsideWallet, path: str, address: str
) -> None:
    """The form names the address; one that is not there is told, whatever place it had."""
    answer = await post(client, path, address=address, label="x", ending="")

    assert answer.status_code == 404
    assert "There is no such account in the wallet." in answer.text
    assert await labels(vault) == ["Main", "Savings", "Old"]


async def test_an_account_that_went_meanwhile_is_told(
    client: httpx.AsyncClient, vault: MemoryVault, wallet: InsideWallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Removed in another tab while this one's passphrase was checked."""
    asked = vault.passphrases.__call__

    async def slow(passphrase: str) -> bytes:
        monkeypatch.undo()
        await wallet.remove_account(WALLET_PASSPHRASE, SECOND_ACCOUNT)
        return await asked(passphrase)

    monkeypatch.setattr(wallet, "_vault_key", slow)
    answer = await post(client, "rename", address=SECOND_ACCOUNT, label="x")

    assert answer.status_code == 404
    assert "There is no such account in the wallet." in answer.text


@pytest.mark.parametrize("number", ["0", "4", "-1", "01", "x", "²", "9" * 5000])
async def test_a_place_that_is_none_is_not_found(
    client: httpx.AsyncClient, wallet: InsideWallet, number: str
) -> None:
    """An address made by hand is answered like any unknown page."""
    assert (await client.get(f"/settings/wallet/accounts/{number}")).status_code == 404


async def test_before_it_was_first_opened_pages_lead_to_the_wallet(
    client: httpx.AsyncClient, alice: MemoryMessenger, vault: MemoryVault
) -> None:
    """Nothing is known of its accounts then."""
    alice.wallet = vault.wallet()
    for path in ("accounts/new", "accounts/1"):
        answer = await client.get(f"/settings/wallet/{path}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/settings/wallet")


async def test_names_are_shown_and_not_run(client: httpx.AsyncClient, wallet: InsideWallet) -> None:
    """A name that looks like markup is text."""
    await post(client, "rename", address=SECOND_ACCOUNT, label='"><b>x</b>')
    for path in ("", "/accounts/2"):
        page = (await client.get(f"/settings/wallet{path}")).text
        assert "<b>x" not in page
        assert "&lt;b&gt;x" in page
