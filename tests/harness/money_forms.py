"""What two people do about money without looking at a page: forms sent as a browser sends them.

For what a page is looked at for only once it is there, at a fraction of the time.
"""

from __future__ import annotations

import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import trio

from harness.money_pages import CHAIN_ID, Payers
from harness.people import delivered, settle
from harness.processes import CLUSTER_ID, PASSPHRASE, wait_until
from harness.town import LOOPBACK
from parley.chat.payments.model import RequestedCall
from parley.messenger import open_messenger
from parley.messenger.money.model import Wish
from parley.messenger.profile import unlock_profile
from parley.settings import Settings

COIN = f"{CHAIN_ID}-coin"
_CARD = re.compile(r'<article id="card-[0-9a-f]{64}".*?</article>', re.DOTALL)
_PAY = re.compile(r'action="/(conversations/[0-9a-f]{32}/requests/[0-9a-f]{64}/pay)"')


def prepare_send(people: Payers, to: str, amount: str, asset: str = COIN) -> str:
    """Alice prepares a payment; gives the address of the page that shows it before she signs."""
    form = {"account": people.alice.key.address, "asset": asset, "to": to, "amount": amount}
    return _led_to(people, "money/send", form)


def confirm(people: Payers, preview: str, typed: str = "") -> str:
    """Alice confirms what was prepared, by the wallet inside; gives the address of the payment's page."""
    return _led_to(people, f"{preview.lstrip('/')}/confirm", {"fee": "normal", "typed": typed})


def ask_money(people: Payers, amount: str, note: str, asset: str = COIN) -> None:
    """Bob asks Alice for money."""
    _bob_asks(people, "ask", note, asset=asset, amount=amount)


def ask_call(
    people: Payers, to: str, function: str, arguments: list[str], note: str, value: str = ""
) -> None:
    """Bob asks Alice to call a contract."""
    fields = {"network": str(CHAIN_ID), "to": to, "function": function, "value": value}
    _bob_asks(people, "call", note, **fields, arguments="\n".join(arguments))


def ask_by_hand(people: Payers, calls: tuple[RequestedCall, ...], note: str) -> None:
    """Bob asks Alice for calls that no form of his makes: his process ends, his profile asks, it starts again."""
    bob = people.bob.process
    bob.stop()

    async def ask() -> None:
        settings = Settings(
            bob.data,
            listen=(LOOPBACK,),
            peers=bob.peers,
            cluster_id=CLUSTER_ID,
            rpc=(people.world.url,),
            chain_id=CHAIN_ID,
        )
        key = (await unlock_profile(bob.data, PASSPHRASE)).database
        async with open_messenger(settings, key) as messenger:
            token = secrets.token_urlsafe(18)
            await messenger.money.ask(Wish(people.there, CHAIN_ID, None, 0, note, 3600, token, calls))

            await settle(messenger, people.there, delivered(1))

    # In a thread, because a browser test has an event loop of its own in this one.
    with ThreadPoolExecutor() as threads:
        threads.submit(trio.run, ask).result()
    bob.start()


def prepare_asked(people: Payers, note: str) -> str:
    """Alice prepares to pay the card with a note, once it is there; gives the address of the page that shows it."""
    return _led_to(people, pay_form(people, note), {})


def pay_form(people: Payers, note: str) -> str:
    """Where the form of the card with a note goes, once Alice has it."""
    found: list[str] = []

    def there() -> bool:
        page = unescape(people.alice.process.client.get(f"conversations/{people.here}").text)
        cards = [each for each in _CARD.findall(page) if note in each]
        found[:] = [match[1] for each in cards if (match := _PAY.search(each))]
        return bool(found)

    wait_until(there, 30)
    return found[0]


def _led_to(people: Payers, address: str, form: dict[str, str]) -> str:
    answer = people.alice.process.client.post(address, data=form)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def _bob_asks(people: Payers, what: str, note: str, **form: str) -> None:
    form |= {"note": note, "expires": "3600", "form_token": secrets.token_urlsafe(18)}
    answer = people.bob.process.client.post(f"conversations/{people.there}/{what}", data=form)
    assert answer.status_code == 303, answer.text
