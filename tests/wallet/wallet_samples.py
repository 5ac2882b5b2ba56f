"""Wallets for the tests of this room. Every word and key here is public: never send money to any of them."""

import json
from pathlib import Path
from typing import Any

from parley.wallet.api import (
    AccountKey,
    Wallet,
    add_derived,
    add_key,
    read_key,
    read_words,
    wallet_from_words,
)

VECTORS = Path(__file__).parent.parent / "vectors" / "wallet"
JUNK = "test test test test test test test test test test test junk"
JUNK_ACCOUNTS = (
    "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
)
EIP155_KEY = "46" * 32
EIP155_ACCOUNT = "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F"
VAULT_KEY = bytes(range(32))
NONCE = bytes(range(100, 124))
NOW_MS = 1_800_000_000_000
LEGACY: dict[str, Any] = {
    "nonce": 9,
    "gasPrice": 20 * 10**9,
    "gas": 21000,
    "to": "0x" + "35" * 20,
    "value": 10**18,
    "chainId": 1,
}


def vector(name: str) -> Any:
    """A file of known answers."""
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


def imported_key() -> AccountKey:
    """The key of EIP-155's example."""
    return read_key(EIP155_KEY)


def sample_wallet() -> Wallet:
    """Words, two derived accounts and an imported one."""
    wallet = wallet_from_words(read_words(JUNK), "Main", checked=True)
    return add_key(add_derived(wallet, "Second"), imported_key(), "Paper")


def cheap(key: str = EIP155_KEY, password: str = "pass", kdf: str = "pbkdf2") -> dict[str, Any]:  # noqa: S107
    """A V3 keystore of one's own that opens at once, by eth-account."""
    from eth_account import Account

    made = Account.encrypt("0x" + key, password, kdf=kdf, iterations=2)  # type: ignore[arg-type]
    return json.loads(json.dumps(made))  # type: ignore[no-any-return]


def encoded(keystore: dict[str, Any]) -> bytes:
    """A keystore as a file."""
    return json.dumps(keystore).encode()


def one_field(type_: str, value: Any) -> dict[str, Any]:
    """Typed data of one field."""
    return {
        "types": {"Thing": [{"name": "value", "type": type_}]},
        "primaryType": "Thing",
        "domain": {"name": "Test"},
        "message": {"value": value},
    }
