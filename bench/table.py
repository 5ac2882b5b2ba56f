"""Rows of figures and how they are printed."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of ours, beside a peer's where there is one.

    Attributes:
        name: what was measured, with its conditions.
        ours: our figure.
        unit: of both figures.
        peer: whose figure is beside it, or empty.
        theirs: the peer's figure of the same run.
        promise: the most that our figure may be, or None; above it the run fails.
    """

    name: str
    ours: float
    unit: str
    peer: str = ""
    theirs: float | None = None
    promise: float | None = None

    @property
    def kept(self) -> bool:
        """Whether the promise, if there is one, holds."""
        return self.promise is None or self.ours <= self.promise


def print_table(title: str, rows: list[Row]) -> None:
    """Print figures; the ratio is ours divided by theirs."""
    table = Table(title=title)
    for heading, right in (
        ("what", False),
        ("ours", True),
        ("unit", False),
        ("peer", False),
        ("theirs", True),
        ("ratio", True),
        ("promise", True),
    ):
        table.add_column(heading, justify="right" if right else "left")
    for row in rows:
        ratio = "" if not row.theirs else f"{row.ours / row.theirs:.2f}"
        promise = "" if row.promise is None else f"{row.promise:g}" + ("" if row.kept else " BROKEN")
        theirs = "" if row.theirs is None else f"{row.theirs:,.3g}"
        table.add_row(row.name, f"{row.ours:,.3g}", row.unit, row.peer, theirs, ratio, promise)
    Console(width=160).print(table)
