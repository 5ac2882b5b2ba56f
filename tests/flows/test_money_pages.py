"""Two people, money on a chain in memory, and the pages of both: what one does is what both are shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import httpx
import trio

from harness.money_people import CHAIN, DOLLAR, DOLLARS, ETHER, Two, paid, seen, stands, two_with_money
from harness.page_client import PORT, page_client
from harness.people import until
from parley.chain.api import TokenFacts, checksummed
from parley.chat.payments.model import PaymentState, RequestState
from parley.messenger.money.model import Card, PaymentCard
from parley.web.app import create_app
from web.money.reading import actions, card, sheet, told, value, words

COIN = f"{CHAIN}-coin"
ASKED = {"asset": f"{CHAIN}-{DOLLAR.address}", "amount": "25", "note": "for the tent", "expires": "86400"}


@dataclass
class Pages:
    """What each of the two sees in a browser."""

    two: Two
    alice: httpx.AsyncClient
    bob: httpx.AsyncClient

    async def ask(self, **other: str) -> bytes:
        """Bob asks by his form; gives the request's id once Alice's card is there."""
        url = f"/conversations/{self.two.at_bob}/ask"
        token = value((await self.bob.get(url)).text, "form_token")
        answer = await self.bob.post(url, data=ASKED | {"form_token": token} | other)
        assert answer.status_code == 303, told(answer.text)
        mine = (await self.two.bob.money.cards(self.two.at_bob))[-1]
        assert isinstance(mine, Card)
        request_id = mine.row.request.request_id
        await stands(self.two.alice, self.two.at_alice, request_id, RequestState.OPEN)
        return request_id

    async def at_alice(self, request_id: bytes) -> str:
        """Alice's card of a request."""
        return await _card(
            self.alice, self.two.at_alice, await self.two.alice.money.cards(self.two.at_alice), request_id
        )

    async def at_bob(self, request_id: bytes) -> str:
        """Bob's."""
        cards = await self.two.bob.money.cards(self.two.at_bob)
        return await _card(self.bob, self.two.at_bob, cards, request_id)


@asynccontextmanager
async def two_with_pages() -> AsyncIterator[Pages]:
    """Alice and Bob with money, each with a browser."""
    async with (
        two_with_money() as two,
        page_client(create_app(two.alice, port=PORT)) as alice,
        page_client(create_app(two.bob, port=PORT)) as bob,
    ):
        yield Pages(two, alice, bob)


async def _card(
    client: httpx.AsyncClient, conversation_id: str, cards: tuple[Card | PaymentCard, ...], request_id: bytes
) -> str:
    (row,) = [
        each.row for each in cards if isinstance(each, Card) and each.row.request.request_id == request_id
    ]
    return card((await client.get(f"/conversations/{conversation_id}")).text, row.message_id)


async def test_what_is_asked_for_on_one_page_is_paid_on_another(autojump_clock: trio.abc.Clock) -> None:
    """Each state on both; the balances that the pages show are the chain's."""
    async with two_with_pages() as pages:
        two = pages.two
        request_id = await pages.ask()
        asked = await pages.at_alice(request_id)
        assert f"asks you to pay Send 25 {DOLLAR.symbol}" in words(asked)
        assert "Signed by their device" in asked
        assert "In their words: for the tent" in words(asked)
        assert "Open" in words(await pages.at_bob(request_id))
        shown = await pages.alice.post(actions(asked)[0])
        page = await pages.alice.get(shown.headers["location"])
        assert "Leaves 25 tUSD" in words(sheet(page.text))
        assert two.bob.account in page.text
        sent = await pages.alice.post(f"{shown.headers['location']}/confirm", data={"fee": "normal"})
        again = await pages.alice.post(f"{shown.headers['location']}/confirm", data={"fee": "fast"})
        assert sent.headers["location"] == again.headers["location"]
        await two.states(request_id, RequestState.PENDING)
        for text, blocks in (("Pending", 1), ("1 confirmation", 2), ("Paid", 0)):
            assert text in words(await pages.at_alice(request_id))
            assert text in words(await pages.at_bob(request_id))
            if blocks:
                two.chain.mine(blocks)
                state = RequestState.CONFIRMING if blocks == 1 else RequestState.SETTLED
                await two.states(request_id, state)
        assert "exactly what was asked for" in words(await pages.at_bob(request_id))
        assert "Done" in words(sheet((await pages.alice.get(sent.headers["location"])).text))
        for person, client, dollars in ((two.alice, pages.alice, 75), (two.bob, pages.bob, 125)):
            with trio.fail_after(600):
                await until(person, partial(_shows, client, f"{dollars} tUSD as of"))


async def _shows(client: httpx.AsyncClient, text: str) -> bool:
    return text in words(sheet((await client.get("/money")).text))


async def test_declined_taken_back_and_never_paid_twice(autojump_clock: trio.abc.Clock) -> None:
    """The reason arrives; what was ended can be neither paid nor ended again."""
    async with two_with_pages() as pages:
        two = pages.two
        first = await pages.ask()
        pay, decline = actions(await pages.at_alice(first))
        answer = await pages.alice.post(decline, data={"reason": "I have paid in cash"})
        assert answer.status_code == 303
        await two.states(first, RequestState.DECLINED)
        assert "In their words: I have paid in cash" in words(await pages.at_bob(first))
        for path in (pay, decline):
            refused = await pages.alice.post(path, data={"reason": ""})
            assert (refused.status_code, "This request was declined." in refused.text) == (409, True)

        second = await pages.ask()
        (cancel,) = actions(await pages.at_bob(second))
        assert (await pages.bob.post(cancel)).status_code == 303
        await two.states(second, RequestState.CANCELLED)
        assert actions(await pages.at_alice(second)) == []


async def test_what_a_conversation_is_sent_is_a_card_on_both_sides(autojump_clock: trio.abc.Clock) -> None:
    """A claim at first, and a fact once the chain shows it; a stuck one is sped up."""
    async with two_with_pages() as pages:
        two = pages.two
        form = {
            "account": two.alice.account,
            "asset": COIN,
            "amount": "0.5",
            "conversation": two.at_alice,
        }
        shown = (await pages.alice.post("/money/send", data=form)).headers["location"]
        sent = (await pages.alice.post(f"{shown}/confirm", data={"fee": "slow"})).headers["location"]
        theirs = await seen(two.bob, two.at_bob, lambda each: isinstance(each, PaymentCard))
        assert isinstance(theirs, PaymentCard)
        page = (await pages.bob.get(f"/conversations/{two.at_bob}")).text
        assert "says they paid Send 0.5 ETH" in words(card(page, theirs.message_id))
        faster = await pages.alice.post(f"{sent}/speed-up")
        confirmed = await pages.alice.post(f"{faster.headers['location']}/confirm", data={"fee": "normal"})
        assert confirmed.status_code == 303
        two.chain.mine(3)
        await paid(two.alice, confirmed.headers["location"].rpartition("/")[2], PaymentState.SETTLED)
        shown_page = (await pages.alice.get(confirmed.headers["location"])).text
        assert "Done" in words(sheet(shown_page))
        assert f'href="{sent}"' in shown_page
        assert (await two.chain.balance(two.bob.account)).wei == 10 * ETHER + ETHER // 2
        own = words((await pages.alice.get(f"/conversations/{two.at_alice}")).text)
        assert "You paid Send 0.5 ETH" in own


async def test_every_page_and_what_is_kept(autojump_clock: trio.abc.Clock) -> None:
    """Tokens, addresses, codes, calls and the history, by the messenger itself."""
    async with two_with_pages() as pages:
        two = pages.two
        garden = checksummed("0x" + "9a" * 20)
        two.chain.set_token(TokenFacts(garden, "Garden Coin", "GRDN", 2))
        two.chain.add_token(garden, two.alice.account, 12_345)
        token = {"network": str(CHAIN), "address": garden}
        assert "GRDN Garden Coin" in words((await pages.alice.post("/money/tokens/find", data=token)).text)
        assert (await pages.alice.post("/money/tokens", data=token)).status_code == 303
        saved = {"address": garden.lower(), "label": "Garden", "watched": "yes"}
        assert (await pages.alice.post("/money/addresses", data=saved)).status_code == 303
        for path in (
            "/money",
            "/money?of=2",
            "/money/send",
            f"/money/send?to={two.at_alice}",
            "/money/scan",
            "/money/call",
            "/money/payments",
            "/money/receive",
            "/money/tokens",
            "/money/addresses",
            f"/conversations/{two.at_alice}/ask",
            f"/conversations/{two.at_alice}/call",
        ):
            answer = await pages.alice.get(path)
            assert answer.status_code == 200, path
        code = f"ethereum:{garden}@{CHAIN}/transfer?address={two.bob.account}&uint256=2345"
        filled = (await pages.alice.post("/money/scan", data={"code": code})).text
        assert (value(filled, "to"), value(filled, "amount")) == (two.bob.account, "23.45")
        form = {"account": two.alice.account, "asset": f"{CHAIN}-{garden}", "to": two.bob.account}
        shown = (await pages.alice.post("/money/send", data=form | {"most": "yes"})).headers["location"]
        page = words(sheet((await pages.alice.get(shown)).text))
        assert "123.45 GRDN" in page
        assert "A token that is in no list" in page
        assert (await pages.alice.post(f"{shown}/confirm", data={"fee": "normal"})).status_code == 303
        assert "123.45 GRDN" in words(sheet((await pages.alice.get("/money/payments")).text))
        wrong = await pages.alice.post("/money/send", data=form | {"to": "nobody.eth", "amount": "1"})
        assert 400 <= wrong.status_code < 600
        assert told(wrong.text)
        call = {
            "account": two.alice.account,
            "network": str(CHAIN),
            "to": garden,
            "function": "approve(address,uint256)",
            "arguments": f"{two.bob.account}\n{2**256 - 1}",
            "value": "",
        }
        shown = (await pages.alice.post("/money/call", data=call)).headers["location"]
        page = (await pages.alice.get(shown)).text
        assert "Somebody could take all of this token" in page
        refused = await pages.alice.post(f"{shown}/confirm", data={"fee": "normal", "typed": "yes"})
        assert (refused.status_code, told(refused.text)) == (
            422,
            "Type “approve” to confirm. Nothing was paid.",
        )
        sent = await pages.alice.post(f"{shown}/confirm", data={"fee": "normal", "typed": "approve"})
        assert sent.status_code == 303


async def test_by_a_wallet_of_the_browser_and_signed_by_one(autojump_clock: trio.abc.Clock) -> None:
    """The account inside may be in such a wallet, too; a request that the wallet signed says so on both sides."""
    async with two_with_pages() as pages:
        two = pages.two
        request_id = await pages.ask(by_wallet="yes")
        asked = await pages.at_alice(request_id)
        assert "Signed by their wallet" in asked
        shown = (await pages.alice.post(actions(asked)[0])).headers["location"]
        wallet = {
            "address": two.alice.account.lower(),
            "chain": hex(CHAIN),
            "fee": "normal",
            "typed": "",
            "batch": "no",
        }
        answer = (await pages.alice.post(f"{shown}/outside", data=wallet)).json()
        ((request),) = answer["requests"]
        assert request["method"] == "eth_sendTransaction"
        await stands(two.alice, two.at_alice, request_id, RequestState.HANDED)
        assert "With a wallet" in words(await pages.at_alice(request_id))
        page = f"/money/payments/{answer['id']}"
        assert (await pages.alice.post(f"{page}/abandon")).status_code == 303
        assert "Not sent" in words(sheet((await pages.alice.get(page)).text))
        await stands(two.alice, two.at_alice, request_id, RequestState.OPEN)
        assert await two.dollars(two.bob) == 100 * DOLLARS
