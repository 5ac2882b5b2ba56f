"""Paying by a wallet of the browser: what it is asked for, and what its answer leads to."""

from __future__ import annotations

import json

import httpx
import pytest

from harness.memory_money import DEMO_CHAIN, TEST_DOLLAR, MemoryMoney, transfer
from harness.sample_money import ETHER, HASH, STRANGER, approve, vote
from parley.chat.payments.model import PaymentState, RequestedCall
from parley.messenger.money import errors
from parley.messenger.money.model import AccountKind
from web.money.reading import actions, sheet, told, words

HEX_CHAIN = hex(DEMO_CHAIN)
ANSWER = "0x" + HASH.hex()


@pytest.fixture
def money(money: MemoryMoney) -> MemoryMoney:
    """The key is in a wallet outside."""
    money.kind = AccountKind.OUTSIDE
    return money


async def _path(money: MemoryMoney, *calls: RequestedCall) -> str:
    shown = await money.preview_calls(money.own, DEMO_CHAIN, calls)
    return f"/money/previews/{shown.preview_id}"


def _form(money: MemoryMoney, **other: str) -> dict[str, str]:
    return {
        "address": money.own,
        "chain": HEX_CHAIN,
        "fee": "normal",
        "typed": "",
        "batch": "no",
        **other,
    }


@pytest.mark.parametrize("kind", [AccountKind.OUTSIDE, AccountKind.INSIDE])
async def test_the_page_offers_it(
    client: httpx.AsyncClient, money: MemoryMoney, bobs: str, own: str, kind: AccountKind
) -> None:
    """Alone where the key is outside, and beside the wallet inside where both may hold the account."""
    money.kind = kind
    page = (await client.get(await _path(money, transfer(None, bobs, ETHER)))).text
    inside = kind is AccountKind.INSIDE

    assert f'data-account="{own}"' in page
    assert f'data-chain="{HEX_CHAIN}"' in page
    assert 'src="/static/pay.js"' in page
    assert ("Pay with a wallet in this browser" in page) == inside
    assert any(each.endswith("/confirm") for each in actions(page)) == inside
    assert "needs JavaScript" in page


async def test_what_the_wallet_is_asked_is_what_was_shown(
    client: httpx.AsyncClient, money: MemoryMoney, bobs: str, own: str
) -> None:
    """Stored before it may be asked, and asked once only: a wallet that is asked twice may pay twice."""
    path = await _path(money, transfer(None, bobs, ETHER))
    answer = await client.post(f"{path}/outside", data=_form(money))
    ((payment_id, row),) = money.made.items()

    assert answer.status_code == 200
    assert answer.json()["id"] == payment_id
    ((request),) = answer.json()["requests"]
    assert request["method"] == "eth_sendTransaction"
    (params,) = request["params"]
    assert (params["from"], params["to"], params["value"]) == (own, bobs, hex(ETHER))
    assert params["chainId"] == HEX_CHAIN
    assert row.state is PaymentState.HANDED
    again = await client.post(f"{path}/outside", data=_form(money))
    assert again.json() == {"id": payment_id, "requests": []}
    assert len(money.made) == 1


async def test_several_calls_are_one_batch(client: httpx.AsyncClient, money: MemoryMoney) -> None:
    """By a wallet that makes batches; another is asked for nothing."""
    path = await _path(money, vote(1), vote(2))
    refused = await client.post(f"{path}/outside", data=_form(money))
    assert refused.status_code == 409
    assert "several calls at once" in refused.json()["sentence"]
    assert money.made == {}
    answer = await client.post(f"{path}/outside", data=_form(money, batch="yes"))
    ((request),) = answer.json()["requests"]
    assert request["method"] == "wallet_sendCalls"
    assert len(request["params"][0]["calls"]) == 2
    assert request["params"][0]["atomicRequired"] is True


@pytest.mark.parametrize(
    ("form", "status", "text"),
    [
        ({"address": STRANGER}, 409, "Your wallet shows another account."),
        ({"chain": "0x1"}, 409, "Your wallet is on another network."),
        ({"fee": "free"}, 422, "Choose one of the fees."),
        ({"address": "0x12"}, 422, "."),
        ({"chain": "everywhere"}, 422, "."),
        ({"chain": "0x0"}, 422, "."),
        ({"address": "x" * 5000}, 422, "."),
    ],
)
async def test_a_wallet_that_differs_is_asked_for_nothing(
    client: httpx.AsyncClient,
    money: MemoryMoney,
    bobs: str,
    form: dict[str, str],
    status: int,
    text: str,
) -> None:
    """And nothing is stored."""
    path = await _path(money, transfer(None, bobs, ETHER))
    answer = await client.post(f"{path}/outside", data=_form(money, **form))

    assert answer.status_code == status
    assert text in answer.json()["sentence"]
    assert money.made == {}


async def test_the_word_is_typed_here_too(client: httpx.AsyncClient, money: MemoryMoney) -> None:
    """Before the wallet is asked."""
    path = await _path(money, approve(TEST_DOLLAR, STRANGER, 5))
    refused = await client.post(f"{path}/outside", data=_form(money, typed="yes"))
    assert (refused.status_code, money.made) == (422, {})
    assert (await client.post(f"{path}/outside", data=_form(money, typed="approve"))).status_code == 200


async def test_a_preview_that_is_over_is_told_as_json(client: httpx.AsyncClient, money: MemoryMoney) -> None:
    """The script shows the sentence."""
    answer = await client.post(f"/money/previews/{'ab' * 16}/outside", data=_form(money))

    assert answer.status_code == 410
    assert "Nothing was paid" in json.loads(answer.text)["sentence"]


async def _handed(client: httpx.AsyncClient, money: MemoryMoney, bobs: str) -> str:
    path = await _path(money, transfer(None, bobs, ETHER))
    asked = await client.post(f"{path}/outside", data=_form(money))
    return f"/money/payments/{asked.json()['id']}"


async def test_a_hash_is_followed(client: httpx.AsyncClient, money: MemoryMoney, bobs: str) -> None:
    """As the wallet gave it."""
    page = await _handed(client, money, bobs)
    assert (await client.post(f"{page}/handed", data={"answer": ANSWER})).status_code == 204

    (row,) = money.made.values()
    assert row.transaction_hash == HASH
    shown = words(sheet((await client.get(page)).text))
    assert "Pending" in shown
    assert ANSWER in shown


@pytest.mark.parametrize("answer", ["", "x" * 8193, "a\x00b", "‮"])
async def test_an_answer_that_is_none(
    client: httpx.AsyncClient, money: MemoryMoney, bobs: str, answer: str
) -> None:
    """Is refused in a sentence."""
    page = await _handed(client, money, bobs)
    refused = await client.post(f"{page}/handed", data={"answer": answer})

    assert refused.status_code == 422
    assert refused.json()["sentence"]


async def test_while_the_wallet_says_nothing_the_person_can(
    client: httpx.AsyncClient, money: MemoryMoney, bobs: str
) -> None:
    """That it did not send it, or as what: the page may have been reloaded in the middle."""
    page = await _handed(client, money, bobs)
    shown = (await client.get(page)).text
    assert "With your wallet" in shown
    assert actions(shown)[-2:] == [f"{page}/abandon", f"{page}/name"]
    for typed in ("", "0x12", ANSWER + "0", "hello"):
        refused = await client.post(f"{page}/name", data={"hash": typed})
        assert refused.status_code == 422
        assert "no hash of a transaction" in refused.text
    named = await client.post(f"{page}/name", data={"hash": f" {ANSWER} "})
    assert (named.status_code, named.headers["location"]) == (303, page)
    shown = (await client.get(page)).text
    assert "/abandon" not in shown
    assert "/name" not in shown
    assert (await client.post(f"{page}/abandon")).status_code == 404


async def test_what_was_not_sent_is_given_up(
    client: httpx.AsyncClient, money: MemoryMoney, bob: str, bobs: str
) -> None:
    """Then the request can be paid again."""
    money.request(bob, DEMO_CHAIN, [transfer(None, bobs, ETHER)])
    (request_id,) = money.requests
    preview = await money.preview_request(request_id, money.own)
    asked = await client.post(f"/money/previews/{preview.preview_id}/outside", data=_form(money))
    again = await client.post(f"/conversations/{bob}/requests/{request_id.hex()}/pay")
    assert again.status_code == 409
    page = f"/money/payments/{asked.json()['id']}"
    assert (await client.post(f"{page}/abandon")).status_code == 303

    assert "Not sent" in words(sheet((await client.get(page)).text))
    again = await client.post(f"/conversations/{bob}/requests/{request_id.hex()}/pay")
    assert again.status_code == 303


async def test_the_number_of_a_batch_is_shown(
    client: httpx.AsyncClient, money: MemoryMoney, bobs: str
) -> None:
    """Bounded, since it is the wallet's."""
    page = await _handed(client, money, bobs)
    money.move(page.rpartition("/")[2], PaymentState.HANDED, detail="b" * 8000)
    shown = words(sheet((await client.get(page)).text))

    assert f"Number at your wallet {'b' * 100}…" in shown
    assert "reason given" not in shown


@pytest.mark.parametrize("what", ["handed", "abandon", "name", "speed-up", "cancel"])
async def test_payments_that_are_not_there(client: httpx.AsyncClient, what: str) -> None:
    """Of any id, or of what is no id."""
    for each in ("ab" * 16, "nonsense"):
        answer = await client.post(f"/money/payments/{each}/{what}", data={"answer": ANSWER, "hash": ANSWER})
        assert answer.status_code == 404
    assert (await client.get("/money/payments/nonsense")).status_code == 404
    assert (await client.get(f"/money/payments/{'ab' * 16}")).status_code == 404


async def test_an_account_whose_key_is_outside_signs_nothing_here(
    client: httpx.AsyncClient, money: MemoryMoney, bobs: str
) -> None:
    """Whoever posts the form all the same is told."""
    path = await _path(money, transfer(None, bobs, ETHER))
    answer = await client.post(f"{path}/confirm", data={"fee": "normal"})

    assert answer.status_code == 409
    assert "in a wallet outside of Parley" in told(answer.text)
    assert money.made == {}


async def test_a_node_that_fails_is_told_as_json(
    client: httpx.AsyncClient, money: MemoryMoney, bobs: str
) -> None:
    """As anything else that is wrong."""
    path = await _path(money, transfer(None, bobs, ETHER))
    money.fails_with = errors.NameMovedError("bob.eth", STRANGER, None)
    answer = await client.post(f"{path}/outside", data=_form(money))

    assert answer.status_code == 409
    assert "stands for another address now" in answer.json()["sentence"]
