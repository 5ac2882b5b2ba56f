"""The short list of tokens."""

from __future__ import annotations

import pytest

from parley.chain.api import COINS, TokenFacts, checksummed, imitated_symbol, listed_token, listed_tokens

USDC = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
OTHER = "0x" + "12" * 20
LISTED = [(chain, each) for chain in COINS for each in listed_tokens(chain)]


@pytest.mark.parametrize(("chain_id", "token"), LISTED, ids=lambda each: getattr(each, "symbol", each))
def test_each_is_spelled_by_eip_55_and_stands_once(chain_id: int, token: TokenFacts) -> None:
    """A mistyped digit would show: the checksum of all digits is in their case."""
    digits = token.address[2:]

    assert checksummed("0x" + digits.lower()) == token.address
    assert 0 <= token.decimals <= 36
    assert [each.address for each in listed_tokens(chain_id)].count(token.address) == 1
    assert [each.symbol for each in listed_tokens(chain_id)].count(token.symbol) == 1


def test_there_are_tokens_on_each_known_chain() -> None:
    assert {chain for chain, _ in LISTED} == set(COINS)
    assert listed_tokens(999_999_999) == ()


def test_a_token_by_its_address() -> None:
    found = listed_token(1, USDC.lower())

    assert found is not None
    assert (found.symbol, found.decimals) == ("USDC", 6)
    assert listed_token(8453, USDC) is None, "another chain"
    assert listed_token(1, OTHER) is None


@pytest.mark.parametrize(
    ("symbol", "name", "imitated"),
    [
        ("USDC", "Something", "USDC"),
        ("USD\u0421", "Something", "USDC"),  # Cyrillic
        ("U5DC", "usd coin", "USDC"),
        ("usdc", "x", "USDC"),
        ("ETH", "Ether", "ETH"),
        ("\u0395\u03a4\u0397", "x", "ETH"),  # Greek
        ("GLD", "Gold", None),
        ("tUSD", "Test Dollar", None),
    ],
)
def test_a_token_that_calls_itself_as_a_known_one(symbol: str, name: str, imitated: str | None) -> None:
    assert imitated_symbol(1, TokenFacts(OTHER, name, symbol, 18)) == imitated


def test_a_known_one_imitates_nobody() -> None:
    assert [imitated_symbol(chain, token) for chain, token in LISTED] == [None] * len(LISTED)
