"""What is shown before a signature, and signing it by the wallet inside."""

from __future__ import annotations

import httpx
import pytest

from harness.memory_messenger import MemoryMessenger
from harness.memory_money import DEMO_CHAIN, SEPOLIA, TEST_DOLLAR, MemoryMoney, transfer
from harness.memory_wallet import WALLET_PASSPHRASE, MemoryVault
from harness.sample_money import CONTRACT, ETHER, STRANGER, approve, vote
from parley.chat.payments.model import PaymentState, RequestedCall
from parley.messenger.errors import NodesUnreachableError, WalletLockedError
from parley.messenger.money import errors
from web.money.reading import actions, sheet, told, words

SENT = {"fee": "normal"}


async def _preview(money: MemoryMoney, *calls: RequestedCall, chain_id: int = DEMO_CHAIN) -> str:
    shown = await money.preview_calls(money.own, chain_id, calls)
    return f"/money/previews/{shown.preview_id}"


async def test_everything_that_is_signed_is_shown_first(
    client: httpx.AsyncClient, money: MemoryMoney, bobs: str, own: str
) -> None:
    """Network, account, amount, whole address and name, what leaves, every fee, and until when it is good."""
    money.names["bob.eth"] = bobs
    prepared = await money.preview_send(own, DEMO_CHAIN, TEST_DOLLAR, "bob.eth", 25_000_001)
    page = (await client.get(f"/money/previews/{prepared.preview_id}")).text
    shown = words(sheet(page))

    assert "What you sign Test network Local development chain" in shown
    assert "Send 25.000001 tUSD" in shown
    assert bobs in shown
    assert "You typed the name bob.eth. It is asked again before you sign." in shown
    assert f"Paid by Main your account {own}" in shown
    assert "Leaves 25.000001 tUSD" in shown
    assert "Tried out by the Ethereum node as of 2027-01-15" in shown
    for fee in ("Slow at most 0.000168 ETH", "Normal at most 0.00021 ETH", "Fast at most 0.000315 ETH"):
        assert fee in shown
    assert "You have never paid this address" in shown
    assert "This can be confirmed until 2027-01-15" in shown
    assert 'value="normal" checked' in page
    assert actions(sheet(page))[0] == f"/money/previews/{prepared.preview_id}/confirm"


async def test_signing_leads_to_the_payment(
    client: httpx.AsyncClient, money: MemoryMoney, bobs: str, own: str
) -> None:
    """With the fee that was chosen."""
    path = await _preview(money, transfer(None, bobs, ETHER))
    answer = await client.post(f"{path}/confirm", data={"fee": "fast"})
    ((payment_id, row),) = money.made.items()

    assert (answer.status_code, answer.headers["location"]) == (303, f"/money/payments/{payment_id}")
    assert row.max_fee_per_gas == 15 * 10**9
    assert row.calls == (transfer(None, bobs, ETHER),)
    assert row.state is PaymentState.PENDING


async def test_twice_gives_the_same_payment(client: httpx.AsyncClient, money: MemoryMoney, bobs: str) -> None:
    """A double click, and the back button; also when the five minutes are over by then."""
    path = await _preview(money, transfer(None, bobs, ETHER))
    first = await client.post(f"{path}/confirm", data=SENT)
    second = await client.post(f"{path}/confirm", data={"fee": "slow"})

    assert first.headers["location"] == second.headers["location"]
    assert len(money.made) == 1


async def test_after_five_minutes_nothing_can_be_confirmed(
    client: httpx.AsyncClient, alice: MemoryMessenger, money: MemoryMoney, bobs: str
) -> None:
    """Neither looked at."""
    path = await _preview(money, transfer(None, bobs, ETHER))
    alice.wait(5 * 60 * 1000)

    for answer in (await client.get(path), await client.post(f"{path}/confirm", data=SENT)):
        assert answer.status_code == 410
        assert "Nothing was paid" in answer.text
    assert money.made == {}


@pytest.mark.parametrize("typed", ["", "aprove", "yes", "approve it"])
async def test_what_gives_rights_away_is_confirmed_by_typing(
    client: httpx.AsyncClient, money: MemoryMoney, typed: str
) -> None:
    """The word that the page names; whoever types another is shown the page again."""
    path = await _preview(money, approve(TEST_DOLLAR, STRANGER, 2**256 - 1))
    page = (await client.get(path)).text
    assert "Type “approve” to confirm" in page
    refused = await client.post(f"{path}/confirm", data={**SENT, "typed": typed})

    assert refused.status_code == 422
    assert "Type “approve” to confirm." in told(refused.text)
    assert money.made == {}
    right = await client.post(f"{path}/confirm", data={**SENT, "typed": " Approve "})
    assert right.status_code == 303


@pytest.mark.parametrize("form", [{}, {"fee": ""}, {"fee": "free"}, {"fee": "x" * 300}])
async def test_a_fee_that_was_not_offered(
    client: httpx.AsyncClient, money: MemoryMoney, bobs: str, form: dict[str, str]
) -> None:
    """Signs nothing."""
    path = await _preview(money, transfer(None, bobs, ETHER))

    assert (await client.post(f"{path}/confirm", data=form)).status_code == 422
    assert money.made == {}


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (errors.NotEnoughError("ETH", 18, 13 * ETHER, 12 * ETHER), 422, "the account holds 12 ETH"),
        (errors.NameMovedError("bob.eth", STRANGER, None), 409, "stands for another address now"),
        (errors.NotHandedInError("underpriced"), 502, "did not take it: “underpriced”"),
        (NodesUnreachableError(DEMO_CHAIN), 503, "Try again"),
        (WalletLockedError(), 423, "nothing was signed"),
    ],
)
async def test_what_is_wrong_is_told_beside_what_was_shown(
    client: httpx.AsyncClient, money: MemoryMoney, bobs: str, error: Exception, status: int, text: str
) -> None:
    """The page stays, and can be tried again."""
    path = await _preview(money, transfer(None, bobs, ETHER))
    money.fails_with = error
    answer = await client.post(f"{path}/confirm", data=SENT)

    assert answer.status_code == status
    assert text in told(answer.text)
    assert money.made == {}
    assert (await client.post(f"{path}/confirm", data=SENT)).status_code == 303


async def test_a_locked_wallet_asks_for_the_passphrase(
    client: httpx.AsyncClient, alice: MemoryMessenger, money: MemoryMoney, locked: MemoryVault, bobs: str
) -> None:
    """On the same page; wrong ones wait longer each time, and are never shown again."""
    path = await _preview(money, transfer(None, bobs, ETHER))
    assert 'name="passphrase"' in (await client.get(path)).text
    none = await client.post(f"{path}/confirm", data=SENT)
    assert (none.status_code, money.made) == (422, {})
    wrong = await client.post(f"{path}/confirm", data={**SENT, "passphrase": "guessed it"})
    assert (wrong.status_code, wrong.headers["retry-after"]) == (422, "1")
    assert "guessed it" not in wrong.text
    soon = await client.post(f"{path}/confirm", data={**SENT, "passphrase": WALLET_PASSPHRASE})
    assert soon.status_code == 429
    assert money.made == {}
    assert alice.wallet is not None
    assert alice.wallet.locked


async def test_the_right_passphrase_signs(
    client: httpx.AsyncClient, alice: MemoryMessenger, money: MemoryMoney, locked: MemoryVault, bobs: str
) -> None:
    """And the next time none is asked for."""
    path = await _preview(money, transfer(None, bobs, ETHER))
    answer = await client.post(f"{path}/confirm", data={**SENT, "passphrase": WALLET_PASSPHRASE})

    assert answer.status_code == 303
    assert len(money.made) == 1
    assert 'name="passphrase"' not in (await client.get(await _preview(money, vote()))).text


async def test_the_word_comes_before_the_passphrase(
    client: httpx.AsyncClient, money: MemoryMoney, locked: MemoryVault
) -> None:
    """Which costs a second, and opens the wallet."""
    path = await _preview(money, approve(TEST_DOLLAR, STRANGER, 1))
    answer = await client.post(f"{path}/confirm", data={**SENT, "typed": "", "passphrase": WALLET_PASSPHRASE})

    assert answer.status_code == 422
    assert locked.passphrases.tries == 0


async def test_what_would_fail_says_why(client: httpx.AsyncClient, money: MemoryMoney, bobs: str) -> None:
    """In the contract's words, which are marked as such."""
    money.would_fail = "paused <b>now</b>"
    shown = (await client.get(await _preview(money, transfer(None, bobs, ETHER)))).text

    assert 'It would fail. <q dir="auto">paused &lt;b&gt;now&lt;/b&gt;</q>' in shown


async def test_what_could_not_be_tried_out_says_so(client: httpx.AsyncClient, money: MemoryMoney) -> None:
    """And does not say that nothing happens."""
    money.simulated = False
    shown = words(sheet((await client.get(await _preview(money, vote()))).text))

    assert "No Ethereum node could try it out." in shown
    assert "Nothing leaves the account" not in shown


async def test_without_a_fee_only_a_wallet_of_the_browser_pays(
    client: httpx.AsyncClient, money: MemoryMoney, bobs: str
) -> None:
    """While no node answers: the wallet chooses the fee itself."""
    money.priced = False
    path = await _preview(money, transfer(None, bobs, ETHER))
    page = (await client.get(path)).text
    assert "No Ethereum node says what the fee is" in page
    assert "/confirm" not in page
    assert "data-wallets" in page
    assert (await client.post(f"{path}/confirm", data=SENT)).status_code == 422
    wallet = {"address": money.own, "chain": hex(DEMO_CHAIN), "fee": "", "typed": "", "batch": "no"}
    ((request),) = (await client.post(f"{path}/outside", data=wallet)).json()["requests"]
    assert "maxFeePerGas" not in request["params"][0]


async def test_another_network_than_the_one_in_use_is_warned_of(
    client: httpx.AsyncClient, money: MemoryMoney, bobs: str
) -> None:
    """And one that is in use is not."""
    other = (await client.get(await _preview(money, transfer(None, bobs, 1), chain_id=SEPOLIA))).text
    same = (await client.get(await _preview(money, transfer(None, bobs, 1)))).text

    assert "Not the network you use" in other
    assert "Sepolia" in words(sheet(other))
    assert "Not the network you use" not in same


async def test_a_call_shows_function_arguments_and_bytes(
    client: httpx.AsyncClient, money: MemoryMoney
) -> None:
    """All of it, though nobody has to open the bytes."""
    shown = (await client.get(await _preview(money, vote(2)))).text

    assert "Call vote(uint256)" in shown
    assert f"Contract {CONTRACT}" in words(shown)
    assert "0x0121b93f" in shown
    assert ">Sign and send</button>" in shown


@pytest.mark.parametrize("what", ["nonsense", "ab" * 16])
async def test_previews_that_are_not_there(client: httpx.AsyncClient, what: str) -> None:
    """Of any id."""
    for answer in (
        await client.get(f"/money/previews/{what}"),
        await client.post(f"/money/previews/{what}/confirm", data=SENT),
    ):
        assert answer.status_code in {404, 410}


async def test_several_calls_are_not_for_the_wallet_inside(
    client: httpx.AsyncClient, money: MemoryMoney, bobs: str
) -> None:
    """It makes one transaction a call; a wallet of the browser may do better."""
    page = (await client.get(await _preview(money, vote(1), vote(2)))).text

    assert "/confirm" not in page
    assert 'data-calls="2"' in page


async def test_a_stuck_payment_is_sped_up_or_cancelled_by_the_wallet_inside(
    client: httpx.AsyncClient, money: MemoryMoney, bobs: str
) -> None:
    """Each is shown first like any other; a wallet of the browser could not take the same place."""
    first = await client.post(f"{await _preview(money, transfer(None, bobs, ETHER))}/confirm", data=SENT)
    payment = first.headers["location"]
    page = (await client.get(payment)).text
    assert [each.rpartition("/")[2] for each in actions(page)][-2:] == ["speed-up", "cancel"]
    for what, amount in (("speed-up", "1 ETH"), ("cancel", "0 ETH")):
        answer = await client.post(f"{payment}/{what}")
        assert answer.status_code == 303
        shown = (await client.get(answer.headers["location"])).text
        assert amount in words(sheet(shown))
        assert "It takes the place of a payment that still waits" in shown
        assert "data-wallets" not in shown
    money.priced = False
    unpriced = (await client.post(f"{payment}/speed-up")).headers["location"]
    page = (await client.get(unpriced)).text
    assert "No Ethereum node says what the fee is" in page
    assert "data-wallets" not in page
    money.move(payment.rpartition("/")[2], PaymentState.SETTLED)
    for what in ("speed-up", "cancel"):
        refused = await client.post(f"{payment}/{what}")
        assert refused.status_code == 409
        assert "not waiting any more" in refused.text
    assert "speed-up" not in (await client.get(payment)).text
