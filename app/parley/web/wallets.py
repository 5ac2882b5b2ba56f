"""What `static/wallet.js` and the server say to each other while a wallet in the browser signs.

The script posts the wallet's account and chain (fields `address`, `chain`, as wallets write them) to a page's request
address, which answers JSON: `{"id", "requests": [{"method", "params"}]}`, or `{"sentence"}` for the person. The
signatures come back in a native form: fields `id`, `signature_1` and, where two were asked for, `signature_2`.
What comes from a wallet is a stranger's text: bounded and read strictly.
"""

from __future__ import annotations

import json
import re
from typing import Any

from fastapi import FastAPI
from starlette.responses import JSONResponse

from parley.messenger.errors import InvalidAddressError, InvalidChainError
from parley.web.dependencies import Form
from parley.web.errors import SignatureError
from parley.web.problems import problem_of

MAX_SIGNATURE_BYTES = 2048
"""A key's signature has 65 bytes; a smart account's brings more, up to the data of its own deployment."""

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_CHAIN = re.compile(r"0x[0-9a-fA-F]{1,13}")
_SIGNATURE = re.compile(rf"0x((?:[0-9a-fA-F]{{2}}){{1,{MAX_SIGNATURE_BYTES}}})")


def account_and_chain(form: Form) -> tuple[str, int]:
    """The address and the chain id a wallet gave. Raises InvalidAddressError, InvalidChainError."""
    address, chain = form.text("address"), form.text("chain")
    if not _ADDRESS.fullmatch(address):
        raise InvalidAddressError
    # At most 52 bits: what a script can tell apart, too.
    if not _CHAIN.fullmatch(chain) or int(chain, 16) == 0:
        raise InvalidChainError
    return address, int(chain, 16)


def signature(form: Form, number: int = 1) -> bytes:
    """A signature a wallet gave, 1 to 2048 bytes. Raises SignatureError."""
    match = _SIGNATURE.fullmatch(form.text(f"signature_{number}"))
    if match is None:
        raise SignatureError
    return bytes.fromhex(match.group(1))


def typed_data_request(address: str, typed_data: dict[str, Any]) -> dict[str, Any]:
    """Ask for the signature of an EIP-712 full message."""
    return {"method": "eth_signTypedData_v4", "params": [address, json.dumps(typed_data)]}


def text_request(address: str, text: str) -> dict[str, Any]:
    """Ask for the signature of a text (EIP-191)."""
    return {"method": "personal_sign", "params": ["0x" + text.encode().hex(), address]}


def ask(*requests: dict[str, Any], nonce: str = "") -> JSONResponse:
    """What the script is to have signed."""
    return JSONResponse({"id": nonce, "requests": requests})


def refuse(app: FastAPI, error: Exception) -> JSONResponse:
    """The sentence for an error that somebody can do something about; any other is raised again."""
    explanation = problem_of(app, error)
    return JSONResponse({"sentence": explanation.text}, explanation.status)
