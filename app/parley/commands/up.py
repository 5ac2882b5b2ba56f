"""`parley up`: open a profile, connect it, and serve its page on localhost."""

from __future__ import annotations

import json
import os
import signal
import sys
import webbrowser
from functools import partial
from pathlib import Path
from typing import Annotated

import trio
import typer

from parley.settings import Settings, read_settings

_PORT_NAME = "port"


def up(
    data: Annotated[Path | None, typer.Option(help="The data folder of the profile.")] = None,
    port: Annotated[int | None, typer.Option(help="The page's port on localhost.", min=1, max=65535)] = None,
    listen: Annotated[list[str] | None, typer.Option(help="A multiaddr to listen on.")] = None,
    peer: Annotated[
        list[str] | None, typer.Option(help="A multiaddr of a peer to stay connected to.")
    ] = None,
    cluster_id: Annotated[int | None, typer.Option("--network", help="The Waku cluster.")] = None,
    open_page: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON once it is ready.")] = False,
    with_parent: Annotated[bool, typer.Option(hidden=True, help="Stop when standard input ends.")] = False,
) -> None:
    """Open your profile and serve its page on localhost."""
    from parley.commands.sentences import plain_errors

    with plain_errors():
        settings = read_settings(
            data=data, port=port, listen=tuple(listen or ()), peers=tuple(peer or ()), cluster_id=cluster_id
        )
    passphrase = settings.passphrase or typer.prompt("Passphrase", hide_input=True)
    with plain_errors():
        trio.run(_up, settings, passphrase, open_page, as_json, with_parent)


async def _up(settings: Settings, passphrase: str, open_page: bool, as_json: bool, with_parent: bool) -> None:
    from parley.messenger import open_messenger
    from parley.messenger.profile import database_path, unlock_profile
    from parley.messenger.system import open_store
    from parley.resources import check_assets
    from parley.web.app import create_app
    from parley.web.server import PortInUseError, open_port, serve

    check_assets()
    try:
        port = open_port(settings.port or _kept_port(settings.data))
    except PortInUseError:
        # Most often by this profile's own Parley: then that is what is told.
        key = await unlock_profile(settings.data, passphrase)
        async with open_store(database_path(settings.data), key):
            raise
    stopped = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_stop_on_signal, stopped)
        if with_parent:
            nursery.start_soon(_stop_at_end_of_input, stopped)
        key = await unlock_profile(settings.data, passphrase)
        async with open_messenger(settings, key) as messenger, trio.open_nursery() as serving:
            app = create_app(messenger, port=port.number)
            await serving.start(partial(serve, app, port, shutdown=stopped))
            await trio.Path(settings.data / _PORT_NAME).write_text(f"{port.number}\n")
            addresses = (await messenger.status()).addresses
            _announce(messenger.account, port.origin + "/", addresses, open_page, as_json)
        nursery.cancel_scope.cancel()


def _announce(account: str, url: str, addresses: tuple[str, ...], open_page: bool, as_json: bool) -> None:
    if as_json:
        facts = {"url": url, "account": account, "addresses": addresses, "pid": os.getpid()}
        print(json.dumps(facts), flush=True)
    else:
        print(f"Parley for {account} is at {url}\nStop it with Ctrl-C.", flush=True)
    if open_page:
        webbrowser.open(url)


def _kept_port(data: Path) -> int:
    """The folder's port: wallets and browsers remember a page by its port, so it stays the same."""
    try:
        port = int((data / _PORT_NAME).read_text())
    except (OSError, ValueError):
        return 0
    return port if 0 < port < 65536 else 0


async def _stop_on_signal(stopped: trio.Event) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            stopped.set()


async def _stop_at_end_of_input(stopped: trio.Event) -> None:
    """A supervisor that is killed cannot stop its children; the end of its pipe tells them."""
    # Not by way of sys.stdin: its lock, held by the abandoned thread, would abort the interpreter's end.
    # Guarded by tests/processes/test_talk.py::test_both_stop_when_asked_and_go_on_later.
    while await trio.to_thread.run_sync(os.read, sys.stdin.fileno(), 1, abandon_on_cancel=True):
        pass
    stopped.set()
