"""`parley relay`: a headless service node. It belongs to no person, has no profile, and reads nothing it carries."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import trio
import typer
from platformdirs import user_data_path

from parley.settings import Settings, read_settings

RELAY_LISTEN = "/ip4/0.0.0.0/tcp/60000"
"""A relay is there to be reached, and its port has to stay the same: 60000 is what Waku's nodes use."""

RELAY_CONNECTIONS = 256


def relay(
    data: Annotated[Path | None, typer.Option(help="The relay's own folder, which keeps its key.")] = None,
    listen: Annotated[
        list[str] | None, typer.Option(help=f"A multiaddr to listen on; {RELAY_LISTEN} if none is given.")
    ] = None,
    peer: Annotated[
        list[str] | None,
        typer.Option(help="A multiaddr of a peer to stay connected to, another relay perhaps."),
    ] = None,
    mdns: Annotated[
        bool | None,
        typer.Option(
            "--mdns/--no-mdns", help="Find nodes on the LAN, if one of its addresses is listened on."
        ),
    ] = None,
    cluster_id: Annotated[int | None, typer.Option("--network", help="The Waku cluster.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON once it is ready.")] = False,
    with_parent: Annotated[bool, typer.Option(hidden=True, help="Stop when standard input ends.")] = False,
) -> None:
    """Carry other people's messages, and print where this relay is reached."""
    from parley.commands.log import logging_to_terminal
    from parley.commands.sentences import plain_errors

    with plain_errors(), logging_to_terminal():
        settings = read_settings(
            defaults={"data": user_data_path("parley-relay", appauthor=False), "listen": (RELAY_LISTEN,)},
            data=data,
            listen=tuple(listen or ()),
            peers=tuple(peer or ()),
            mdns=mdns,
            cluster_id=cluster_id,
        )
        trio.run(_relay, settings, as_json, with_parent)


async def _relay(settings: Settings, as_json: bool, with_parent: bool) -> None:
    from parley.chat.direct.topics import INBOX_TOPICS
    from parley.commands.relay_folder import claim_relay_folder
    from parley.commands.stopping import stop_at_end_of_input, stop_on_signal
    from parley.p2p.api import NodeSettings, Stamps, open_node

    stopped = trio.Event()
    with claim_relay_folder(settings.data) as key:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stop_on_signal, stopped)
            if with_parent:
                nursery.start_soon(stop_at_end_of_input, stopped)
            node_settings = NodeSettings(
                key=key,
                listen=settings.listen,
                peers=settings.peers,
                cluster_id=settings.cluster_id,
                mdns=settings.mdns,
                stamps=Stamps(INBOX_TOPICS),
                relay=True,
                max_connections=RELAY_CONNECTIONS,
            )
            async with open_node(node_settings) as node:
                # It watches no topic: nothing that passes is handed on to anybody here.
                _announce(node.peer_id, node.addresses, as_json)
                await stopped.wait()
            nursery.cancel_scope.cancel()


def _announce(peer_id: str, addresses: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        print(json.dumps({"peer_id": peer_id, "addresses": addresses, "pid": os.getpid()}), flush=True)
        return
    print("This relay is reached at", *addresses, sep="\n")
    print("Others name one of these with --peer, the first that leads here from where they are.")
    print("Stop with Ctrl-C.", flush=True)
