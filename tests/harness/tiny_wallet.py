"""The least that a page takes for a wallet: an EIP-1193 provider whose key stays in Python."""

from __future__ import annotations

import json
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct
from playwright.sync_api import BrowserContext

# What a test changes while the page runs: `window.tiny.<name>` holds one script an Ethereum method, and the events.
_PROVIDER = """(() => {
  const listeners = {};
  const tiny = window.tiny = {
    accounts: [ACCOUNT], chain: "0x1", answers: {}, asked: [],
    tell(name, value) { for (const each of listeners[name] ?? []) each(value); },
    on(name, each) { (listeners[name] ??= []).push(each); },
    removeListener(name, each) { listeners[name] = (listeners[name] ?? []).filter((other) => other !== each); },
    async request({ method, params }) {
      tiny.asked.push(method);
      if (method in tiny.answers) {
        const answer = tiny.answers[method];
        if (answer === "never") return new Promise(() => {});
        if (answer?.code) throw answer;
        return answer;
      }
      if (method === "eth_requestAccounts" || method === "eth_accounts") return tiny.accounts;
      if (method === "eth_chainId") return tiny.chain;
      return window.tinySign(method, params);
    },
  };
  const info = { uuid: "00000000-0000-4000-8000-000000000001", name: NAME, icon: ICON, rdns: "test.tiny" };
  const announce = () => window.dispatchEvent(new CustomEvent("eip6963:announceProvider", {
    detail: Object.freeze({ info, provider: tiny }),
  }));
  if (ANNOUNCES) { window.addEventListener("eip6963:requestProvider", announce); announce(); }
  if (OLD_STYLE) window.ethereum = tiny;
})()"""

_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E"
    "%3Ccircle cx='4' cy='4' r='4' fill='%23e8831d'/%3E%3C/svg%3E"
)


class TinyWallet:
    """A wallet with one account, in every page of a browser context.

    Args:
        announces: by EIP-6963.
        old_style: as window.ethereum.
    """

    def __init__(
        self,
        context: BrowserContext,
        *,
        name: str = "Tiny Wallet",
        announces: bool = True,
        old_style: bool = False,
        key: bytes = b"\x07" * 32,
    ) -> None:
        self._account = Account.from_key(key)
        self.prompts: list[str] = []
        self.address = str(self._account.address)
        script = _PROVIDER
        for word, value in {
            "ACCOUNT": self.address,
            "NAME": name,
            "ICON": _ICON,
            "ANNOUNCES": announces,
            "OLD_STYLE": old_style,
        }.items():
            script = script.replace(word, json.dumps(value))
        context.expose_function("tinySign", self._sign)
        context.add_init_script(script)

    def _sign(self, method: str, params: list[Any]) -> str:
        self.prompts.append(method)
        if method == "eth_signTypedData_v4":
            signed = self._account.sign_typed_data(full_message=json.loads(params[1]))
        else:
            signed = self._account.sign_message(encode_defunct(hexstr=params[0]))
        return "0x" + bytes(signed.signature).hex()
