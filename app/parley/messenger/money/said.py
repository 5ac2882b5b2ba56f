"""What somebody wrote beside calls, held against the calls. It is never shown as a fact; a lie is pointed out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from parley.chain.api import CallKind
from parley.messenger.money.amounts import parse_amount
from parley.messenger.money.errors import InvalidAmountError, TooManyDigitsError
from parley.messenger.money.model import Asset, ShownCall

_ADDRESS = re.compile(r"(?<![0-9A-Za-z])0x[0-9a-fA-F]{40}(?![0-9A-Za-z])")
_NUMBER = r"(?<![0-9A-Za-z.,])[0-9]{1,30}(?:[.,][0-9]{1,18})*"
_AMOUNT = re.compile(
    rf"(?P<before>{_NUMBER})\s{{0,3}}(?P<symbol>[A-Za-z$€][A-Za-z$€]{{0,10}})(?![0-9A-Za-z])|"
    rf"(?P<sign>[$€])\s?(?P<after>{_NUMBER})"
)
_MOVES = (CallKind.COIN, CallKind.TOKEN_TRANSFER)
_SYMBOLS = {
    "eth": {"ETH", "WETH"},
    "ether": {"ETH", "WETH"},
    "wei": {"ETH", "WETH"},
    "gwei": {"ETH", "WETH"},
    "usdc": {"USDC"},
    "usdt": {"USDT"},
    "dai": {"DAI"},
    "weth": {"WETH"},
    "pol": {"POL"},
    "tusd": {"tUSD"},
    "usd": {"USDC", "USDT", "DAI", "tUSD"},
    "dollar": {"USDC", "USDT", "DAI", "tUSD"},
    "dollars": {"USDC", "USDT", "DAI", "tUSD"},
    "$": {"USDC", "USDT", "DAI", "tUSD"},
}
"""Words for assets, and the symbols of listed assets that they mean. Any other word says nothing of money."""

_SMALLEST = {"wei": 0, "gwei": 9}


def disagreement(note: str, calls: Sequence[ShownCall]) -> str | None:
    """The first thing in a note that names an address or an amount of an asset which no call pays, or None.

    A note that names neither says nothing that could be checked, and agrees.
    """
    named = {each.lower() for each in _addresses(calls)}
    for found in _ADDRESS.finditer(note):
        if found.group().lower() not in named:
            return found.group()
    for found in _AMOUNT.finditer(note):
        number = found["before"] or found["after"]
        word = (found["symbol"] or found["sign"]).lower()
        if word in _SYMBOLS and not _pays(number, word, calls):
            return found.group().strip()
    return None


def _pays(number: str, word: str, calls: Sequence[ShownCall]) -> bool:
    """Whether some call, or all of an asset together, pays a number that can be read so."""
    totals: dict[Asset, list[int]] = {}
    for each in calls:
        if each.kind in _MOVES and each.asset is not None and each.amount is not None:
            totals.setdefault(each.asset, []).append(each.amount)
    for asset, amounts in totals.items():
        if not asset.listed or asset.symbol not in _SYMBOLS[word]:
            continue
        decimals = _SMALLEST.get(word, asset.decimals)
        if any(read in (*amounts, sum(amounts)) for read in _readings(number, decimals)):
            return True
    return False


def _readings(number: str, decimals: int) -> Iterator[int]:
    """What a number can mean: "1.500" is fifteen hundred to some readers, one and a half to others; "1.5" is not."""
    whole, *rest = re.split("[.,]", number)
    texts = set()
    if all(len(each) == 3 for each in rest):
        texts.add("".join((whole, *rest)))
    if rest and all(len(each) == 3 for each in rest[:-1]):
        texts.add("".join((whole, *rest[:-1])) + "." + rest[-1])
    for text in texts:
        try:
            yield parse_amount(text, decimals)
        except (InvalidAmountError, TooManyDigitsError):
            continue


def _addresses(calls: Sequence[ShownCall]) -> Iterator[str]:
    for each in calls:
        yield from (address for address in (each.to, each.recipient, each.owner) if address is not None)
        yield from (value for _, value in each.arguments if value.startswith("0x"))
        yield from _addresses(each.inner)
