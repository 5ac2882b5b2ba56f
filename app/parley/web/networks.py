"""What networks are called on pages: the names that wallets show, or the number of the chain."""

from __future__ import annotations

from dataclasses import dataclass

from parley.web.language import gettext as _


@dataclass(frozen=True, slots=True)
class _Network:
    """A network that is known by its chain id.

    Attributes:
        name: of its own, the same in every language.
        coin: what its fees are paid in and its balances are of.
        test: whether its coins are worth nothing.
    """

    name: str
    coin: str = "ETH"
    test: bool = False


_NETWORKS = {
    1: _Network("Ethereum Mainnet"),
    10: _Network("OP Mainnet"),
    56: _Network("BNB Smart Chain", "BNB"),
    100: _Network("Gnosis", "xDAI"),
    137: _Network("Polygon", "POL"),
    324: _Network("ZKsync Era"),
    8453: _Network("Base"),
    42161: _Network("Arbitrum One"),
    59144: _Network("Linea"),
    17000: _Network("Holesky", test=True),
    31337: _Network("Local development chain", test=True),
    560048: _Network("Hoodi", test=True),
    11155111: _Network("Sepolia", test=True),
}


def name(chain_id: int) -> str:
    """A network's name, or its number, within a sentence."""
    known = _NETWORKS.get(chain_id)
    return known.name if known else _("network %(n)d") % {"n": chain_id}


def title(chain_id: int) -> str:
    """The same where it stands alone."""
    known = _NETWORKS.get(chain_id)
    return known.name if known else _("Network %(n)d") % {"n": chain_id}


def kind(chain_id: int) -> str:
    """ "main" is where money is; "test" is where it is worth nothing; "other" is not known here."""
    known = _NETWORKS.get(chain_id)
    return "other" if known is None else "test" if known.test else "main"


def coin(chain_id: int) -> str | None:
    """The unit of a network's balances; None for a network that is not known here."""
    known = _NETWORKS.get(chain_id)
    return known.coin if known else None


def names_by_hex() -> dict[str, str]:
    """The known names by chain id, as wallets write it, for the script that shows the wallet's network."""
    return {hex(chain_id): known.name for chain_id, known in _NETWORKS.items()}
