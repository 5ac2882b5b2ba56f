"""What a person sees of a wallet in the browser: found, shown, signed, and all that may go wrong on the way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from harness.locked_pages import LockedPages, locked_pages
from harness.memory_keeper import MemoryKeeper
from harness.memory_messenger import MemoryMessenger
from harness.tiny_wallet import TinyWallet

PASSPHRASE = "correct horse battery"
SIGN_IN = "Sign in with this account"
HOSTILE_NAME = "<img src=x onerror=alert(1)>\n\u202e" + "x" * 99
ANNOUNCE = """window.announce = (uuid, name, icon, request) => {
  const detail = { info: { uuid, name, icon }, provider: { request } };
  window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
}"""


@pytest.fixture
def new(browser: Browser) -> Iterator[LockedPages]:
    """A folder without a profile."""
    messenger = MemoryMessenger("alice")
    with locked_pages(browser, MemoryKeeper(None, messenger), messenger) as new:
        yield new


def _choose_account(new: LockedPages, wallet: bool = True) -> tuple[Page, TinyWallet | None]:
    """Begin, up to the choice of the account."""
    context = new.context()
    tiny = TinyWallet(context) if wallet else None
    page = new.open("/welcome", context)
    for label in ("Passphrase", "The same again"):
        page.get_by_label(label).fill(PASSPHRASE)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Choose your account")).to_be_visible()
    return page, tiny


def _confirm(page: Page) -> None:
    page.get_by_role("button", name="Tiny Wallet").click()
    page.get_by_role("button", name=SIGN_IN).click()


def test_the_first_run_is_one_signature_by_keyboard_alone(new: LockedPages) -> None:
    """Account and network are shown before; the focus goes where the next key belongs."""
    page, tiny = _choose_account(new)
    assert tiny is not None
    page.get_by_role("button", name="Tiny Wallet").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=SIGN_IN)).to_be_focused()
    expect(page.get_by_text(tiny.address)).to_be_visible()
    expect(page.get_by_text("Ethereum Mainnet")).to_be_visible()
    assert tiny.prompts == []
    page.keyboard.press("Enter")

    expect(page.get_by_text("No conversations yet.")).to_be_visible()
    assert tiny.prompts == ["eth_signTypedData_v4"]
    assert new.messenger.account == tiny.address


@pytest.mark.parametrize(
    ("method", "answer", "words"),
    [
        ("eth_requestAccounts", "{code: 4001}", "You declined in your wallet."),
        ("eth_requestAccounts", "{code: -32002}", "still has an earlier request open"),
        ("eth_requestAccounts", "[]", "Your wallet is locked"),
        ("eth_requestAccounts", "null", "makes no sense"),
        ("eth_requestAccounts", "['0x12']", "makes no sense"),
        ("eth_chainId", "'mainnet'", "makes no sense"),
        ("eth_signTypedData_v4", "{code: 4001, message: '<b>no</b>'}", "You declined in your wallet."),
        ("eth_signTypedData_v4", "{code: 4100}", "Your wallet is locked"),
        ("eth_signTypedData_v4", "{code: 4200}", "cannot sign what Parley needs"),
        ("eth_signTypedData_v4", "{code: 4900}", "no connection to its network"),
        ("eth_signTypedData_v4", "{code: -32603}", "reported a failure (number -32603)"),
        ("eth_signTypedData_v4", "'signed'", "makes no sense"),
        ("eth_signTypedData_v4", "{}", "makes no sense"),
        ("eth_signTypedData_v4", "'0x' + 'ab'.repeat(2049)", "makes no sense"),
        ("eth_signTypedData_v4", "'0x' + '01'.repeat(64) + '1b'", "not of the account that was shown"),
    ],
)
def test_what_goes_wrong_is_told_and_can_be_tried_again(
    new: LockedPages, method: str, answer: str, words: str
) -> None:
    """The problem takes the focus; the next try makes the profile."""
    page, _ = _choose_account(new)
    page.get_by_role("button", name="Tiny Wallet").wait_for()
    page.evaluate(f"tiny.answers.{method} = {answer}")
    page.get_by_role("button", name="Tiny Wallet").click()
    if method == "eth_signTypedData_v4":
        page.get_by_role("button", name=SIGN_IN).click()
    expect(page.get_by_role("alert")).to_contain_text(words)
    expect(page.get_by_role("alert")).to_be_focused()
    page.evaluate("delete tiny.answers[Object.keys(tiny.answers)[0]]")
    _confirm(page)

    expect(page.get_by_text("No conversations yet.")).to_be_visible()


def test_a_wallet_that_never_answers_can_be_left(new: LockedPages) -> None:
    """After a while the person is told to open it; what it says after "Cancel" changes nothing."""
    page, tiny = _choose_account(new)
    assert tiny is not None
    page.clock.install()
    page.reload()
    page.evaluate(
        "void (tiny.answers.eth_signTypedData_v4 = new Promise((_resolve, reject) => { window.late = reject; }))"
    )
    _confirm(page)
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    expect(page.get_by_role("status").filter(has_text="read what it shows")).to_be_visible()
    page.clock.fast_forward(6000)
    expect(page.get_by_role("status").filter(has_text="Open your wallet")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("status").filter(has_text="Cancelled.")).to_be_visible()
    expect(page.get_by_role("button", name="Tiny Wallet")).to_be_focused()
    page.evaluate("window.late({code: 4001})")
    expect(page.get_by_role("alert")).to_be_hidden()
    page.evaluate("tiny.answers = {}")
    _confirm(page)

    expect(page.get_by_text("No conversations yet.")).to_be_visible()


def test_a_wallet_can_be_left_before_it_signs(new: LockedPages) -> None:
    """Without having been asked."""
    page, tiny = _choose_account(new)
    assert tiny is not None
    page.get_by_role("button", name="Tiny Wallet").click()
    page.get_by_role("button", name="Cancel").click()

    expect(page.get_by_role("button", name="Tiny Wallet")).to_be_focused()
    assert tiny.prompts == []


def test_another_account_or_network_before_signing_is_shown(new: LockedPages) -> None:
    """What is signed is what is on the page; a wallet that only repeats itself changes nothing."""
    page, _ = _choose_account(new)
    page.get_by_role("button", name="Tiny Wallet").click()
    expect(page.get_by_text("Is this right?")).to_be_visible()
    page.evaluate("tiny.tell('accountsChanged', tiny.accounts)")
    page.evaluate("tiny.chain = '0xaa36a7'; tiny.tell('chainChanged', tiny.chain)")
    expect(page.get_by_text("Sepolia")).to_be_visible()
    expect(page.get_by_text("has changed to another account or network")).to_be_visible()
    page.evaluate("tiny.chain = '0x2a'; tiny.tell('chainChanged', tiny.chain)")
    expect(page.get_by_text("Network 42")).to_be_visible()
    other = "0x" + "d" * 40
    page.evaluate(f"tiny.accounts = ['{other}']; tiny.tell('accountsChanged', tiny.accounts)")
    expect(page.get_by_text(other)).to_be_visible()
    page.evaluate("tiny.accounts = []; tiny.tell('accountsChanged', [])")

    expect(page.get_by_role("alert")).to_contain_text("Your wallet is locked")


@pytest.mark.parametrize(
    "change", ["tiny.chain = '0xa'", "tiny.accounts = ['0x' + 'd'.repeat(40)]"], ids=["chain", "account"]
)
@pytest.mark.parametrize("tells", [True, False])
def test_a_change_while_signing_starts_over(new: LockedPages, change: str, tells: bool) -> None:
    """Whether the wallet tells of it or not: what was signed is not sent."""
    page, _ = _choose_account(new)
    page.get_by_role("button", name="Tiny Wallet").wait_for()
    page.evaluate("void (tiny.answers.eth_signTypedData_v4 = new Promise((done) => { window.done = done; }))")
    _confirm(page)
    expect(page.get_by_text("read what it shows")).to_be_visible()
    page.evaluate(change)
    page.evaluate("tiny.tell('chainChanged')" if tells else "window.done('0x' + 'ab'.repeat(65))")

    expect(page.get_by_role("alert")).to_contain_text("changed meanwhile")
    assert new.keeper.messenger is None


def test_wallets_are_found_however_they_announce_themselves(new: LockedPages) -> None:
    """Late, twice, and under the old name; each once, and what is none not at all."""
    page, _ = _choose_account(new, wallet=False)
    expect(page.get_by_text("No wallet was found in this browser.")).to_be_visible()
    page.evaluate(ANNOUNCE)
    page.evaluate("window.ethereum = { request: async () => [] }")
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_role("button", name="Browser wallet")).to_be_visible()
    page.evaluate("announce('1', 'One', '', async () => [])")
    page.evaluate("announce('1', 'One again', '', async () => [])")
    page.evaluate("(name) => announce('2', name, 'https://tracker.example/', async () => [])", HOSTILE_NAME)
    page.evaluate("announce('3', 'None', '', 'no function')")
    page.evaluate("announce(4, 'Neither', '', async () => [])")
    page.evaluate("window.dispatchEvent(new CustomEvent('eip6963:announceProvider'))")
    wallets = page.get_by_role("list", name="Wallets in this browser").get_by_role("button")

    expect(wallets).to_have_count(2)
    expect(wallets.nth(0)).to_have_text("One")
    expect(wallets.nth(1)).to_contain_text("<img src=x onerror=alert(1)> x")
    assert (
        page.locator(".wallet-list img").evaluate_all("all => all.map((each) => each.getAttribute('src'))")
        == ["/static/wallet.svg"] * 2
    )
    expect(page.get_by_text("No wallet was found")).to_be_hidden()


def test_a_wallet_of_the_old_kind_signs(new: LockedPages) -> None:
    """One that only is window.ethereum."""
    context = new.context()
    tiny = TinyWallet(context, announces=False, old_style=True)
    page = new.open("/welcome", context)
    for label in ("Passphrase", "The same again"):
        page.get_by_label(label).fill(PASSPHRASE)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Browser wallet").click()
    page.get_by_role("button", name=SIGN_IN).click()

    expect(page.get_by_text("No conversations yet.")).to_be_visible()
    assert tiny.prompts == ["eth_signTypedData_v4"]


def test_a_smart_account_names_a_node(new: LockedPages) -> None:
    """It is asked for one, and Return in its field sends what was signed before."""
    page, tiny = _choose_account(new)
    assert tiny is not None
    page.get_by_role("button", name="Tiny Wallet").wait_for()
    page.evaluate("tiny.answers.eth_signTypedData_v4 = '0x' + 'ab'.repeat(300)")
    _confirm(page)
    node = page.get_by_label("Address of an Ethereum node")
    expect(node).to_be_focused()
    node.fill("https://node.example")
    page.keyboard.press("Enter")

    expect(page.get_by_text("No conversations yet.")).to_be_visible()


def test_a_node_may_be_named_first(new: LockedPages) -> None:
    """Return in its field sends nothing as long as nothing is signed; the next signature replaces a kept one."""
    page, tiny = _choose_account(new)
    assert tiny is not None
    page.get_by_text("My wallet is a smart account").click()
    node = page.get_by_label("Address of an Ethereum node")
    node.fill("node.example")
    page.keyboard.press("Enter")
    page.evaluate("tiny.answers.eth_signTypedData_v4 = '0x' + 'ab'.repeat(300)")
    _confirm(page)
    expect(page.get_by_role("alert").first).to_contain_text("no address of an Ethereum node")
    expect(node).to_have_value("node.example")
    node.fill("")
    _confirm(page)

    expect(page.get_by_text("No conversations yet.")).to_be_visible()
    assert new.messenger.account == tiny.address


def test_a_set_up_that_was_forgotten_is_told(new: LockedPages) -> None:
    """The page loads anew, and leads to the beginning."""
    page, _ = _choose_account(new)
    page.get_by_role("button", name="Tiny Wallet").click()
    new.served.do(lambda _messenger: new.keeper.abandon())
    page.get_by_role("button", name=SIGN_IN).click()

    expect(page.get_by_text("forgotten after half an hour")).to_be_visible()


def test_unlocking_by_wallet_is_two_signatures_and_then_one(new: LockedPages) -> None:
    """Set up in the settings; afterwards the locked page opens without a passphrase."""
    page, tiny = _choose_account(new)
    assert tiny is not None
    _confirm(page)
    expect(page.get_by_text("No conversations yet.")).to_be_visible()
    tiny.prompts.clear()
    page.goto(new.served.origin + "/settings/unlocking")
    page.get_by_role("button", name="Tiny Wallet").click()
    page.get_by_role("button", name="Set up with this account").click()
    expect(page.get_by_text("Your wallet can unlock Parley from now on.")).to_be_visible()
    assert len(tiny.prompts) == 2
    tiny.prompts.clear()
    page.get_by_role("button", name="Lock", exact=True).click()
    expect(page).to_have_title("Locked: not receiving — Parley")
    page.get_by_role("button", name="Tiny Wallet").click()
    page.get_by_role("button", name="Unlock with this account").click()

    expect(page.get_by_text("No conversations yet.")).to_be_visible()
    assert len(tiny.prompts) == 1


def test_a_wallet_signs_another_browser_in(new: LockedPages) -> None:
    """With one signature, while the profile is open; while it is locked the page says how else."""
    page, _ = _choose_account(new)
    _confirm(page)
    expect(page.get_by_text("No conversations yet.")).to_be_visible()
    context = new.context()
    elsewhere = TinyWallet(context)
    other = new.stranger("/", context)
    other.get_by_role("link", name="Sign in with a wallet").click()
    other.get_by_role("button", name="Tiny Wallet").click()
    other.get_by_role("button", name=SIGN_IN).click()
    expect(other.get_by_text("No conversations yet.")).to_be_visible()
    assert elsewhere.prompts == ["personal_sign"]
    stranger = new.context()
    TinyWallet(stranger, key=b"\x09" * 32)
    refused = new.stranger("/sign-in", stranger)
    refused.get_by_role("button", name="Tiny Wallet").click()
    refused.get_by_role("button", name=SIGN_IN).click()
    expect(refused.get_by_role("alert")).to_contain_text("not of this profile")
    expect(refused.get_by_role("alert")).to_be_focused()
    page.get_by_role("button", name="Lock", exact=True).click()
    refused.goto(new.served.origin + "/sign-in")

    expect(refused.get_by_role("heading", name="Parley is locked")).to_be_visible()
