"""`parley demo`: people who know each other, on this machine only, each in a process of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    data: Annotated[Path | None, typer.Option(help="The folder of the demo's profiles.")] = None,
    open_page: Annotated[bool, typer.Option("--open/--no-open", help="Open a page in a browser.")] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON once all pages answer.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget earlier demos first.")] = False,
) -> None:
    """Start two people who know each other, and print their pages."""
    from parley.commands.sentences import plain_errors
    from parley_demo.supervisor import run_demo

    with plain_errors():
        run_demo(data, open_page=open_page, as_json=as_json, fresh=fresh)
