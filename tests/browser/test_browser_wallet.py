"""What the Python-keyed test wallet does in a real browser, under the application's own policy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from eth_account.messages import encode_defunct
from playwright.sync_api import Browser, BrowserContext

from harness.browser_wallet import BrowserWallet, Manner, announce_hostile_wallets
from harness.signers import ContractSigner, KeySigner, UndeployedSigner, new_key
from harness.wallet_page import ORIGIN, WalletPage
from harness.wallet_prompts import Approves, Fails, Gives, Kind, Rejects, Waits
from parley.chain.api import recover_digest_signer, recover_typed_data_signer, typed_data_digest

TYPED_DATA: dict[str, Any] = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
        "Say": [{"name": "text", "type": "string"}],
    },
    "primaryType": "Say",
    "domain": {"name": "Test", "chainId": 1},
    "message": {"text": "hello"},
}
OpenPage = Callable[..., WalletPage]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens the page in a context with wallets; the policy is never violated."""
    contexts: list[BrowserContext] = []
    pages: list[WalletPage] = []

    def open_(*wallets: BrowserWallet) -> WalletPage:
        contexts.append(browser.new_context())
        for wallet in wallets:
            wallet.install(contexts[-1])
        pages.append(WalletPage(contexts[-1]))
        return pages[-1]

    yield open_
    complaints = [each for page in pages for each in page.complaints]
    for context in contexts:
        context.close()
    assert complaints == []


def sign(page: WalletPage, account: str, data: dict[str, Any] = TYPED_DATA) -> Any:
    return page.ask("eth_signTypedData_v4", account, json.dumps(data))


def test_the_policy_is_in_force(browser: Browser) -> None:
    """Otherwise the rest says nothing."""
    page = WalletPage(browser.new_context())
    with page.page.expect_console_message() as said:
        page.page.evaluate(
            "document.body.append(Object.assign(document.createElement('script'), {text: '1'}))"
        )

    assert "Content Security Policy" in said.value.text
    page.page.context.close()


def test_connecting_and_signing(open_page: OpenPage) -> None:
    """An account is listed after one prompt, signatures are its own, and each takes a prompt."""
    wallet = BrowserWallet()
    page = open_page(wallet)
    account = wallet.address.lower()

    assert page.ask("eth_accounts") == []
    assert sign(page, account) == 4100, "not connected"
    assert page.ask("eth_requestAccounts") == [account]
    assert page.ask("eth_requestAccounts") == page.ask("eth_accounts") == [account], "without a prompt"
    assert [each.kind for each in wallet.prompts] == [Kind.CONNECT]
    assert page.ask("eth_chainId") == "0x1"
    typed = bytes.fromhex(sign(page, account)[2:])
    hexadecimal = page.ask("personal_sign", "0x" + "Grüße\n".encode().hex(), account)
    plain = page.ask("personal_sign", "Grüße\n", account)

    assert recover_typed_data_signer(TYPED_DATA, typed) == wallet.address
    expected = wallet.signers[0].key.sign_message(encode_defunct(text="Grüße\n"))  # type: ignore[attr-defined]
    assert hexadecimal == plain == "0x" + bytes(expected.signature).hex()
    assert wallet.signatures == 3
    assert [each.shown for each in wallet.prompts[1:]] == [TYPED_DATA, "Grüße\n", "Grüße\n"]
    assert {each.origin for each in wallet.prompts} == {ORIGIN}


def test_rejecting(open_page: OpenPage) -> None:
    """Counted as a prompt, and nothing is connected by it."""
    wallet = BrowserWallet()
    page = open_page(wallet)
    wallet.will(Rejects(), Approves(), Rejects())

    assert page.ask("eth_requestAccounts") == 4001
    assert page.ask("eth_accounts") == []
    assert page.ask("eth_requestAccounts") == [wallet.address.lower()]
    assert sign(page, wallet.address) == 4001
    assert len(wallet.prompts) == 3
    assert wallet.signatures == 1


def test_a_locked_wallet(open_page: OpenPage) -> None:
    """Nothing is listed or signed; connecting waits, once, and goes on when it is unlocked."""
    wallet = BrowserWallet()
    page = open_page(wallet)
    page.ask("eth_requestAccounts")
    wallet.locked = True

    assert page.ask("eth_accounts") == []
    assert sign(page, wallet.address) == 4100
    page.start("connect", "eth_requestAccounts")
    wallet.wait_for_prompt(page.page)
    assert page.ask("eth_requestAccounts") == -32002
    assert page.outcome("connect") is None
    wallet.unlock()
    assert page.wait_for_outcome("connect") == {"result": [wallet.address.lower()]}


def test_no_answer_and_a_late_one(open_page: OpenPage) -> None:
    """A prompt stays open over a reload, as wallets' windows do; what is answered then reaches nobody."""
    wallet = BrowserWallet()
    page = open_page(wallet)
    page.ask("eth_requestAccounts")
    wallet.will(Waits(), Waits())
    page.start("first", "personal_sign", "first", wallet.address)
    assert wallet.wait_for_prompt(page.page).shown == "first"
    assert page.outcome("first") is None
    wallet.answer()
    assert "result" in page.wait_for_outcome("first")

    page.start("second", "personal_sign", "second", wallet.address)
    wallet.wait_for_prompt(page.page)
    page.page.reload()
    assert [each.shown for each in wallet.waiting] == ["second"]
    wallet.answer(Rejects())
    assert wallet.waiting == []
    assert page.outcome("second") is None


def test_arriving_late(open_page: OpenPage) -> None:
    """Neither announced nor injected at first; then both, and it answers when asked for."""
    wallet = BrowserWallet(injected=True, late=True)
    page = open_page(wallet)
    page.look()
    assert page.get("names") == []
    assert page.page.evaluate("typeof window.ethereum") == "undefined"
    wallet.arrive()
    assert page.get("announcements") == [wallet.name]
    page.look()
    assert page.get("announcements") == [wallet.name] * 2
    assert page.get("names") == [wallet.name], "one wallet, however often it says so"
    assert page.page.evaluate("typeof window.ethereum") == "object"


def test_several_wallets(open_page: OpenPage) -> None:
    """Each with its own account and chain; one of them is only the old window.ethereum."""
    red = BrowserWallet(name="Red")
    blue = BrowserWallet(name="Blue", chain_id=31337)
    old = BrowserWallet(name="Old", announced=False, injected=True)
    page = open_page(red, blue, old)

    assert sorted(page.get("names")) == ["Blue", "Red"]
    assert page.ask("eth_requestAccounts", wallet="Red") == [red.address.lower()]
    assert page.ask("eth_requestAccounts", wallet="Blue") == [blue.address.lower()]
    assert page.ask("eth_requestAccounts", wallet="none of these") == [old.address.lower()]
    assert [page.ask("eth_chainId", wallet=name) for name in ("Red", "Blue")] == ["0x1", "0x7a69"]
    blue.announce()
    assert len(page.get("names")) == 2
    assert [len(each.prompts) for each in (red, blue, old)] == [1, 1, 1]


def test_among_hostile_wallets(browser: Browser) -> None:
    """They come before and after it, and it can still be found and asked."""
    context = browser.new_context()
    wallet = BrowserWallet()
    announce_hostile_wallets(context)
    wallet.install(context)
    page = WalletPage(context)
    announcements = page.get("announcements")

    assert len(announcements) > 100
    assert announcements.count("malformed") >= 5
    assert page.ask("eth_requestAccounts", wallet=wallet.name) == [wallet.address.lower()]
    assert page.complaints == []
    context.close()


def test_another_account(open_page: OpenPage) -> None:
    """The page is told, or is not; the account of before is signed for no longer."""
    first, second, third = (KeySigner(new_key()) for _ in range(3))
    wallet = BrowserWallet([first])
    page = open_page(wallet)
    page.ask("eth_requestAccounts")
    wallet.select(second)
    assert page.get("events") == [[wallet.name, "accountsChanged", [second.address.lower()]]]
    assert sign(page, first.address) == 4100
    wallet.select(third, second, told=False)
    assert len(page.get("events")) == 1
    assert page.ask("eth_accounts") == [third.address.lower(), second.address.lower()]
    wallet.disconnect()
    assert page.ask("eth_accounts") == []
    assert page.get("events")[-1] == [wallet.name, "accountsChanged", []]


def test_another_account_while_a_prompt_is_open(open_page: OpenPage) -> None:
    """What was shown is what is signed, by the account that was asked."""
    first, second = KeySigner(new_key()), KeySigner(new_key())
    wallet = BrowserWallet([first])
    page = open_page(wallet)
    page.ask("eth_requestAccounts")
    wallet.will(Waits())
    page.start("sign", "eth_signTypedData_v4", first.address, json.dumps(TYPED_DATA))
    wallet.wait_for_prompt(page.page)
    wallet.select(second)
    wallet.answer()
    signature = bytes.fromhex(page.wait_for_outcome("sign")["result"][2:])

    assert recover_typed_data_signer(TYPED_DATA, signature) == first.address


def test_another_chain(open_page: OpenPage) -> None:
    """Told or not; typed data of the chain of before is refused; a page may ask for a known chain."""
    wallet = BrowserWallet()
    page = open_page(wallet)
    page.ask("eth_requestAccounts")
    wallet.switch(31337)
    assert page.get("events") == [[wallet.name, "chainChanged", "0x7a69"]]
    assert sign(page, wallet.address) == -32603
    wallet.switch(11155111, told=False)
    assert page.ask("eth_chainId") == "0xaa36a7"
    assert page.ask("wallet_switchEthereumChain", {"chainId": "0x1"}) is None
    assert page.get("events")[1:] == [[wallet.name, "chainChanged", "0x1"]]
    assert page.ask("wallet_switchEthereumChain", {"chainId": "0x99"}) == 4902
    assert wallet.signatures == 0


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Gives(None), "null"),
        (Gives(odd="nothing"), "undefined"),
        (Gives(42), "number"),
        (Gives({"accounts": []}), "object"),
        (Gives(["<script>"]), "object"),
        (Gives("0x" + "f" * 1_000_000), "string"),
        (Gives(odd="circle"), "object"),
        (Gives(odd="symbol"), "symbol"),
        (Gives("no error object", as_error=True), "thrown nothing"),
        (Gives(odd="trap", as_error=True), "thrown trap"),
        (Fails("4001"), "thrown"),
        (Fails(-32603), "thrown"),
    ],
)
def test_garbage(open_page: OpenPage, answer: Any, kind: str) -> None:
    """Whatever a wallet may answer instead of an answer."""
    wallet = BrowserWallet()
    page = open_page(wallet)
    wallet.will(answer)

    assert page.page.evaluate("dapp.kind('', 'eth_requestAccounts')") == kind


@pytest.mark.parametrize("params", [[], [1, 2], ["0x12"], [{}, {}], "text", None])
def test_a_page_that_asks_badly_is_refused(open_page: OpenPage, params: Any) -> None:
    """Without a prompt: a wallet protects its person from bad pages."""
    wallet = BrowserWallet()
    page = open_page(wallet)
    page.ask("eth_requestAccounts")
    for method in ("eth_signTypedData_v4", "personal_sign", "wallet_switchEthereumChain"):
        outcome = page.page.evaluate("(sent) => dapp.ask(...sent)", ["", method, params])
        assert outcome["error"]["code"] == -32602
    assert page.ask("eth_sendTransaction", {}) == 4200
    assert wallet.signatures == 0


def test_a_provider_that_is_broken(open_page: OpenPage) -> None:
    """One that throws at once, one that gives no promise, one that cannot be asked."""
    wallets = [BrowserWallet(name=each.value, manner=each) for each in Manner]
    page = open_page(*wallets)
    tell = """(name) => {
      const provider = [...met.values()].find(({ info }) => info.name === name).provider;
      try { return typeof provider.request({ method: "eth_chainId" }).then; }
      catch (thrown) { return thrown.message; }
    }"""

    assert [page.page.evaluate(tell, each.name) for each in wallets] == [
        "function",
        "a wallet that throws",
        "undefined",
        "provider.request is not a function",
    ]


def test_contract_accounts(open_page: OpenPage) -> None:
    """The contract's address is the account, its owner's key signs; an undeployed one wraps the signature."""
    owner, factory = new_key(), "0x" + "fa" * 20
    deployed = ContractSigner(new_key().address, owner)
    undeployed = UndeployedSigner(new_key().address, owner, factory, b"prepare")
    wallet = BrowserWallet([deployed, undeployed])
    page = open_page(wallet)
    digest = typed_data_digest(TYPED_DATA)

    assert page.ask("eth_requestAccounts") == [deployed.address.lower(), undeployed.address.lower()]
    signature = bytes.fromhex(sign(page, deployed.address)[2:])
    assert recover_digest_signer(digest, signature) == owner.address
    assert bytes.fromhex(sign(page, undeployed.address)[2:]) == undeployed.sign(digest)


def test_the_same_wallet_in_a_new_browser(open_page: OpenPage) -> None:
    """One wallet, two contexts; a site stays connected, and both are told of changes."""
    wallet = BrowserWallet()
    first, second = open_page(wallet), open_page(wallet)
    first.ask("eth_requestAccounts")
    assert second.ask("eth_accounts") == [wallet.address.lower()]
    wallet.switch(31337)
    assert len(first.get("events")) == len(second.get("events")) == 1
