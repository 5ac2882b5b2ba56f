"""`parley demo-person`: `up` for one of the demo's people, who opens their own profile. Started by the demo alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import trio
import typer

from parley.settings import Settings, read_settings

if TYPE_CHECKING:
    from parley.messenger import Keeper


def demo_person(
    name: Annotated[str, typer.Argument(help="Which of the demo's people.")],
    data: Annotated[Path, typer.Option(help="The person's data folder.")],
    rpc: Annotated[list[str], typer.Option(help="The demo's chain.")],
    chain_id: Annotated[int, typer.Option(help="Its id.")],
    peer: Annotated[list[str], typer.Option(help="The demo's relay.")],
    listen: Annotated[list[str], typer.Option(help="A multiaddr to listen on.")],
    cluster_id: Annotated[int, typer.Option("--network", help="The demo's Waku cluster.")],
    lock_after: Annotated[int, typer.Option(help="Minutes without a request; 0 never.")] = 0,
    open_page: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON once it is ready.")] = False,
    with_parent: Annotated[bool, typer.Option(help="Stop when standard input ends.")] = False,
) -> None:
    """Serve the page of one of the demo's people."""
    from parley.commands.log import logging_to_terminal
    from parley.commands.sentences import plain_errors
    from parley.commands.up import Output, run_up

    with plain_errors(), logging_to_terminal():
        settings = read_settings(
            data=data,
            rpc=tuple(rpc),
            chain_id=chain_id,
            peers=tuple(peer),
            listen=tuple(listen),
            cluster_id=cluster_id,
            lock_after=lock_after,
        )
        trio.run(run_up, settings, Output(open_page, as_json, with_parent), _DemoPerson(name, settings))


class _DemoPerson:
    def __init__(self, name: str, settings: Settings) -> None:
        self._name = name
        self._passphrase = settings.passphrase or ""

    async def move_in(self, keeper: Keeper) -> None:
        from parley_demo.resident import move_in

        await move_in(self._name, keeper, self._passphrase)

    async def live(self, keeper: Keeper) -> None:
        from parley_demo.resident import live

        await live(self._name, keeper, lambda facts: print(json.dumps(facts), flush=True))
