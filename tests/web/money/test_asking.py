"""Asking for a payment or for a call of a contract, and calling one oneself."""

from __future__ import annotations

import re

import httpx
import pytest

from harness.memory_messenger import MemoryMessenger
from harness.memory_money import DEMO_CHAIN, SEPOLIA, TEST_DOLLAR, MemoryMoney
from harness.memory_wallet import WALLET_PASSPHRASE, MemoryVault
from harness.sample_money import CONTRACT, ETHER, STRANGER, vote
from parley.messenger.errors import NodesUnreachableError
from parley.messenger.money.model import AccountKind
from web.money.reading import sheet, told, value, words

DOLLAR = f"{DEMO_CHAIN}-{TEST_DOLLAR}"
DAY = "86400"
TOKEN = "a-form-token-of-tests"
CALL = {
    "network": str(DEMO_CHAIN),
    "to": CONTRACT,
    "function": "vote(uint256)",
    "arguments": "2",
    "value": "",
}


def _payment(**other: str) -> dict[str, str]:
    form = {"asset": DOLLAR, "amount": "25", "note": " Lunch ", "expires": DAY, "form_token": TOKEN}
    return form | other


def _call(**other: str) -> dict[str, str]:
    return {**CALL, "note": "", "expires": DAY, "form_token": TOKEN, **other}


async def test_a_payment_is_asked_for(
    client: httpx.AsyncClient, money: MemoryMoney, bob: str, own: str
) -> None:
    """To the own account, whole and named on the form; it leads back to the conversation with its card."""
    page = words(sheet((await client.get(f"/conversations/{bob}/ask")).text))
    assert "You ask Bob" in page
    answer = await client.post(f"/conversations/{bob}/ask", data=_payment())
    ((row),) = money.requests.values()

    assert (answer.status_code, answer.headers["location"]) == (303, f"/conversations/{bob}#latest")
    assert row.own
    (call,) = money.card(row).calls
    assert (call.amount, call.recipient, row.request.note) == (25_000_000, own, "Lunch")
    assert row.request.expires_at_ms - row.request.created_at_ms == int(DAY) * 1000
    assert "You ask Bob to pay" in words((await client.get(f"/conversations/{bob}")).text).replace("⁨", "")


async def test_a_form_asks_once(client: httpx.AsyncClient, money: MemoryMoney, bob: str) -> None:
    """However often it is sent; each form that is opened has another token."""
    tokens = [value((await client.get(f"/conversations/{bob}/ask")).text, "form_token") for _ in range(2)]
    for _ in range(2):
        answer = await client.post(f"/conversations/{bob}/ask", data=_payment(form_token=tokens[0]))
        assert answer.status_code == 303

    assert len(money.requests) == 1
    assert tokens[0] != tokens[1]


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ({"amount": ""}, "This is no amount."),
        ({"amount": "0.00"}, "This is no amount."),
        ({"amount": "0.0000001"}, "at most 6 digits after the point"),
        ({"asset": "31337-0x12"}, "The form was not complete."),
        ({"expires": "1"}, "The form was not complete."),
        ({"expires": "never"}, "The form was not complete."),
        ({"note": "x" * 281}, "The form was not complete."),
        ({"form_token": ""}, "The form was not complete."),
        ({"form_token": "x" * 100}, "The form was not complete."),
    ],
)
async def test_what_is_wrong_is_told_and_what_was_typed_stays(
    client: httpx.AsyncClient, money: MemoryMoney, bob: str, typed: dict[str, str], text: str
) -> None:
    """With a token of its own, so that it can be sent again."""
    form = _payment(**typed)
    answer = await client.post(f"/conversations/{bob}/ask", data=form)

    assert answer.status_code == 422
    assert text in told(answer.text)
    assert value(answer.text, "amount") == form["amount"]
    assert value(answer.text, "note") == form["note"]
    assert value(answer.text, "form_token") != TOKEN
    assert money.requests == {}


async def test_a_call_is_asked_for(client: httpx.AsyncClient, money: MemoryMoney, bob: str) -> None:
    """As its function and arguments are typed."""
    answer = await client.post(f"/conversations/{bob}/call", data=_call(value="0.5"))
    ((row),) = money.requests.values()

    assert answer.status_code == 303
    (call,) = row.request.calls
    assert (call.to, call.data, call.value) == (CONTRACT, vote(2).data, ETHER // 2)


@pytest.mark.parametrize("path", ["/conversations/{bob}/call", "/money/call"])
@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ({"to": ""}, "This is no address"),
        ({"to": "bob.eth"}, "This is no address"),
        ({"to": "0x" + "a" * 41}, "This is no address"),
        ({"function": ""}, "This is no function."),
        ({"function": "vote(uint257)"}, "This is no function."),
        ({"function": "f" * 257}, "The form was not complete."),
        ({"arguments": ""}, "another number of arguments"),
        ({"arguments": "1\n2"}, "another number of arguments"),
        ({"arguments": "-1"}, "Argument 1 is no uint256."),
        ({"arguments": "x" * 4097}, "The form was not complete."),
        ({"value": "much"}, "This is no amount."),
        ({"value": "0.0000000000000000001"}, "at most 18 digits after the point"),
        ({"network": "1"}, "The form was not complete."),
        ({"network": ""}, "The form was not complete."),
    ],
)
async def test_a_call_that_cannot_be_made(
    client: httpx.AsyncClient,
    money: MemoryMoney,
    bob: str,
    own: str,
    path: str,
    typed: dict[str, str],
    text: str,
) -> None:
    """Is told on both forms, with everything as it was typed."""
    form = _call(account=own, **typed)
    answer = await client.post(path.format(bob=bob), data=form)

    assert answer.status_code == 422
    assert text in told(answer.text)
    assert value(answer.text, "function") == form["function"][:4096]
    assert f'spellcheck="false">\n{form["arguments"][:4096]}</textarea>' in answer.text
    assert money.requests == {}


async def test_calling_a_contract_is_shown_before_it_is_signed(
    client: httpx.AsyncClient, money: MemoryMoney, own: str
) -> None:
    """By any account that can pay."""
    answer = await client.post("/money/call", data={**CALL, "account": own})

    assert answer.status_code == 303
    shown = words(sheet((await client.get(answer.headers["location"])).text))
    assert "Call vote(uint256)" in shown
    assert money.made == {}
    refused = await client.post("/money/call", data={**CALL, "account": STRANGER})
    assert refused.status_code == 422
    assert "its key is not here" in told(refused.text)


async def test_the_wallet_signs_where_that_is_chosen(
    client: httpx.AsyncClient, money: MemoryMoney, bob: str
) -> None:
    """And not where it is not."""
    for form, by_wallet in ((_payment(), False), (_payment(by_wallet="yes", form_token="b" * 20), True)):
        await client.post(f"/conversations/{bob}/ask", data=form)
        assert list(money.wallet_signed.values())[-1] is by_wallet
    page = words((await client.get(f"/conversations/{bob}")).text)
    assert page.count("Signed by your wallet") == page.count("Signed by your device") == 1


async def test_an_account_without_a_wallet_signs_nothing(
    client: httpx.AsyncClient, money: MemoryMoney, bob: str
) -> None:
    """It is not offered, and whoever asks for it all the same asks without."""
    money.kind = AccountKind.WATCHED
    assert 'name="by_wallet"' not in (await client.get(f"/conversations/{bob}/ask")).text
    await client.post(f"/conversations/{bob}/ask", data=_payment(by_wallet="yes"))
    assert list(money.wallet_signed.values()) == [False]


async def test_a_locked_wallet_is_unlocked_first(
    client: httpx.AsyncClient, alice: MemoryMessenger, money: MemoryMoney, locked: MemoryVault, bob: str
) -> None:
    """By the passphrase, which is tried once everything else is right; without the choice none is needed."""
    form = _payment(by_wallet="yes", passphrase=WALLET_PASSPHRASE)
    assert 'name="passphrase"' in (await client.get(f"/conversations/{bob}/ask")).text
    wrong = await client.post(f"/conversations/{bob}/ask", data=form | {"amount": ""})
    assert (wrong.status_code, locked.passphrases.tries) == (422, 0)
    none = await client.post(f"/conversations/{bob}/ask", data=form | {"passphrase": ""})
    assert (none.status_code, told(none.text)) == (422, "Type the passphrase of this profile.")
    assert 'name="by_wallet" value="yes" checked' in none.text
    assert money.requests == {}
    await client.post(f"/conversations/{bob}/ask", data=_payment(form_token="c" * 20))
    assert alice.wallet is not None
    assert alice.wallet.locked
    right = await client.post(f"/conversations/{bob}/ask", data=form)
    assert right.status_code == 303
    assert not alice.wallet.locked
    assert list(money.wallet_signed.values()) == [False, True]


async def test_a_wrong_passphrase_asks_for_nothing(
    client: httpx.AsyncClient, money: MemoryMoney, locked: MemoryVault, bob: str
) -> None:
    """It never comes back in the page, and the next one waits."""
    answer = await client.post(
        f"/conversations/{bob}/ask", data=_payment(by_wallet="yes", passphrase="guessed it")
    )

    assert (answer.status_code, answer.headers["retry-after"]) == (422, "1")
    assert "guessed it" not in answer.text
    assert money.requests == {}


async def test_a_smart_account_asks_on_its_own_chain_only(
    client: httpx.AsyncClient, alice: MemoryMessenger, money: MemoryMoney, bob: str
) -> None:
    """What is asked for goes to it."""
    alice.account = f"eip155:{SEPOLIA}:{STRANGER.lower()}"
    page = (await client.get(f"/conversations/{bob}/ask")).text
    select = page.partition('<select id="asset"')[2].partition("</select>")[0]

    assert set(re.findall(r'<option value="(\d+)-', select)) == {str(SEPOLIA)}


async def test_where_there_is_no_node_nothing_can_be_asked_for(
    client: httpx.AsyncClient, money: MemoryMoney, bob: str
) -> None:
    """The pages say so, and where to set one."""
    money.chains = ()
    for path in (f"/conversations/{bob}/ask", f"/conversations/{bob}/call", "/money/call"):
        page = (await client.get(path)).text
        assert "No Ethereum node is set" in page
        assert '<form class="form"' not in page


async def test_a_failure_is_told_on_the_form(client: httpx.AsyncClient, money: MemoryMoney, bob: str) -> None:
    """And the same form can be sent again."""
    money.fails_with = NodesUnreachableError(DEMO_CHAIN)
    answer = await client.post(f"/conversations/{bob}/ask", data=_payment())
    assert answer.status_code == 503
    assert told(answer.text)
    assert (await client.post(f"/conversations/{bob}/ask", data=_payment())).status_code == 303


@pytest.mark.parametrize("what", ["ask", "call"])
async def test_a_conversation_that_is_not_there(
    client: httpx.AsyncClient, money: MemoryMoney, what: str
) -> None:
    """Neither form nor answer."""
    path = f"/conversations/{'0' * 32}/{what}"
    form = _payment() if what == "ask" else _call()

    assert (await client.get(path)).status_code == 404
    assert (await client.post(path, data=form)).status_code == 404


async def test_the_conversation_leads_there(client: httpx.AsyncClient, bob: str) -> None:
    """From its composer, also without JavaScript."""
    page = (await client.get(f"/conversations/{bob}")).text
    for url in (f"/money/send?to={bob}", f"/conversations/{bob}/ask", f"/conversations/{bob}/call"):
        assert f'href="{url}"' in page
