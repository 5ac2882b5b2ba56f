"""The tokens that are known without anybody adding them: few, large, at the addresses their issuers publish.

A token that is not here calls itself what it likes, the name of one of these included.
"""

from __future__ import annotations

from parley.chain.lookalike import skeletons
from parley.chain.money import TokenFacts

COINS = {1: "ETH", 10: "ETH", 137: "POL", 8453: "ETH", 31337: "ETH", 42161: "ETH", 11155111: "ETH"}
"""The symbol of each known chain's own coin, which has 18 decimals."""

_WETH_OF_ROLLUPS = "0x4200000000000000000000000000000000000006"

# Chain, address, symbol, name, decimals.
_LISTED = (
    (1, "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", "USDC", "USD Coin", 6),
    (1, "0xdAC17F958D2ee523a2206206994597C13D831ec7", "USDT", "Tether USD", 6),
    (1, "0x6B175474E89094C44Da98b954EedeAC495271d0F", "DAI", "Dai Stablecoin", 18),
    (1, "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2", "WETH", "Wrapped Ether", 18),
    (11155111, "0x1c7D4B196Cb0C7B01d743Fbc6116a902379C7238", "USDC", "USD Coin", 6),
    (8453, "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "USDC", "USD Coin", 6),
    (8453, "0x50c5725949A6F0c72E6C4a641F24049A917DB0Cb", "DAI", "Dai Stablecoin", 18),
    (8453, _WETH_OF_ROLLUPS, "WETH", "Wrapped Ether", 18),
    (10, "0x0b2C639c533813f4Aa9D7837CAf62653d097Ff85", "USDC", "USD Coin", 6),
    (10, "0x94b008aA00579c1307B0EF2c499aD98a8ce58e58", "USDT", "Tether USD", 6),
    (10, "0xDA10009cBd5D07dd0CeCc66161FC93D7c9000da1", "DAI", "Dai Stablecoin", 18),
    (10, _WETH_OF_ROLLUPS, "WETH", "Wrapped Ether", 18),
    (42161, "0xaf88d065e77c8cC2239327C5EDb3A432268e5831", "USDC", "USD Coin", 6),
    (42161, "0xFd086bC7CD5C481DCC9C85ebE478A1C0b69FCbb9", "USDT", "Tether USD", 6),
    (42161, "0xDA10009cBd5D07dd0CeCc66161FC93D7c9000da1", "DAI", "Dai Stablecoin", 18),
    (42161, "0x82aF49447D8a07e3bd95BD0d56f35241523fBab1", "WETH", "Wrapped Ether", 18),
    (137, "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359", "USDC", "USD Coin", 6),
    (137, "0xc2132D05D31c914a87C6611C10748AEb04B58e8F", "USDT", "Tether USD", 6),
    (137, "0x8f3Cf7ad23Cd3CaDbD9735AFf958023239c6A063", "DAI", "Dai Stablecoin", 18),
    (137, "0x7ceB23fD6bC0adD59E62ac25578270cFf1b9f619", "WETH", "Wrapped Ether", 18),
    # The development chain's, where contracts/README.md says.
    (31337, "0xF2E246BB76DF876Cef8b38ae84130F4F55De395b", "tUSD", "Test Dollar", 6),
)


def listed_tokens(chain_id: int) -> tuple[TokenFacts, ...]:
    """The known tokens of a chain; none of a chain that is not known."""
    return tuple(
        TokenFacts(address, name, symbol, decimals)
        for chain, address, symbol, name, decimals in _LISTED
        if chain == chain_id
    )


def listed_token(chain_id: int, address: str) -> TokenFacts | None:
    """The known token at an address in any spelling, or None."""
    return next((each for each in listed_tokens(chain_id) if each.address.lower() == address.lower()), None)


def imitated_symbol(chain_id: int, token: TokenFacts) -> str | None:
    """The symbol of the coin or of a known token of the same chain that another token may be taken for, or None.

    Guarded by tests/chain/test_tokenlist.py::test_a_token_that_calls_itself_as_a_known_one.
    """
    if listed_token(chain_id, token.address) is not None:
        return None
    looks = skeletons(token.symbol) | skeletons(token.name)
    for each in listed_tokens(chain_id):
        if (skeletons(each.symbol) | skeletons(each.name)) & looks:
            return each.symbol
    coin = COINS.get(chain_id)
    return coin if coin is not None and skeletons(coin) & looks else None
