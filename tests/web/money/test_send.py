"""The form that pays somebody, and codes that fill it in."""

from __future__ import annotations

import re

import httpx
import pytest

from harness.memory_messenger import MemoryMessenger
from harness.memory_money import DEMO_CHAIN, SEPOLIA, TEST_DOLLAR, MemoryMoney
from harness.sample_money import ETHER, STRANGER
from parley.chain.api import checksummed
from parley.chat.payments.model import SavedAddress
from parley.messenger.errors import NodesUnreachableError
from parley.messenger.money.model import AccountKind, MoneyAccount
from web.money.reading import sheet, told, value, words

COIN = f"{DEMO_CHAIN}-coin"
DOLLAR = f"{DEMO_CHAIN}-{TEST_DOLLAR}"


def _form(own: str, **other: str) -> dict[str, str]:
    return {"account": own, "asset": COIN, "to": STRANGER, "amount": "1.5", **other}


async def test_a_payment_is_shown_before_it_is_signed(
    client: httpx.AsyncClient, money: MemoryMoney, own: str
) -> None:
    """The form leads there."""
    answer = await client.post("/money/send", data=_form(own))

    assert answer.status_code == 303
    preview = await money.preview(answer.headers["location"].rpartition("/")[2])
    (call,) = preview.calls
    assert (call.recipient, call.amount) == (STRANGER, 15 * ETHER // 10)
    assert money.made == {}


async def test_all_there_is(client: httpx.AsyncClient, money: MemoryMoney, own: str) -> None:
    """Leaves the fee of the coin, and all of a token; what stands in the field does not count."""
    for asset in (COIN, DOLLAR):
        answer = await client.post("/money/send", data=_form(own, asset=asset, amount="nonsense", most="yes"))
        preview = await money.preview(answer.headers["location"].rpartition("/")[2])
        assert preview.calls[0].amount is not None
        if asset == DOLLAR:
            assert preview.calls[0].amount == 100_000_000
        else:
            assert 0 < 12 * ETHER - preview.calls[0].amount < ETHER // 100


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ({"amount": ""}, "This is no amount."),
        ({"amount": "0"}, "This is no amount."),
        ({"amount": "-1"}, "This is no amount."),
        ({"amount": "1,5"}, "This is no amount."),
        ({"amount": "1e3"}, "This is no amount."),
        ({"amount": "١"}, "This is no amount."),
        ({"amount": "9" * 101}, "This is no amount."),
        ({"amount": "0.1234567", "asset": DOLLAR}, "at most 6 digits after the point"),
        ({"amount": "13"}, "the account holds 12 ETH"),
        ({"to": ""}, "This is no address"),
        ({"to": "0x1234"}, "This is no address"),
        ({"to": "x" * 256}, "This is no address"),
        ({"to": "nobody.eth"}, "nobody.eth"),
        ({"asset": "1-coin"}, "The form was not complete."),
        ({"asset": f"{DEMO_CHAIN}-{STRANGER}"}, "The form was not complete."),
        ({"asset": "nonsense"}, "The form was not complete."),
        ({"account": STRANGER}, "its key is not here"),
        ({"account": "nobody"}, "its key is not here"),
    ],
)
async def test_what_is_wrong_is_told_and_what_was_typed_stays(
    client: httpx.AsyncClient, money: MemoryMoney, own: str, typed: dict[str, str], text: str
) -> None:
    """In one sentence; nothing is prepared."""
    form = _form(own, **typed)
    answer = await client.post("/money/send", data=form)

    assert 400 <= answer.status_code < 500
    assert text in told(answer.text)
    assert value(answer.text, "amount") == form["amount"][:255]
    assert value(answer.text, "to") == form["to"][:255]


@pytest.mark.parametrize("missing", ["account", "asset", "to", "amount"])
async def test_a_field_that_is_not_there(
    client: httpx.AsyncClient, money: MemoryMoney, own: str, missing: str
) -> None:
    """No page of ours sends that, and nothing breaks."""
    form = _form(own)
    del form[missing]

    assert (await client.post("/money/send", data=form)).status_code == 422


async def test_a_node_that_does_not_answer(client: httpx.AsyncClient, money: MemoryMoney, own: str) -> None:
    """Is told, and the form can be sent again."""
    money.fails_with = NodesUnreachableError(DEMO_CHAIN)
    answer = await client.post("/money/send", data=_form(own))

    assert answer.status_code == 503
    assert told(answer.text)
    assert (await client.post("/money/send", data=_form(own))).status_code == 303


async def test_a_name_is_shown_with_its_address(
    client: httpx.AsyncClient, money: MemoryMoney, own: str
) -> None:
    """The whole of it, before anything is signed."""
    money.names["stranger.eth"] = STRANGER
    answer = await client.post("/money/send", data=_form(own, to="stranger.eth"))
    shown = words(sheet((await client.get(answer.headers["location"])).text))

    assert "stranger.eth" in shown
    assert STRANGER in shown


async def test_from_a_conversation_its_other_is_paid(
    client: httpx.AsyncClient, money: MemoryMoney, own: str, bob: str, bobs: str
) -> None:
    """Whatever the form says besides, and the way back leads there."""
    page = (await client.get(f"/money/send?to={bob}")).text
    assert 'name="to"' not in page
    assert f'name="conversation" value="{bob}"' in page
    answer = await client.post("/money/send", data=_form(own, conversation=bob, to=STRANGER))
    preview = await money.preview(answer.headers["location"].rpartition("/")[2])

    assert preview.calls[0].recipient == bobs
    assert preview.conversation_id == bob
    shown = (await client.get(answer.headers["location"])).text
    assert f'href="/conversations/{bob}#latest"' in shown
    assert (await client.post("/money/send", data=_form(own, conversation="0" * 32))).status_code == 404
    assert (await client.get(f"/money/send?to={'0' * 32}")).status_code == 404


async def test_a_smart_account_gets_money_on_its_own_chain_only(
    client: httpx.AsyncClient, alice: MemoryMessenger, money: MemoryMoney, own: str
) -> None:
    """Nobody has to be at that address anywhere else."""
    smart = alice.know(f"eip155:{SEPOLIA}:{STRANGER.lower()}", "Smart")
    page = (await client.get(f"/money/send?to={smart}")).text
    assert re.findall(r'<option value="(\d+)-', page) == [str(SEPOLIA)] * page.count("<option ")
    wrong = await client.post("/money/send", data=_form(own, conversation=smart))
    assert wrong.status_code == 422
    money.hold(SEPOLIA, None, ETHER)
    right = await client.post(
        "/money/send", data=_form(own, conversation=smart, asset=f"{SEPOLIA}-coin", amount="0.5")
    )
    preview = await money.preview(right.headers["location"].rpartition("/")[2])
    assert preview.calls[0].recipient == STRANGER


async def test_only_accounts_that_can_pay_are_offered(
    client: httpx.AsyncClient, money: MemoryMoney, own: str
) -> None:
    """And saved addresses while typing."""
    watched = checksummed("0x" + "be" * 20)
    money.saved = {
        each.address: each
        for each in (
            SavedAddress(watched, "Cold", True, 0),
            SavedAddress(STRANGER, "Landlord", False, 0),
        )
    }
    second = checksummed("0x" + "5e" * 20)
    money.more_accounts = [MoneyAccount(second, "Savings", AccountKind.INSIDE, own=False)]
    page = (await client.get("/money/send?of=2")).text
    select = page.partition('<select id="account"')[2].partition("</select>")[0]

    assert re.findall(r'value="([^"]+)"', select) == [own, second]
    assert f'value="{second}" selected' in select
    assert f'<option value="{STRANGER}">Landlord</option>' in page


async def test_where_nothing_can_be_paid_the_page_says_so(
    client: httpx.AsyncClient, money: MemoryMoney
) -> None:
    """Without a node, and without a key."""
    money.chains = ()
    assert "No Ethereum node is set" in (await client.get("/money/send")).text
    money.kind = AccountKind.WATCHED
    assert "No account here can pay" in (await client.get("/money/send")).text


@pytest.mark.parametrize(
    ("code", "to", "asset", "amount"),
    [
        (STRANGER, STRANGER, "", ""),
        (f"ethereum:{STRANGER}", STRANGER, COIN, ""),
        (f"ethereum:{STRANGER}@{SEPOLIA}?value=5e17", STRANGER, f"{SEPOLIA}-coin", "0.5"),
        (
            f"ethereum:{TEST_DOLLAR}@{DEMO_CHAIN}/transfer?address={STRANGER}&uint256=2500000",
            STRANGER,
            DOLLAR,
            "2.5",
        ),
    ],
)
async def test_a_code_fills_in_the_form(
    client: httpx.AsyncClient, money: MemoryMoney, code: str, to: str, asset: str, amount: str
) -> None:
    """Nothing is prepared by it."""
    answer = await client.post("/money/scan", data={"code": f" {code} "})

    assert answer.status_code == 200
    assert value(answer.text, "to") == to
    assert value(answer.text, "amount") == amount
    if asset:
        assert re.search(rf'value="{asset}" selected', answer.text, re.IGNORECASE)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "hello",
        f"bitcoin:{STRANGER}",
        f"ethereum:{STRANGER}@1?value=1",
        f"ethereum:{STRANGER}@{DEMO_CHAIN}/transfer?address={STRANGER}&uint256=1",
        f"ethereum:{STRANGER}@{DEMO_CHAIN}/approve?address={STRANGER}&uint256=1",
        "ethereum:" + "1" * 600,
        "<script>alert(1)</script>",
    ],
)
async def test_a_code_for_what_cannot_be_paid_here_fills_in_nothing(
    client: httpx.AsyncClient, money: MemoryMoney, code: str
) -> None:
    """Something else filled in would be another payment."""
    answer = await client.post("/money/scan", data={"code": code})

    assert answer.status_code == 422
    assert "no code for a payment" in told(answer.text)
    assert value(answer.text, "code") == code.strip()[:512]
    assert 'name="amount"' not in answer.text


async def test_sending_the_form_twice_pays_nothing(
    client: httpx.AsyncClient, money: MemoryMoney, own: str
) -> None:
    """Two previews, and neither is confirmed."""
    first, second = [await client.post("/money/send", data=_form(own)) for _ in range(2)]

    assert first.headers["location"] != second.headers["location"]
    assert money.made == {}
