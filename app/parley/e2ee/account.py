"""An account's text: a bare address, or CAIP-10 for a contract account (README.md#account).

This room takes texts apart and compares them; how an address is spelled (EIP-55) is said by what recovers a signer.
"""

import re
from typing import Final

_CONTRACT: Final = re.compile(r"eip155:([1-9][0-9]{0,19}):(0x[0-9a-fA-F]{40})")
_MAX_CHAIN_ID: Final = (1 << 64) - 1


def contract_account(address: str, chain_id: int) -> str:
    """Return the text of a contract account: CAIP-10, with the chain it is on.

    Raises:
        ValueError: no address, or a chain id that is not 1 to 2^64 - 1.
    """
    account = f"eip155:{chain_id}:{address}"
    split_account(account)
    return account


def split_account(account: str) -> tuple[str, int | None]:
    """Return an account's address, and its chain if it is a contract account.

    A text without a colon is taken for a bare address whatever it is: nobody's signature recovers to another.

    Raises:
        ValueError: a colon, and not CAIP-10 of an Ethereum chain in its one spelling.
    """
    if ":" not in account:
        return account, None
    found = _CONTRACT.fullmatch(account)
    if found is None or int(found[1]) > _MAX_CHAIN_ID:
        raise ValueError("not a contract account: eip155, a chain id and an address")
    return found[2], int(found[1])
