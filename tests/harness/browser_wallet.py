"""A wallet in the browser whose keys stay in Python: EIP-1193 and EIP-6963, with a person whose answers are scripted.

Strict where wallets are strict: it lists no account before a site was connected, connects a site once, signs and pays
only for an account it listed and only on the chain it is on, and tells its prompts apart and counts them. It pays on
chains whose nodes it was given, and makes batches (EIP-5792) if it is told to.
"""

from __future__ import annotations

import itertools
import json
import secrets
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from eth_account.messages import SignableMessage, encode_defunct, encode_typed_data
from eth_utils.crypto import keccak
from playwright.sync_api import BrowserContext, Error, Page

from harness.signers import KeySigner, Signer, new_key
from harness.wallet_payments import Node, Payments
from harness.wallet_prompts import (
    Answer,
    Approves,
    Fails,
    Gives,
    Kind,
    Prompt,
    Rejects,
    Waits,
    WalletError,
)

SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8")
HOSTILE = Path(__file__).with_name("hostile_announcements.js").read_text("utf-8")
ICON = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'%3E%3C/svg%3E"

_numbers = itertools.count(1)


class Manner(StrEnum):
    """How the provider's `request` behaves."""

    PROMISE = "promise"
    THROWS = "throws"
    NO_PROMISE = "no promise"
    NO_REQUEST = "no request"


def announce_hostile_wallets(context: BrowserContext) -> None:
    """Announce more than a hundred wallets that are none, in every page of the context from now on."""
    context.add_init_script(HOSTILE)


@dataclass
class _Open:
    """A prompt that still waits, and where its answer goes."""

    prompt: Prompt
    page: Page
    request_id: str
    approve: Callable[[], Any]


@dataclass
class BrowserWallet:
    """A wallet to be installed into browser contexts.

    Attributes:
        signers: its accounts, the selected one first.
        chain_id: the chain it is on; `chains` are all it knows.
        announced: whether it follows EIP-6963.
        injected: whether it is `window.ethereum`.
        late: it is not there until `arrive` is called.
        locked: nothing is listed or signed, and connecting waits until `unlock` is called.
        nodes: by chain id, where it can pay; without any it supports no payments.
        batching: whether it makes several calls one transaction for accounts that can.
        prompts: what was shown to the person so far.
        payments: what it sent.
    """

    signers: list[Signer] = field(default_factory=lambda: [KeySigner(new_key())])
    name: str = "Test Wallet"
    chain_id: int = 1
    chains: set[int] = field(default_factory=lambda: {1, 11155111, 31337})
    icon: str = ICON
    rdns: str = "example.test-wallet"
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))
    announced: bool = True
    injected: bool = False
    late: bool = False
    locked: bool = False
    manner: Manner = Manner.PROMISE
    nodes: Mapping[int, Node] = field(default_factory=dict)
    batching: bool = False
    prompts: list[Prompt] = field(default_factory=list)
    connected: set[str] = field(default_factory=set)
    payments: Payments = field(init=False)
    _script: deque[Answer] = field(default_factory=deque)
    _open: list[_Open] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)
    _binding: str = field(default_factory=lambda: f"__wallet{next(_numbers)}{secrets.token_hex(4)}")

    def __post_init__(self) -> None:
        self.payments = Payments(self.nodes)

    def install(self, context: BrowserContext) -> None:
        """Be there in every page that is opened in this context from now on."""
        facts = {
            "binding": self._binding,
            "uuid": self.uuid,
            "name": self.name,
            "icon": self.icon,
            "rdns": self.rdns,
            "announced": self.announced,
            "injected": self.injected,
            "late": self.late,
            "manner": self.manner,
        }
        context.expose_binding(self._binding, self._asked)
        context.add_init_script(f"({SCRIPT.rstrip().rstrip(';')})({json.dumps(facts)});")
        self._contexts.append(context)

    @property
    def address(self) -> str:
        """The selected account, EIP-55."""
        return self.signers[0].address

    @property
    def signatures(self) -> int:
        """How many times the person was asked to sign."""
        return sum(each.kind is Kind.SIGN for each in self.prompts)

    @property
    def paid(self) -> int:
        """How many times the person was asked to pay."""
        return sum(each.kind is Kind.PAY for each in self.prompts)

    @property
    def waiting(self) -> list[Prompt]:
        """The prompts that are open now."""
        return [each.prompt for each in self._open]

    def will(self, *answers: Answer) -> None:
        """Say what the person does with the next prompts; after that all are approved."""
        self._script.extend(answers)

    def wait_for_prompt(self, page: Page) -> Prompt:
        """Wait until a prompt is open, and look at the oldest."""
        for _ in range(500):
            if self._open:
                return self._open[0].prompt
            page.wait_for_timeout(20)  # Which also lets the page reach us.
        raise TimeoutError("no prompt was left open")

    def answer(self, answer: Answer | None = None) -> None:
        """Answer the oldest open prompt, with approval unless given something else."""
        self._settle(self._open.pop(0), answer or Approves())

    def unlock(self) -> None:
        """Type the wallet's password; what waited for it goes on."""
        self.locked = False
        for each in [each for each in self._open if each.prompt.kind is Kind.CONNECT]:
            self._open.remove(each)
            self._settle(each, self._next())

    def select(self, *signers: Signer, told: bool = True) -> None:
        """Change the accounts, the first being the selected one; a wallet may not tell the page."""
        self.signers = list(signers)
        if told:
            self._emit("accountsChanged", [each.address.lower() for each in self.signers])

    def disconnect(self) -> None:
        """Take back what was granted to all sites."""
        self.connected.clear()
        self._emit("accountsChanged", [])

    def switch(self, chain_id: int, *, told: bool = True) -> None:
        """Change the chain; a wallet may not tell the page."""
        self.chain_id = chain_id
        if told:
            self._emit("chainChanged", hex(chain_id))

    def arrive(self) -> None:
        """Be there, if the wallet is late."""
        self._control("arrive")

    def announce(self) -> None:
        """Announce itself once more, unasked."""
        self._control("announce")

    # What pages ask.

    def _asked(self, source: Any, request: dict[str, Any]) -> dict[str, Any]:
        page: Page = source["page"]
        address = urlsplit(page.url)
        origin = f"{address.scheme}://{address.netloc}"
        method, params = request["method"], request["params"]
        try:
            quiet = self._without_prompt(method, params, origin)
            if quiet is not None:
                return _result(quiet)
            prompt, approve = self._prompt(method, params, origin)
        except WalletError as error:
            return _error(error)
        self.prompts.append(prompt)
        opened = _Open(prompt, page, request["id"], approve)
        answer = Waits() if self.locked else self._next()
        if isinstance(answer, Waits):
            self._open.append(opened)
        return self._outcome(opened, answer)

    def _without_prompt(self, method: str, params: Any, origin: str) -> Any:
        listed = self._listed(origin)
        if method == "eth_accounts" or (method == "eth_requestAccounts" and listed):
            return listed
        if self.batching and method == "wallet_getCapabilities":
            return self._capabilities(params, origin)
        if self.batching and method == "wallet_getCallsStatus":
            return self.payments.status(params[0])
        return {"eth_chainId": hex(self.chain_id), "net_version": str(self.chain_id)}.get(method)

    def _listed(self, origin: str) -> list[str]:
        if self.locked or origin not in self.connected:
            return []
        return [each.address.lower() for each in self.signers]

    def _prompt(self, method: str, params: Any, origin: str) -> tuple[Prompt, Callable[[], Any]]:
        match method, params:
            case "eth_requestAccounts", _:
                self._only_one(Kind.CONNECT, origin)
                return Prompt(Kind.CONNECT, origin, method, params), lambda: self._connect(origin)
            case "wallet_switchEthereumChain", [{"chainId": str(wanted)}]:
                chain_id = int(wanted, 16)
                if chain_id not in self.chains:
                    raise WalletError(4902, f"Unrecognized chain ID {wanted!r}.")
                return Prompt(Kind.SWITCH, origin, method, params), lambda: self.switch(chain_id)
            case "eth_sendTransaction", [dict(asked)] if self.nodes:
                payer, chain_id = self._payer(asked, origin, -32602), self.chain_id
                prompt = Prompt(Kind.PAY, origin, method, params, asked)
                return prompt, lambda: self.payments.send(chain_id, payer, asked)
            case "wallet_sendCalls", [{"version": "2.0.0", "calls": [*calls]}] if self.batching:
                payer, chain_id = self._payer(params[0], origin, 5710), self.chain_id
                if not self.payments.makes_batches(chain_id, payer.address):
                    raise WalletError(5760, "This account cannot make several calls at once.")
                prompt = Prompt(Kind.PAY, origin, method, params, params[0])
                return prompt, lambda: {"id": self.payments.send_calls(chain_id, payer, calls)}
            case "eth_signTypedData_v4", [str(account), data]:
                shown = json.loads(data) if isinstance(data, str) else data
                signer = self._signer(account, origin)
                signable = self._typed_data(shown)
            case "personal_sign", [str(data), str(account)]:
                signer = self._signer(account, origin)
                signable = _text(data)
                shown = bytes(signable.body).decode(errors="replace")
            case (("eth_signTypedData_v4" | "personal_sign" | "wallet_switchEthereumChain"), _):
                raise WalletError(-32602, "Invalid parameters: must provide an Ethereum address and data.")
            case _:
                raise WalletError(4200, f"The method {method!r} is not supported.")
        return Prompt(
            Kind.SIGN, origin, method, params, shown
        ), lambda: "0x" + signer.sign(_digest(signable)).hex()

    def _payer(self, sent: dict[str, Any], origin: str, other_chain: int) -> Signer:
        """Who pays what a page asked for; a chain that it names must be the one that the wallet is on."""
        signer = self._signer(str(sent.get("from", "")), origin)
        if int(sent.get("chainId", hex(self.chain_id)), 16) != self.chain_id:
            raise WalletError(other_chain, f"The wallet is on chain {self.chain_id}.")
        return signer

    def _capabilities(self, params: Any, origin: str) -> dict[str, Any]:
        signer = self._signer(params[0], origin)
        asked = [int(each, 16) for each in params[1]] if len(params) > 1 else list(self.nodes)
        return {
            hex(each): {"atomic": {"status": "supported"}}
            for each in asked
            if each in self.nodes and self.payments.makes_batches(each, signer.address)
        }

    def _only_one(self, kind: Kind, origin: str) -> None:
        if any(each.prompt.kind is kind and each.prompt.origin == origin for each in self._open):
            raise WalletError(
                -32002, f"Request of type '{kind}' already pending for origin {origin}. Please wait."
            )

    def _connect(self, origin: str) -> list[str]:
        self.connected.add(origin)
        return self._listed(origin)

    def _signer(self, account: str, origin: str) -> Signer:
        if account.lower() in self._listed(origin):
            return next(each for each in self.signers if each.address.lower() == account.lower())
        raise WalletError(4100, "The requested account and/or method has not been authorized by the user.")

    def _typed_data(self, data: Any) -> SignableMessage:
        try:
            wanted = data["domain"].get("chainId")
            signable: SignableMessage = encode_typed_data(full_message=data)
        except Exception as error:  # Whatever eth-account makes of it, a page is told one thing.
            raise WalletError(-32602, f"Invalid typed data: {error}") from error
        if wanted is not None and int(wanted) != self.chain_id:
            message = f'Provided chainId "{wanted}" must match the active chainId "{self.chain_id}"'
            raise WalletError(-32603, message)
        return signable

    # What the person answers.

    def _next(self) -> Answer:
        return self._script.popleft() if self._script else Approves()

    def _outcome(self, opened: _Open, answer: Answer) -> dict[str, Any]:
        match answer:
            case Approves():
                try:
                    return _result(opened.approve())
                except WalletError as error:
                    return _error(error)
            case Rejects():
                return _error(WalletError(4001, "User rejected the request."))
            case Waits():
                return {"kind": "wait"}
            case Fails(code, message):
                return _error(WalletError(code, message))
            case Gives(value, odd, as_error):
                return {"kind": "raw error" if as_error else "result", "value": value, "odd": odd}

    def _settle(self, opened: _Open, answer: Answer) -> None:
        outcome = self._outcome(opened, answer)
        try:
            opened.page.evaluate(
                "([control, id, outcome]) => window[control]?.settle(id, outcome)",
                [f"{self._binding}Control", opened.request_id, outcome],
            )
        except Error:
            if not opened.page.is_closed():
                raise

    def _emit(self, event: str, value: Any) -> None:
        self._control("emit", event, value)

    def _control(self, action: str, *arguments: Any) -> None:
        for page in [page for context in self._contexts for page in context.pages]:
            page.evaluate(
                "([control, action, sent]) => window[control]?.[action](...sent)",
                [f"{self._binding}Control", action, list(arguments)],
            )


def _result(value: Any) -> dict[str, Any]:
    return {"kind": "result", "value": value}


def _error(error: WalletError) -> dict[str, Any]:
    return {"kind": "error", "message": str(error), "facts": {"code": error.code}}


def _text(data: str) -> SignableMessage:
    """What `personal_sign` signs: bytes in hexadecimal, or a text as it is."""
    try:
        return encode_defunct(
            primitive=bytes.fromhex(data.removeprefix("0x")) if data[:2] == "0x" else data.encode()
        )
    except ValueError:
        return encode_defunct(text=data)


def _digest(signable: SignableMessage) -> bytes:
    """The 32 bytes that are signed (EIP-191)."""
    return bytes(keccak(b"\x19" + signable.version + signable.header + signable.body))
