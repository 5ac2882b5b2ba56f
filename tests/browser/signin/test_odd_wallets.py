"""Wallets and answers as they should not be, in the first run of a real process: told, harmless, tried again."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from harness.browser_wallet import BrowserWallet, Manner, announce_hostile_wallets
from harness.real_pages import (
    LOCKED,
    PASSPHRASE,
    SIGN_IN,
    RealPages,
    account_of,
    at_home,
    choose,
    posted,
    press,
    sign,
    status,
    told,
)
from harness.signers import ContractSigner, KeySigner, RestlessSigner, ZeroBasedSigner, new_key
from harness.wallet_prompts import Approves, Fails, Gives, Rejects, Waits

NONSENSE = "gave an answer that makes no sense"


@pytest.fixture(scope="module")
def begun(alone: RealPages) -> Iterator[RealPages]:
    """A first run whose passphrase is chosen: what goes wrong after that leaves it as it is."""
    form = {"passphrase": PASSPHRASE, "again": PASSPHRASE, "device_name": "laptop"}
    assert alone.person.client.post("welcome", data=form).headers["location"] == "/welcome/wallet"
    yield alone
    assert alone.person.client.get("").headers["location"] == "/unlock"
    assert alone.person.client.get("unlock").headers["location"] == "/welcome", "no profile was made"
    alone.forget_profile()


@pytest.fixture
def pages(begun: RealPages) -> Iterator[RealPages]:
    """What the consoles complain of fails the test."""
    with begun.visited():
        yield begun


def _account(pages: RealPages, *wallets: BrowserWallet) -> Page:
    return pages.open("/welcome/wallet", *wallets)


def test_declining(pages: RealPages) -> None:
    """To be connected, then to sign; each can be tried again."""
    wallet = BrowserWallet()
    wallet.will(Rejects(), Approves(), Rejects())
    page = _account(pages, wallet)
    choose(page, wallet)
    told(page, "You declined in your wallet.")
    sign(page, wallet)
    told(page, "You declined in your wallet.")
    pages.look(page, "declined")
    choose(page, wallet)

    expect(page.get_by_role("button", name=SIGN_IN)).to_be_focused()
    assert wallet.signatures == 1


def test_a_locked_wallet(pages: RealPages) -> None:
    """It waits for its password; whoever starts again meanwhile is told to answer it first."""
    wallet = BrowserWallet(locked=True)
    page = _account(pages, wallet)
    choose(page, wallet)
    wallet.wait_for_prompt(page)
    press(page, "Cancel")
    status(page, "Cancelled.")
    choose(page, wallet)
    told(page, "still has an earlier request open")
    wallet.unlock()
    choose(page, wallet)
    expect(page.get_by_role("button", name=SIGN_IN)).to_be_focused()
    wallet.locked = True
    press(page, SIGN_IN)

    told(page, "Your wallet is locked")
    assert wallet.signatures == 0


def test_one_that_never_answers(pages: RealPages) -> None:
    """The person is told where to look, and can leave; what comes afterwards changes nothing."""
    wallet = BrowserWallet()
    wallet.will(Approves(), Waits())
    page = _account(pages, wallet)
    page.clock.install()
    page.reload()
    sign(page, wallet)
    wallet.wait_for_prompt(page)
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.clock.fast_forward(6_000)
    status(page, f"Still waiting for {wallet.name}. Open your wallet")
    pages.look(page, "still waiting")
    press(page, "Cancel")
    status(page, "Cancelled.")
    expect(page.get_by_role("button", name=wallet.name)).to_be_focused()
    forms = posted(page, "/welcome/wallet")
    wallet.answer()
    choose(page, wallet)
    expect(page.get_by_role("button", name=SIGN_IN)).to_be_focused()

    assert forms == []


def test_one_that_comes_late(pages: RealPages) -> None:
    """After the page said that there is none."""
    wallet = BrowserWallet(late=True)
    page = _account(pages, wallet)
    expect(page.get_by_text("No wallet was found in this browser.")).to_be_visible()
    pages.look(page, "no wallet")
    wallet.arrive()
    expect(page.get_by_text("No wallet was found in this browser.")).to_be_hidden()
    choose(page, wallet)

    expect(page.get_by_text(wallet.address)).to_be_visible()


def test_several_wallets(pages: RealPages) -> None:
    """Each by its name, with its own account and network; only the chosen one is asked."""
    red = BrowserWallet(name="Red")
    blue = BrowserWallet(name="Blue", chain_id=11155111)
    old = BrowserWallet(name="Old", announced=False, injected=True)
    page = _account(pages, red, blue, old)
    expect(page.get_by_role("list", name="Wallets").get_by_role("button")).to_have_text(["Red", "Blue"])
    for wallet, network in ((blue, "Sepolia"), (red, "Ethereum Mainnet")):
        choose(page, wallet)
        expect(page.locator("#wallet-facts")).to_contain_text(wallet.address)
        expect(page.locator("#wallet-facts")).to_contain_text(network)
        press(page, "Cancel")

    assert [len(each.prompts) for each in (red, blue, old)] == [1, 1, 0]


def test_addresses_are_spelled_as_wallets_spell_them(pages: RealPages) -> None:
    """EIP-55, whatever a wallet writes."""
    addresses = [new_key().address for _ in range(50)] + ["0x" + "0" * 40]
    page = _account(pages)
    spell = (
        "async (all) => { const { spelled } = await import('/static/eip55.js'); return all.map(spelled); }"
    )

    for written in (str.lower, lambda each: "0x" + each[2:].upper()):
        assert page.evaluate(spell, [written(each) for each in addresses]) == addresses


def test_among_hostile_wallets(pages: RealPages) -> None:
    """Names are text, pictures come from nowhere else, and a bounded number of them is shown."""
    wallet = BrowserWallet()
    context = pages.context(wallet)
    announce_hostile_wallets(context)
    pages.sign_in(context)
    page = pages.stranger("/welcome/wallet", context=context)
    choose(page, wallet)
    expect(page.get_by_text(wallet.address)).to_be_visible()
    press(page, "Cancel")

    assert page.get_by_role("list", name="Wallets").get_by_role("button").count() == 16
    pictures = page.locator(".wallet-list img").evaluate_all("all => all.map((each) => each.src)")
    assert all(each.startswith(("data:image/", pages.origin)) for each in pictures)


@pytest.mark.parametrize("told_of", [True, False])
@pytest.mark.parametrize("what", ["account", "chain"])
def test_a_change_before_signing(pages: RealPages, what: str, told_of: bool) -> None:
    """What is signed was shown before: a change that is told of is shown, any other is found out."""
    wallet = BrowserWallet()
    other = KeySigner(new_key())
    page = _account(pages, wallet)
    choose(page, wallet)
    expect(page.get_by_text(wallet.address)).to_be_visible()
    if what == "account":
        wallet.select(other, told=told_of)
    else:
        wallet.switch(11155111, told=told_of)
    if told_of:
        shown = other.address if what == "account" else "Sepolia"
        expect(page.locator("#wallet-facts")).to_contain_text(shown)
        status(page, "has changed to another account or network")
    else:
        press(page, SIGN_IN)
        told(page, "changed meanwhile")

    assert wallet.signatures == 0


def test_a_change_while_it_signs(pages: RealPages) -> None:
    """What was signed for the account of before is not sent."""
    wallet = BrowserWallet()
    wallet.will(Approves(), Waits())
    page = _account(pages, wallet)
    forms = posted(page, "/welcome/wallet")
    sign(page, wallet)
    wallet.wait_for_prompt(page)
    wallet.select(KeySigner(new_key()), told=False)
    wallet.answer()
    told(page, "changed meanwhile")

    assert forms == []


ADDRESS = "0x" + "a" * 40


GARBAGE: list[tuple[Gives | Fails, str]] = [
    (Gives(None), NONSENSE),
    (Gives(odd="nothing"), NONSENSE),
    (Gives([]), "Your wallet is locked"),
    (Gives([[ADDRESS]]), NONSENSE),
    (Gives({"0": ADDRESS, "length": 1}), NONSENSE),
    (Gives(["<script>alert(1)</script>"]), NONSENSE),
    (Gives(odd="circle"), NONSENSE),
    (Gives(odd="symbol"), NONSENSE),
    (Gives("no error object", as_error=True), "reported a failure (number ?)"),
    (Gives(odd="trap", as_error=True), "reported a failure (number ?)"),
    (Gives(odd="nothing", as_error=True), "reported a failure (number ?)"),
    (Gives({"code": {"code": 4001}}, as_error=True), "reported a failure (number ?)"),
    (Fails("4001"), "You declined in your wallet."),
    (Fails("__proto__"), "reported a failure (number ?)"),
    (Fails(-32603, "<b>bold</b>"), "reported a failure (number -32603)"),
]


def test_garbage_for_accounts(pages: RealPages) -> None:
    """Told in words of ours, one after the other on one page; the next try goes on."""
    wallet = BrowserWallet()
    wallet.will(*(answer for answer, _ in GARBAGE))
    page = _account(pages, wallet)
    for answer, words in GARBAGE:
        choose(page, wallet)
        expect(page.get_by_role("alert"), str(answer)).to_contain_text(words)
        expect(page.get_by_role("alert"), str(answer)).to_be_focused()
    choose(page, wallet)

    expect(page.get_by_text(wallet.address)).to_be_visible()


def test_garbage_for_signatures(pages: RealPages) -> None:
    """Never sent; one after the other, on one page."""
    wallet = BrowserWallet()
    page = _account(pages, wallet)
    forms = posted(page, "/welcome/wallet")
    for given in (
        Gives(None),
        Gives("0x"),
        Gives("0x" + "f" * 1_000_000),
        Gives(["0x" + "ab" * 65]),
        Gives("<b>signed</b>"),
        Gives(odd="circle"),
        Gives(odd="trap"),
    ):
        choose(page, wallet)
        wallet.will(given)
        press(page, SIGN_IN)
        told(page, "Nothing was done; start again")

    assert forms == []


@pytest.mark.parametrize(
    ("manner", "words"), [(Manner.THROWS, "reported a failure"), (Manner.NO_PROMISE, NONSENSE)]
)
def test_a_provider_that_is_broken(pages: RealPages, manner: Manner, words: str) -> None:
    """One that throws at once, and one that gives no promise."""
    wallet = BrowserWallet(manner=manner)
    page = _account(pages, wallet)
    choose(page, wallet)

    told(page, words)


TRAPS = """() => {
  const trap = () => { throw new Error("a trap"); };
  const announce = (detail) => {
    window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  };
  const info = { uuid: "1", name: "Trap", icon: "" };
  const request = async () => { throw new Proxy({}, { get: trap }); };
  announce(new Proxy({}, { get: trap }));
  announce({ info, get provider() { return trap(); } });
  announce({ info, provider: new Proxy({}, { get: trap }) });
  announce({ info: { ...info, get name() { return trap(); } }, provider: { request } });
  announce({ info, provider: { request, on: trap, removeListener: trap } });
}"""


def test_what_throws_when_it_is_looked_at(pages: RealPages) -> None:
    """Announcements are left out, and a provider is told of; the page goes on."""
    page = _account(pages)
    expect(page.get_by_text("No wallet was found in this browser.")).to_be_visible()
    page.evaluate(TRAPS)
    for _ in range(2):
        choose(page, "Trap")
        told(page, "reported a failure (number ?)")

    expect(page.get_by_role("list", name="Wallets").get_by_role("button")).to_have_count(1)


def test_a_signature_of_another_account(pages: RealPages) -> None:
    """Without a node it may still be a smart account's, and that is what is told."""
    wallet = BrowserWallet([ContractSigner(new_key().address, new_key())])
    page = _account(pages, wallet)
    sign(page, wallet)

    expect(page.get_by_role("alert").first).to_contain_text("No key made this signature.")
    expect(page.get_by_label("Address of an Ethereum node")).to_be_focused()


def test_a_nonce_serves_once(connected: RealPages) -> None:
    """Where a node tells that the signature is another's, the right one comes too late for the same nonce."""
    key = new_key()
    wallet = BrowserWallet([ContractSigner(str(key.address), new_key())], chain_id=31337)
    page = connected.begin(wallet)
    forms = posted(page, "/welcome/wallet")
    sign(page, wallet)
    told(page, "not of the account that was shown")
    signed = key.sign_typed_data(full_message=wallet.prompts[-1].shown)
    form = {"id": forms[0]["id"], "signature_1": "0x" + bytes(signed.signature).hex(), "endpoint": ""}
    answers = [_post(connected, {**form, "id": nonce}) for nonce in (form["id"], "0" * 64, "", "\u0660" * 64)]

    assert [each.status_code for each in answers] == [409] * 4
    assert all("expired or was used already" in each.text for each in answers)
    wallet.signers = [KeySigner(key)]
    sign(page, wallet)
    at_home(page)


def _post(pages: RealPages, form: dict[str, str]) -> httpx.Response:
    return pages.person.client.post("welcome/wallet", data=form)


def test_a_signature_that_does_not_repeat(parley: RealPages) -> None:
    """It makes a profile as any other, and is told that it cannot open it."""
    wallet = BrowserWallet([RestlessSigner(new_key())])
    page = parley.make_profile(wallet)
    page.goto(parley.origin + "/settings/unlocking")
    sign(page, wallet, "Set up with this account")
    told(page, "signed the same text twice with different results")
    parley.look(page, "settings with a problem")
    parley.lock()
    expect(page).to_have_title(LOCKED)

    expect(page.get_by_text("Unlock with your wallet")).to_have_count(0)


def test_a_signature_that_ends_in_zero_or_one(parley: RealPages) -> None:
    """As some hardware wallets write it: it makes the profile, and opens it."""
    wallet = BrowserWallet([ZeroBasedSigner(new_key())])
    page = parley.make_profile(wallet)
    assert account_of(page) == wallet.address
    page.goto(parley.origin + "/settings/unlocking")
    sign(page, wallet, "Set up with this account")
    status(page, "Your wallet can unlock Parley from now on.")
    press(page, "Lock")
    sign(page, wallet, "Unlock with this account")

    at_home(page)
