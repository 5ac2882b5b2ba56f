"""What is typed into the pages of the first run, and a wallet outside that signs there."""

from __future__ import annotations

import json

import httpx
from eth_account import Account

PASSPHRASE = "correct horse battery"


FORM = {"passphrase": PASSPHRASE, "again": PASSPHRASE, "device_name": "Alice's laptop"}


WORDS = "abandon " * 11 + "about"


FIRST_ACCOUNT = "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"


ALICE = Account.from_key(b"\x07" * 32)


FACTS = {"address": str(ALICE.address), "chain": "0x1"}


async def sign(
    client: httpx.AsyncClient, endpoint: str = "", signature: bytes | None = None
) -> httpx.Response:
    """Ask what is to be signed, and send the signature."""
    answer = (await client.post("/welcome/wallet/request", data=FACTS)).json()
    ((method, params),) = [(each["method"], each["params"]) for each in answer["requests"]]
    assert (method, params[0]) == ("eth_signTypedData_v4", FACTS["address"])
    signed = ALICE.sign_typed_data(full_message=json.loads(params[1])).signature
    form = {
        "id": answer["id"],
        "signature_1": "0x" + (signature or bytes(signed)).hex(),
        "endpoint": endpoint,
    }
    return await client.post("/welcome/wallet", data=form)
