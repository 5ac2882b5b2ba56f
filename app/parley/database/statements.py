"""Statements made out of the names of columns, for tables of many."""

from __future__ import annotations

from collections.abc import Sequence


def upsert(table: str, key: Sequence[str], columns: Sequence[str]) -> str:
    """Insert a row, or set every column of the row with the same key.

    Unlike INSERT OR REPLACE it removes no row: one that takes another row's unique value is refused.
    """
    marks = ", ".join("?" for _ in columns)
    changes = ", ".join(f"{each} = excluded.{each}" for each in columns if each not in key)
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) "  # noqa: S608 -- names of the schema
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"
    )
