"""Asking with the signature of a wallet of the browser."""

from __future__ import annotations

import json

import httpx
import pytest

from harness.memory_cards import SIGNED
from harness.memory_money import DEMO_CHAIN, MemoryMoney
from harness.sample_money import CONTRACT, STRANGER
from parley.messenger.errors import NodesUnreachableError
from parley.messenger.money.model import AccountKind
from web.money.reading import card, sheet, words

FORM = {
    "asset": f"{DEMO_CHAIN}-coin",
    "amount": "10000",
    "note": "The boat",
    "expires": "86400",
    "form_token": "t" * 20,
    "by_wallet": "yes",
}
SIGNATURE = {"signature_1": "0x" + SIGNED.hex()}


@pytest.fixture
async def path(client: httpx.AsyncClient, money: MemoryMoney, bob: str) -> str:
    """The page on which a wallet signs a request for ten thousand ether."""
    money.kind = AccountKind.OUTSIDE
    answer = await client.post(f"/conversations/{bob}/ask", data=FORM)
    assert answer.status_code == 303
    assert money.requests == {}
    return answer.headers["location"]


def _wallet(money: MemoryMoney, **other: str) -> dict[str, str]:
    return {"address": money.own, "chain": hex(DEMO_CHAIN), **other}


async def test_what_is_signed_is_shown_first(
    client: httpx.AsyncClient, path: str, own: str, bobs: str
) -> None:
    """Decoded, with who alone can pay it; nothing was sent."""
    page = (await client.get(path)).text
    shown = words(sheet(page))

    assert "What you sign Test network Local development chain" in shown
    assert "Send 10000 ETH" in shown
    assert f"To Main your account {own}" in shown
    assert bobs.lower() in shown.lower()
    assert "Your words: The boat" in shown
    assert "Nothing was sent yet." in shown
    assert 'src="/static/wallet.js"' in page


async def test_no_number_is_rounded_by_a_script(
    client: httpx.AsyncClient, money: MemoryMoney, path: str
) -> None:
    """What is above 2^53 is text: a wallet written in JavaScript would sign another number."""
    answer = await client.post(f"{path}/request", data=_wallet(money))
    ((request),) = answer.json()["requests"]
    address, text = request["params"]
    data = json.loads(text)

    assert (request["method"], address) == ("eth_signTypedData_v4", money.own)
    assert data["message"]["calls"][0]["value"] == str(10_000 * 10**18)
    assert data["domain"]["chainId"] == DEMO_CHAIN
    assert data["message"]["note"] == "The boat"


async def test_the_signature_asks(client: httpx.AsyncClient, money: MemoryMoney, path: str, bob: str) -> None:
    """Once, however often it is sent; its card says how it is signed."""
    for _ in range(2):
        answer = await client.post(path, data=SIGNATURE)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/conversations/{bob}#latest")

    ((row),) = money.requests.values()
    assert row.request.note == "The boat"
    page = (await client.get(f"/conversations/{bob}")).text
    assert "Signed by your wallet" in words(card(page, row.message_id))


async def test_a_call_is_signed_too(client: httpx.AsyncClient, money: MemoryMoney, bob: str) -> None:
    """By the same page."""
    money.kind = AccountKind.OUTSIDE
    call = {"network": str(DEMO_CHAIN), "to": CONTRACT, "function": "vote(uint256)", "arguments": "2"}
    asked = {name: text for name, text in FORM.items() if name not in {"asset", "amount"}}
    answer = await client.post(f"/conversations/{bob}/call", data={**asked, **call, "value": ""})
    shown = words(sheet((await client.get(answer.headers["location"])).text))

    assert "Call vote(uint256)" in shown


@pytest.mark.parametrize(
    ("form", "status", "text"),
    [
        ({"address": STRANGER}, 409, "Your wallet shows another account."),
        ({"chain": "0x1"}, 409, "Your wallet is on another network."),
        ({"address": "nobody"}, 422, "."),
        ({"chain": "nowhere"}, 422, "."),
    ],
)
async def test_a_wallet_that_differs_signs_nothing(
    client: httpx.AsyncClient, money: MemoryMoney, path: str, form: dict[str, str], status: int, text: str
) -> None:
    """It is told before it is asked."""
    answer = await client.post(f"{path}/request", data=_wallet(money, **form))

    assert answer.status_code == status
    assert text in answer.json()["sentence"]


@pytest.mark.parametrize("signature", ["", "0x", "0x" + "11" * 65, "hello", "0x" + "00" * 2049])
async def test_what_is_no_signature_asks_nobody(
    client: httpx.AsyncClient, money: MemoryMoney, path: str, signature: str
) -> None:
    """The page says so and can be used again."""
    answer = await client.post(path, data={"signature_1": signature})

    assert answer.status_code == 422
    assert 'data-part="told"' in answer.text
    assert money.requests == {}
    assert (await client.post(path, data=SIGNATURE)).status_code == 303


async def test_a_failure_leaves_the_page(client: httpx.AsyncClient, money: MemoryMoney, path: str) -> None:
    """To be tried again."""
    money.fails_with = NodesUnreachableError(DEMO_CHAIN)
    assert (await client.post(path, data=SIGNATURE)).status_code == 503
    assert (await client.post(path, data=SIGNATURE)).status_code == 303


async def test_what_does_not_wait(client: httpx.AsyncClient, money: MemoryMoney, path: str, bob: str) -> None:
    """Neither of another id, nor in another conversation."""
    elsewhere = path.replace(bob, "0" * 32)
    for other, status in {
        elsewhere: 410,
        f"/conversations/{bob}/ask/{'ab' * 16}": 410,
        f"/conversations/{bob}/ask/nonsense": 404,
    }.items():
        assert (await client.get(other)).status_code == status
        assert (await client.post(other, data=SIGNATURE)).status_code == status
        refused = await client.post(f"{other}/request", data=_wallet(money))
        assert (refused.status_code, "sentence" in refused.json()) == (status, True)
    assert money.requests == {}
