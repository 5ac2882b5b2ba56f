"""Tokens, addresses and what accounts hold; mirrors a part of chat/payments/ports.py."""

from __future__ import annotations

from typing import Any

import apsw

from parley.chat.payments.model import ForgottenToken, HoldingRow, KnownToken, SavedAddress
from parley.database.calls import amount, integer
from parley.database.statements import upsert

_TOKEN = ("chain_id", "address", "name", "symbol", "decimals", "added_at_ms")
_ADDRESS = ("address", "label", "watched", "saved_at_ms")
_HOLDING = ("chain_id", "account", "token", "amount", "block_number", "block_time_ms")

_COIN = ""
"""In place of a token's address: a primary key holds no null."""


def token_values(row: KnownToken) -> tuple[Any, ...]:
    """The row's columns. Raises ValueError for a number that cannot be stored."""
    numbers = integer(row.decimals), integer(row.added_at_ms)
    return integer(row.chain_id), row.address, row.name, row.symbol, *numbers


def address_values(row: SavedAddress) -> tuple[Any, ...]:
    """The row's columns. Raises ValueError for a number that cannot be stored."""
    return row.address, row.label, row.watched, integer(row.saved_at_ms)


def holding_values(row: HoldingRow) -> tuple[Any, ...]:
    """The row's columns. Raises ValueError for a number that cannot be stored, or a token without an address."""
    if row.token == _COIN:
        raise ValueError("a token has an address")
    token = _COIN if row.token is None else row.token
    numbers = integer(row.block_number), integer(row.block_time_ms)
    return integer(row.chain_id), row.account, token, amount(row.amount), *numbers


def store_token(connection: apsw.Connection, row: KnownToken) -> None:
    """Add a token, or replace what is known of it."""
    connection.execute(upsert("known_tokens", ("chain_id", "address"), _TOKEN), token_values(row))


def forget_token(connection: apsw.Connection, row: ForgottenToken) -> None:
    """Remove an added token and what was held of it, if it is there."""
    connection.execute(
        "DELETE FROM known_tokens WHERE chain_id = ? AND address = ?", (row.chain_id, row.address)
    )
    connection.execute("DELETE FROM holdings WHERE chain_id = ? AND token = ?", (row.chain_id, row.address))


def read_tokens(connection: apsw.Connection, chain_id: int) -> tuple[KnownToken, ...]:
    """The tokens that were added on a network, the one added first first."""
    rows = connection.execute(
        f"SELECT {', '.join(_TOKEN)} FROM known_tokens WHERE chain_id = ? ORDER BY added_at_ms, address",  # noqa: S608
        (chain_id,),
    )
    return tuple(KnownToken(*row) for row in rows)


def store_address(connection: apsw.Connection, row: SavedAddress) -> None:
    """Save an address, or replace what was saved of it."""
    connection.execute(upsert("saved_addresses", ("address",), _ADDRESS), address_values(row))


def forget_address(connection: apsw.Connection, address: str) -> None:
    """Remove a saved address, if it is there."""
    connection.execute("DELETE FROM saved_addresses WHERE address = ?", (address,))


def read_addresses(connection: apsw.Connection) -> tuple[SavedAddress, ...]:
    """All saved addresses by their labels."""
    rows = connection.execute(
        f"SELECT {', '.join(_ADDRESS)} FROM saved_addresses ORDER BY label, address"  # noqa: S608
    )
    return tuple(
        SavedAddress(address, label, bool(watched), at_ms) for address, label, watched, at_ms in rows
    )


def store_holding(connection: apsw.Connection, row: HoldingRow) -> None:
    """Note what an account holds of a token or the coin."""
    connection.execute(upsert("holdings", ("chain_id", "account", "token"), _HOLDING), holding_values(row))


def read_holdings(connection: apsw.Connection, account: str, chain_id: int) -> tuple[HoldingRow, ...]:
    """What is known of an account on a network, the coin first."""
    rows = connection.execute(
        f"SELECT {', '.join(_HOLDING)} FROM holdings WHERE chain_id = ? AND account = ? ORDER BY token",  # noqa: S608
        (chain_id, account),
    )
    return tuple(
        HoldingRow(chain_id, account, token or None, int(held), block_number, block_time_ms)
        for chain_id, account, token, held, block_number, block_time_ms in rows
    )
