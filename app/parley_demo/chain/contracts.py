"""Contracts at addresses that depend on nothing but a name: each is the first thing that an account of its own sends.

So a chain that began before there was such a contract gets it when it comes back, at the address that others have.
"""

from __future__ import annotations

from pathlib import Path

from eth_abi.abi import encode
from eth_typing import Address

from parley_demo.chain.artifacts import creation_code, deployed_code
from parley_demo.chain.journal import Known
from parley_demo.chain.keys import person_key
from parley_demo.chain.ledger import Ledger, address_of_key
from parley_demo.chain.transactions import created_address

POLL = "0x54Adf1b0df60B47087218CE27b8C1D3f29231ee9"
WALLET_FACTORY = "0x6F6E2381992492142dCd263802cE1B712C26153F"

QUESTION = "Where do we meet?"
CHOICES = ("At the lake", "In the park", "At home")
GIFT_WEI = 10**18
"""More than any deployment costs."""

_ARTIFACTS = {"poll": "Poll", "wallet_factory": "SmartWalletFactory"}
_ARGUMENTS = {"poll": encode(["string", "string[]"], [QUESTION, CHOICES])}


def maker_key(name: str) -> bytes:
    """The private key of the account that deploys a contract. No person has it: a person's name has no space."""
    return person_key(f"contract {name}")


def settle_contracts(ledger: Ledger, artifacts: Path, known: Known) -> Known:
    """Deploy what is not there yet; what is known now.

    A contract is left out where the deployer has nothing to give any more, or where somebody else was faster to
    use the account that deploys it: its key is public. Raises RpcError.
    """
    found = dict(known.contracts)
    for name, artifact in _ARTIFACTS.items():
        if name in found:
            continue
        key = maker_key(name)
        maker = bytes.fromhex(address_of_key(key)[2:])
        state = ledger.state(ledger.blocks.head)
        deployer = Address(bytes.fromhex(ledger.deployer[2:]))
        if state.get_nonce(Address(maker)) == 0 and state.get_balance(deployer) >= 2 * GIFT_WEI:
            ledger.send(address_of_key(key), b"", GIFT_WEI)
            ledger.flush()
            ledger.send(None, creation_code(artifacts, artifact) + _ARGUMENTS.get(name, b""), key=key)
            ledger.flush()
        address = created_address(maker, 0)
        code = ledger.state(ledger.blocks.head).get_code(Address(bytes.fromhex(address[2:])))
        if code == deployed_code(artifacts, artifact):
            found[name] = address
    return Known(known.people, found)
