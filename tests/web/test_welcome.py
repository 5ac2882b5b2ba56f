"""The first run: a passphrase, then an account from a wallet outside, from fresh words or from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from eth_account import Account

from harness.memory_keeper import MemoryKeeper
from harness.memory_messenger import MemoryMessenger
from harness.memory_setup import MemorySetUp
from harness.page_client import PORT, page_client
from parley.messenger.errors import NodesUnreachableError, WrongNodeChainError
from parley.web.app import create_app

PASSPHRASE = "correct horse battery"
FORM = {"passphrase": PASSPHRASE, "again": PASSPHRASE, "device_name": "Alice's laptop"}
WORDS = "abandon " * 11 + "about"
FIRST_ACCOUNT = "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"
ALICE = Account.from_key(b"\x07" * 32)
FACTS = {"address": str(ALICE.address), "chain": "0x1"}


@pytest.fixture
def keeper() -> MemoryKeeper:
    """A folder without a profile."""
    return MemoryKeeper()


@pytest.fixture
async def client(keeper: MemoryKeeper) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at it; a broken disk is an error that there is a sentence for."""
    app = create_app(
        keeper, port=PORT, sentence_of=lambda e: "Check the disk." if isinstance(e, OSError) else None
    )
    async with page_client(app) as client:
        yield client


@pytest.fixture
async def set_up(client: httpx.AsyncClient, keeper: MemoryKeeper) -> MemorySetUp:
    """A passphrase was chosen."""
    begun = await client.post("/welcome", data=FORM)
    assert (begun.status_code, begun.headers["location"]) == (303, "/welcome/wallet")
    assert keeper.set_up is not None
    return keeper.set_up


async def _sign(
    client: httpx.AsyncClient, endpoint: str = "", signature: bytes | None = None
) -> httpx.Response:
    """Ask what is to be signed, and send the signature."""
    answer = (await client.post("/welcome/wallet/request", data=FACTS)).json()
    ((method, params),) = [(each["method"], each["params"]) for each in answer["requests"]]
    assert (method, params[0]) == ("eth_signTypedData_v4", FACTS["address"])
    signed = ALICE.sign_typed_data(full_message=json.loads(params[1])).signature
    form = {
        "id": answer["id"],
        "signature_1": "0x" + (signature or bytes(signed)).hex(),
        "endpoint": endpoint,
    }
    return await client.post("/welcome/wallet", data=form)


async def test_without_a_profile_every_page_leads_to_the_first(client: httpx.AsyncClient) -> None:
    """By way of the page that would unlock one; it warns of what cannot be undone."""
    assert (await client.get("/")).headers["location"] == "/unlock"
    assert (await client.get("/unlock")).headers["location"] == "/welcome"
    page = await client.get("/welcome")

    assert "Nobody can recover it." in page.text


@pytest.mark.parametrize(
    ("changed", "words", "field"),
    [
        ({"passphrase": "short", "again": "short"}, "at least 8 characters", "passphrase"),
        ({"passphrase": "x" * 1025, "again": "x" * 1025}, "at least 8 characters", "passphrase"),
        ({"again": PASSPHRASE + " "}, "differ", "again"),
        ({"passphrase": "tab\tinside it", "again": "tab\tinside it"}, "cannot be typed", "passphrase"),
        ({"device_name": "  "}, "name of at most 64", "device_name"),
        ({"device_name": "x" * 65}, "name of at most 64", "device_name"),
    ],
)
async def test_a_beginning_that_cannot_be_is_explained(
    client: httpx.AsyncClient, keeper: MemoryKeeper, changed: dict[str, str], words: str, field: str
) -> None:
    """The form again, without the passphrase in it, and the focus where it is wrong; nothing is begun."""
    answer = await client.post("/welcome", data={**FORM, **changed})

    assert answer.status_code == 422
    assert words in answer.text
    assert PASSPHRASE not in answer.text
    wrong = re.findall(r'<input id="(\w+)"(?=[^>]*aria-invalid="true")(?=[^>]*autofocus)', answer.text)
    assert wrong == [field]
    assert answer.text.count("autofocus") == 1
    assert keeper.set_up is None


async def test_what_else_is_wrong_is_told(client: httpx.AsyncClient, keeper: MemoryKeeper) -> None:
    """In the sentence that there is for it."""
    keeper.fails_with = OSError()
    answer = await client.post("/welcome", data=FORM)

    assert (answer.status_code, "Check the disk." in answer.text) == (503, True)


async def test_what_was_begun_can_be_left_and_come_back_to(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """The first page leads on and knows the device's name; it can also be forgotten."""
    page = (await client.get("/welcome")).text
    assert 'href="/welcome/wallet"' in page
    assert "Alice&#39;s laptop" in page
    assert PASSPHRASE not in page
    assert (await client.post("/welcome/abandon")).headers["location"] == "/welcome"

    assert keeper.set_up is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/welcome/wallet"),
        ("POST", "/welcome/wallet"),
        ("POST", "/welcome/wallet/request"),
        ("GET", "/welcome/words"),
        ("POST", "/welcome/words"),
        ("GET", "/welcome/words/check"),
        ("POST", "/welcome/words/check"),
        ("POST", "/welcome/words/later"),
        ("GET", "/welcome/import"),
        ("POST", "/welcome/import/words"),
        ("POST", "/welcome/import/key"),
        ("POST", "/welcome/import/keystore"),
        ("GET", "/welcome/import/account"),
        ("POST", "/welcome/import/account"),
    ],
)
async def test_what_was_forgotten_begins_anew(client: httpx.AsyncClient, method: str, path: str) -> None:
    """Every later page leads to the first, which says so."""
    answer = await client.request(method, path, data={"x": "y"} if method == "POST" else None)

    assert (answer.status_code, answer.headers["location"]) == (303, "/welcome?anew=1")
    assert "forgotten after half an hour" in (await client.get("/welcome?anew=1")).text


async def test_a_profile_is_never_made_over_another(client: httpx.AsyncClient, keeper: MemoryKeeper) -> None:
    """Neither locked nor open."""
    await client.post("/welcome", data=FORM)
    await client.post("/welcome/words", data={"count": "12"})
    await client.post("/welcome/words/later")
    other = {**FORM, "passphrase": "another one", "again": "another one"}
    for location in ("/", "/unlock"):
        assert (await client.get("/welcome")).headers["location"] == location
        assert (await client.post("/welcome", data=other)).status_code == (303 if location == "/" else 409)
        await client.post("/lock")

    assert keeper.passphrase == PASSPHRASE


async def test_one_signature_of_a_wallet_makes_the_profile(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """It is open then, and its account is the wallet's."""
    made = await _sign(client)

    assert (made.status_code, made.headers["location"]) == (303, "/")
    assert keeper.messenger is not None
    assert (keeper.messenger.account, keeper.device_name) == (FACTS["address"], "Alice's laptop")
    assert (await client.get("/")).status_code == 200


async def test_a_signature_serves_once(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """Also one that failed; another begins anew."""
    set_up.fails_with = OSError()
    answer = (await client.post("/welcome/wallet/request", data=FACTS)).json()
    signed = ALICE.sign_typed_data(full_message=json.loads(answer["requests"][0]["params"][1])).signature
    form = {"id": answer["id"], "signature_1": "0x" + bytes(signed).hex(), "endpoint": ""}
    assert (await client.post("/welcome/wallet", data=form)).status_code == 503
    again = await client.post("/welcome/wallet", data=form)

    assert again.status_code == 409
    assert "expired or was used" in again.text
    assert keeper.messenger is None
    assert (await _sign(client)).status_code == 303


async def test_a_smart_account_needs_a_node(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """Which is asked for, with its network; what was typed of it stays."""
    without = await _sign(client, signature=b"c" * 100)
    assert without.status_code == 422
    assert "only an Ethereum node can check it" in without.text
    assert "Ethereum Mainnet" in without.text
    assert re.search(r'<input id="endpoint"[^>]*aria-invalid="true"', without.text)
    unusable = await _sign(client, "ftp://node", b"c" * 100)
    assert (unusable.status_code, 'value="ftp://node"' in unusable.text) == (422, True)
    assert (await _sign(client, "https://" + "x" * 2048, b"c" * 100)).status_code == 422
    assert keeper.messenger is None

    assert (await _sign(client, " https://node.example ", b"c" * 100)).status_code == 303
    assert set_up.endpoint == "https://node.example"


async def test_a_node_is_named_without_signing_again(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """The page keeps what was signed, in the form that the node's field belongs to; nothing else keeps it."""
    page = (await _sign(client, "ftp://node", b"c" * 100)).text
    form = re.search(r'<form id="wallet-form".*?</form>', page, re.DOTALL)
    assert form is not None
    kept = dict(re.findall(r'name="(\w+)" value="(\w+)"', form.group()))
    assert kept["signature_1"] == "0x" + "63" * 100
    assert '<button class="button primary wide" type="submit" form="wallet-form"' in page
    answer = await client.post("/welcome/wallet", data={**kept, "endpoint": "https://node.example"})

    assert (answer.status_code, set_up.endpoint) == (303, "https://node.example")
    assert keeper.messenger is not None


async def test_what_no_node_could_check_is_not_kept(client: httpx.AsyncClient, set_up: MemorySetUp) -> None:
    """Neither another account's signature nor what is none."""
    wrong = await _sign(client, signature=b"\x01" * 64 + b"\x1b")
    none = await client.post("/welcome/wallet", data={"id": "x", "signature_1": "<b>", "endpoint": "ftp://"})

    for each in (wrong, none):
        assert each.status_code == 422
        assert 'name="signature_1"' not in each.text


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (NodesUnreachableError(31337), 503, "No Ethereum node of Local development chain answered"),
        (WrongNodeChainError(1, 11155111), 422, "on Sepolia, not on Ethereum Mainnet"),
    ],
)
async def test_a_node_that_does_not_help_is_told(
    client: httpx.AsyncClient, set_up: MemorySetUp, error: Exception, status: int, words: str
) -> None:
    """With the names of the networks."""
    set_up.fails_with = error
    answer = await _sign(client, "https://node.example")

    assert (answer.status_code, words in answer.text) == (status, True)


async def test_a_wallet_that_signs_as_another_is_told(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """So is what is no signature."""
    assert "not of the account" in (await _sign(client, signature=b"\x01" * 64 + b"\x1b")).text
    form = {"id": "x", "signature_1": "signed", "endpoint": ""}
    answer = await client.post("/welcome/wallet", data=form)

    assert (answer.status_code, "no signature" in answer.text) == (422, True)
    assert keeper.messenger is None


async def test_words_are_made_shown_and_asked_for(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """Twelve or others; the wrong ones are marked, and what was typed stays; then the profile is open."""
    assert (await client.get("/welcome/words/check")).headers["location"] == "/welcome/words"
    assert 'name="count"' in (await client.get("/welcome/words")).text
    await client.post("/welcome/words", data={"count": "12"})
    first = set_up.words
    await client.post("/welcome/words", data={"count": "24"})
    assert set_up.words is not None
    assert first != set_up.words
    page = (await client.get("/welcome/words")).text
    assert re.findall(r'<span class="word">(\w+)</span>', page) == list(set_up.words)
    asked = set_up.asked
    answers = {f"word_{position}": set_up.words[position - 1].upper() for position in asked}
    wrong = await client.post("/welcome/words/check", data={**answers, f"word_{asked[1]}": "zzz"})
    assert wrong.status_code == 422
    assert "One word is not the one you were shown." in wrong.text
    assert re.findall(r'id="word_(\d+)"[^>]*aria-invalid', wrong.text) == [str(asked[1])]
    assert 'value="zzz"' in wrong.text

    assert (await client.post("/welcome/words/check", data=answers)).headers["location"] == "/"
    assert (set_up.words_checked, keeper.messenger is None) == (True, False)


async def test_words_may_be_checked_later(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """But not before there are any; any other number of them is refused."""
    assert (await client.post("/welcome/words/later")).headers["location"] == "/welcome/words"
    assert (await client.post("/welcome/words/check", data={})).headers["location"] == "/welcome/words"
    assert (await client.post("/welcome/words", data={"count": "13"})).status_code == 422
    await client.post("/welcome/words", data={"count": "12"})

    assert (await client.post("/welcome/words/later")).headers["location"] == "/"
    assert (set_up.words_checked, keeper.messenger is None) == (False, False)


async def test_words_from_elsewhere_offer_their_accounts(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """Five; only one of them can be chosen."""
    assert (await client.get("/welcome/import/account")).headers["location"] == "/welcome/import"
    none = await client.post("/welcome/import/account", data={"address": FIRST_ACCOUNT})
    assert none.headers["location"] == "/welcome/import"
    read = await client.post("/welcome/import/words", data={"words": WORDS.upper()})
    assert read.headers["location"] == "/welcome/import/account"
    page = (await client.get("/welcome/import/account")).text
    offered = re.findall(r'value="(0x\w{40})"', page)
    assert (len(offered), offered[0]) == (5, FIRST_ACCOUNT)
    assert (
        await client.post("/welcome/import/account", data={"address": "0x" + "a" * 40})
    ).status_code == 422

    assert (await client.post("/welcome/import/account", data={"address": offered[3]})).headers[
        "location"
    ] == "/"
    assert keeper.messenger is not None
    assert keeper.messenger.account == offered[3]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("abandon", "This is 1 word."),
        ("abandon " * 10 + "abandn abandon", "Number 11 may be: abandon"),
        ("abandon " * 12, "together they are not valid"),
        ("<b>" + "x" * 2000, "Recovery words are 12"),
    ],
)
async def test_words_that_are_none_stay_to_be_corrected(
    client: httpx.AsyncClient, set_up: MemorySetUp, typed: str, words: str
) -> None:
    """One wrong letter must not cost twenty-four words."""
    answer = await client.post("/welcome/import/words", data={"words": typed})

    assert answer.status_code == 422
    assert words in answer.text
    assert "<b>" not in answer.text
    shown = re.search(r"<textarea[^>]*>([^<]*)</textarea>", answer.text)
    assert shown is not None
    assert shown.group(1) == typed[:1025].replace("<b>", "&lt;b&gt;")


async def test_a_key_is_read_and_never_shown_again(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """Neither a right one nor a wrong one."""
    key = "0x" + "07" * 32
    for wrong in (key + "0", "x" * 300, ""):
        answer = await client.post("/welcome/import/key", data={"key": wrong})
        assert answer.status_code == 422
        assert "This is no private key." in answer.text
        assert not wrong or wrong not in answer.text
    await client.post("/welcome/import/key", data={"key": key})
    page = (await client.get("/welcome/import/account")).text

    assert FACTS["address"] in page
    assert key[2:] not in page
    assert (
        await client.post("/welcome/import/account", data={"address": FACTS["address"]})
    ).status_code == 303


async def test_a_keystore_is_read(client: httpx.AsyncClient, set_up: MemorySetUp) -> None:
    """With its password; what is none, and what is too large, is told."""
    encoded = json.dumps(
        Account.encrypt(b"\x07" * 32, "secret words", kdf="pbkdf2", iterations=1000)
    ).encode()
    for file, password, words in (
        (encoded, "wrong", "The password does not open this keystore."),
        (b"{}", "secret words", "This file is no keystore"),
        (encoded + b" " * 16384, "secret words", "This file is no keystore"),
        (b"", "secret words", "This file is no keystore"),
        (encoded, "x" * 1025, "This file is no keystore"),
    ):
        answer = await client.post(
            "/welcome/import/keystore", data={"password": password}, files={"keystore": ("key.json", file)}
        )
        assert (answer.status_code, words in answer.text) == (422, True)
        assert "secret words" not in answer.text
    missing = await client.post("/welcome/import/keystore", data={"password": "x"})
    assert missing.status_code == 422
    read = await client.post(
        "/welcome/import/keystore",
        data={"password": "secret words"},
        files={"keystore": ("key.json", encoded)},
    )

    assert read.headers["location"] == "/welcome/import/account"
    assert set_up.choices == (FACTS["address"],)


async def test_a_profile_that_was_made_and_does_not_open_is_to_be_unlocked(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """The reason is told on the page that unlocks."""
    await client.post("/welcome/words", data={"count": "12"})
    keeper.fails_with = OSError()
    answer = await client.post("/welcome/words/later")

    assert answer.status_code == 503
    assert "Check the disk." in answer.text
    assert "Locked: not receiving" in answer.text
    assert keeper.passphrase == PASSPHRASE


async def test_what_fails_without_making_one_is_told_where_it_was_asked(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """And what was begun is still there."""
    await client.post("/welcome/words", data={"count": "12"})
    set_up.fails_with = OSError()
    answer = await client.post("/welcome/words/later")

    assert (answer.status_code, "Check the disk." in answer.text) == (503, True)
    assert "Check what you wrote" in answer.text
    assert (await client.post("/welcome/words/later")).status_code == 303


async def test_an_open_profile_has_no_first_run(alice: MemoryMessenger) -> None:
    """Whoever opened it."""
    async with page_client(create_app(alice, port=PORT)) as client:
        assert (await client.get("/welcome")).headers["location"] == "/"
        assert (await client.get("/welcome/wallet")).headers["location"] == "/welcome?anew=1"


async def test_only_pages_that_a_wallet_signs_on_load_its_script(
    client: httpx.AsyncClient, set_up: MemorySetUp
) -> None:
    """None of the others even knows of it."""
    await client.post("/welcome/words", data={"count": "12"})
    await client.post("/welcome/import/words", data={"words": WORDS})
    pages = {
        path: (await client.get(path)).text for path in ("/welcome", "/welcome/wallet", "/welcome/words")
    }
    pages |= {
        path: (await client.get(path)).text
        for path in ("/welcome/words/check", "/welcome/import", "/welcome/import/account")
    }
    await client.post("/welcome/words/later")
    pages |= {path: (await client.get(path)).text for path in ("/", "/contacts/new", "/settings/unlocking")}

    assert all("<h1" in page for path, page in pages.items() if path != "/")
    assert [path for path, page in pages.items() if "wallet.js" in page] == [
        "/welcome/wallet",
        "/settings/unlocking",
    ]
