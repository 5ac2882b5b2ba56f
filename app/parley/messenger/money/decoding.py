"""Calls as a person is shown them: what chain reads from their bytes, with the assets that they move."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from parley.chain.api import (
    COINS,
    Call,
    CallKind,
    Decoded,
    TokenFacts,
    decode_call,
    imitated_symbol,
    listed_token,
)
from parley.chat.payments.model import RequestedCall
from parley.messenger.money.model import Asset, ShownCall

COIN_DECIMALS = 18
"""Of every chain's own coin: what the EVM counts in is its 18th decimal."""

AssetOf = Callable[[str | None], Asset]
"""The asset of a token's address; None is the coin."""

_APPROVALS = (CallKind.APPROVE, CallKind.APPROVAL_FOR_ALL, CallKind.PERMIT)


def coin(chain_id: int) -> Asset:
    """A chain's own coin. One that is not known has no symbol that could be mistaken for another's."""
    symbol = COINS.get(chain_id, "")
    return Asset(chain_id, None, symbol, symbol, COIN_DECIMALS, listed=bool(symbol))


def token_asset(chain_id: int, facts: TokenFacts) -> Asset:
    """A token by what is known of it: the list's own words where it is listed, else what it says of itself."""
    listed = listed_token(chain_id, facts.address)
    if listed is not None:
        return Asset(chain_id, listed.address, listed.symbol, listed.name, listed.decimals)
    imitates = imitated_symbol(chain_id, facts)
    return Asset(chain_id, facts.address, facts.symbol, facts.name, facts.decimals, False, imitates)


def known_assets(chain_id: int, tokens: Iterable[TokenFacts]) -> AssetOf:
    """Find assets among the listed tokens and these; any other token is shown by its address and smallest unit."""
    found = {each.address.lower(): token_asset(chain_id, each) for each in tokens}

    def asset_of(token: str | None) -> Asset:
        if token is None:
            return coin(chain_id)
        if (known := found.get(token.lower())) is not None:
            return known
        listed = listed_token(chain_id, token)
        if listed is not None:
            return token_asset(chain_id, listed)
        return Asset(chain_id, token, "", "", 0, listed=False)

    return asset_of


def chain_calls(calls: Sequence[RequestedCall]) -> tuple[Call, ...]:
    """Stored calls as chain takes them."""
    return tuple(Call(each.to, each.value, each.data) for each in calls)


def show_calls(calls: Sequence[RequestedCall], asset_of: AssetOf) -> tuple[ShownCall, ...]:
    """Decode calls. Nothing but their bytes decides what they are shown as."""
    return tuple(_shown(decode_call(each), asset_of) for each in chain_calls(calls))


def named_tokens(calls: Iterable[ShownCall]) -> set[str]:
    """The addresses of all tokens that calls move or approve."""
    found = set()
    for each in calls:
        if each.asset is not None and each.asset.token is not None:
            found.add(each.asset.token)
        found |= named_tokens(each.inner)
    return found


def _shown(decoded: Decoded, asset_of: AssetOf) -> ShownCall:
    asset = None
    if decoded.kind is CallKind.COIN:
        asset = asset_of(None)
    elif decoded.token is not None:
        asset = asset_of(decoded.token)
    unlimited_approval = decoded.unlimited and decoded.kind in _APPROVALS
    return ShownCall(
        kind=decoded.kind,
        to=decoded.call.to,
        value=decoded.call.value,
        asset=asset,
        amount=None if unlimited_approval else decoded.amount,
        recipient=decoded.recipient,
        function=decoded.function,
        arguments=decoded.arguments,
        data=decoded.call.data,
        unlimited=unlimited_approval,
        owner=decoded.owner,
        token_id=decoded.token_id,
        inner=tuple(_shown(each, asset_of) for each in decoded.inner),
    )
