"""`parley doctor`: look for what keeps Parley from working here. Changes nothing, and asks for no passphrase."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import trio
import typer

from parley.settings import read_settings


def doctor(
    data: Annotated[Path | None, typer.Option(help="The data folder of the profile.")] = None,
    peer: Annotated[list[str] | None, typer.Option(help="A multiaddr of a peer to reach.")] = None,
    cluster_id: Annotated[int | None, typer.Option("--network", help="The Waku cluster.")] = None,
    rpc: Annotated[list[str] | None, typer.Option(help="The address of an Ethereum node to ask.")] = None,
    chain_id: Annotated[int | None, typer.Option(help="The chain of --rpc.", min=1)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Look for what keeps Parley from working here; exit status 1 if there is something."""
    from parley.commands.endpoints import check_endpoints
    from parley.commands.findings import State, on_this_machine
    from parley.commands.log import logging_to_terminal
    from parley.commands.sentences import plain_errors
    from parley.commands.surroundings import outside

    with plain_errors(), logging_to_terminal():
        settings = read_settings(
            data=data, peers=tuple(peer or ()), cluster_id=cluster_id, rpc=tuple(rpc or ()), chain_id=chain_id
        )
        check_endpoints(settings.rpc)
        findings = on_this_machine(settings.data)
        findings += trio.run(outside, settings.peers, settings.cluster_id, settings.rpc, settings.chain_id)
    well = all(each.state is not State.WRONG for each in findings)
    if as_json:
        print(json.dumps({"ok": well, "findings": [each.facts() for each in findings]}))
    else:
        for each in findings:
            print(f"{each.state:8} {each.check:8} {each.sentence}")
            if each.advice:
                print(f"{'':17} {each.advice}")
    raise SystemExit(0 if well else 1)
