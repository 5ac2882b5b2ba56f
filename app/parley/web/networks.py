"""What networks are called on pages: the names that wallets show, or the number of the chain."""

from __future__ import annotations

from parley.web.language import gettext as _

# Names of their own, the same in every language.
_NAMES = {
    1: "Ethereum Mainnet",
    10: "OP Mainnet",
    56: "BNB Smart Chain",
    100: "Gnosis",
    137: "Polygon",
    324: "ZKsync Era",
    8453: "Base",
    42161: "Arbitrum One",
    59144: "Linea",
    17000: "Holesky",
    560048: "Hoodi",
    11155111: "Sepolia",
}


def name(chain_id: int) -> str:
    """A network's name, or its number."""
    return _NAMES.get(chain_id) or _("network %(n)d") % {"n": chain_id}


def names_by_hex() -> dict[str, str]:
    """The known names by chain id, as wallets write it, for the script that shows the wallet's network."""
    return {hex(chain_id): known for chain_id, known in _NAMES.items()}
