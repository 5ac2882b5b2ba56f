"""npm's headless-web3-provider as a wallet in one tab: other people's idea of a wallet, used as they say.

It runs on Node with a Playwright of its own, at the same Chromium, which must be open to that (`attachable`).
It asks before everything, even for an account it gave before; only `authorize` and `reject` let a request go on.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eth_account.signers.local import LocalAccount
from playwright.sync_api import Browser, Page

from harness.chromium import CHROMIUM_ARGUMENTS, chromium_executable
from harness.node_peers import NodePeer

PROGRAM = Path(__file__).resolve().parents[1] / "browser" / "peers" / "headless_wallet" / "wallet.mjs"
NAME = "Headless Web3 Provider"
"""What it announces itself as."""


@contextmanager
def attachable(browser: Browser) -> Iterator[tuple[Browser, str]]:
    """A second Chromium, and the address where another Playwright reaches it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    opened = browser.browser_type.launch(
        executable_path=chromium_executable(),
        args=[*CHROMIUM_ARGUMENTS, f"--remote-debugging-port={port}"],
    )
    try:
        yield opened, f"http://127.0.0.1:{port}"
    finally:
        opened.close()


class HeadlessWallet:
    """The wallet of one tab.

    Attributes:
        prompts: the methods that were authorised or rejected so far.
    """

    def __init__(self, peer: NodePeer) -> None:
        self._peer = peer
        self.prompts: list[str] = []

    def arrived(self, address: str) -> None:
        """Wait until the wallet too has seen its tab open this page. Raises PeerError after 20 s.

        It hears of it later than the test does, and ends if it speaks to a page that was left meanwhile.
        """
        self._peer.do("arrived", address=address)

    def authorize(self, method: str) -> None:
        """Wait until this was asked, and do it. Raises PeerError after 20 s."""
        self._peer.do("authorize", method=method)
        self.prompts.append(method)

    def reject(self, method: str) -> None:
        """Wait until this was asked, and refuse it. Raises PeerError after 20 s."""
        self._peer.do("reject", method=method)
        self.prompts.append(method)

    def pending(self) -> list[str]:
        """The methods that wait."""
        return list(self._peer.do("pending"))

    def change_accounts(self, *keys: LocalAccount) -> None:
        """Use other keys, and tell the page."""
        self._peer.do("changeAccounts", keys=[_text(each) for each in keys])

    def switch_network(self, chain_id: int, rpc: str) -> None:
        """Go to another chain, and tell the page."""
        self._peer.do("addNetwork", chainId=chain_id, rpc=rpc)
        self._peer.do("switchNetwork", chainId=chain_id)


@contextmanager
def headless_wallet(
    page: Page, address: str, keys: list[LocalAccount], *, chain_id: int, rpc: str = "http://127.0.0.1:1"
) -> Iterator[HeadlessWallet]:
    """Put the wallet into a tab; it is there from the tab's next page on.

    Args:
        address: where the browser of the tab is reached, from `attachable`.
        rpc: where the package itself asks the chain; signing does not.
    """
    session = page.context.new_cdp_session(page)
    target = session.send("Target.getTargetInfo")["targetInfo"]["targetId"]
    session.detach()
    with NodePeer(PROGRAM, address) as peer:
        peer.do("inject", target=target, keys=[_text(each) for each in keys], chainId=chain_id, rpc=rpc)
        yield HeadlessWallet(peer)


def _text(key: LocalAccount) -> str:
    return "0x" + bytes(key.key).hex()
