"""`parley up`: open a profile, connect it, and serve its page on localhost."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import trio
import typer

from parley.settings import Settings, read_settings

if TYPE_CHECKING:
    from parley.messenger import Keeper
    from parley.web.folder import PageFolder
    from parley.web.server import OpenPort

log = logging.getLogger(__name__)


def up(
    data: Annotated[Path | None, typer.Option(help="The data folder of the profile.")] = None,
    port: Annotated[int | None, typer.Option(help="The page's port on localhost.", min=1, max=65535)] = None,
    listen: Annotated[list[str] | None, typer.Option(help="A multiaddr to listen on.")] = None,
    peer: Annotated[
        list[str] | None, typer.Option(help="A multiaddr of a peer to stay connected to.")
    ] = None,
    mdns: Annotated[
        bool | None,
        typer.Option(
            "--mdns/--no-mdns", help="Find nodes on the LAN, if one of its addresses is listened on."
        ),
    ] = None,
    cluster_id: Annotated[int | None, typer.Option("--network", help="The Waku cluster.")] = None,
    lock_after: Annotated[
        int | None, typer.Option(help="Lock after so many minutes without a request; 0 never.", min=0)
    ] = None,
    rpc: Annotated[
        list[str] | None, typer.Option(help="The address of an Ethereum node (JSON-RPC over http or https).")
    ] = None,
    chain_id: Annotated[
        int | None, typer.Option(help="The chain of --rpc; 1, the default, is Ethereum itself.", min=1)
    ] = None,
    open_page: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON once it is ready.")] = False,
    with_parent: Annotated[bool, typer.Option(hidden=True, help="Stop when standard input ends.")] = False,
) -> None:
    """Serve your page on localhost; it asks for the passphrase, or makes a profile."""
    from parley.commands.endpoints import check_endpoints
    from parley.commands.log import logging_to_terminal
    from parley.commands.sentences import plain_errors

    with plain_errors():
        settings = read_settings(
            data=data,
            port=port,
            listen=tuple(listen or ()),
            peers=tuple(peer or ()),
            mdns=mdns,
            cluster_id=cluster_id,
            lock_after=lock_after,
            rpc=tuple(rpc or ()),
            chain_id=chain_id,
        )
        check_endpoints(settings.rpc)
    with plain_errors(), logging_to_terminal():
        trio.run(run_up, settings, Output(open_page, as_json, with_parent))


class Resident(Protocol):
    """Who opens the profile and acts beside its page, instead of a person: one of the demo's people."""

    async def move_in(self, keeper: Keeper) -> None:
        """Open the profile, or make it."""
        ...

    async def live(self, keeper: Keeper) -> None:
        """Act, until cancelled."""
        ...


@dataclass(frozen=True, slots=True)
class Output:
    """How the run tells where it is, and when it ends by itself."""

    open_page: bool
    as_json: bool
    with_parent: bool


async def run_up(settings: Settings, output: Output, resident: Resident | None = None) -> None:
    """Serve the page of a data folder until asked to stop.

    Raises:
        AlreadyRunningError, PortInUseError, NoProfileError, and what opening the profile raises.
    """
    from parley.commands.data_folder import keep_private
    from parley.commands.log import logging_to_file
    from parley.messenger import NoProfileError
    from parley.messenger.profile import has_profile
    from parley.resources import check_assets
    from parley.web.folder import PageFolder

    check_assets()
    if resident is None and settings.passphrase is not None and not has_profile(settings.data):
        raise NoProfileError(settings.data)
    folder = PageFolder(settings.data)
    port = _open_port(settings, folder)
    if not keep_private(settings.data):
        print(
            f"{settings.data} is open to others and holds more than Parley's files, so it was left as it is. Name a "
            "folder of its own with --data.",
            file=sys.stderr,
        )
    # What is opened is closed before the claim is given up: `parley erase` trusts in that.
    with folder.claim() as launch_key, logging_to_file(folder.path):
        log.info("up.started pid=%s", os.getpid())
        try:
            await _serve(settings, folder, port, launch_key, output, resident)
        except Exception as error:
            log.info("up.failed error=%s", _name_of(error))
            raise
        log.info("up.stopped")


def _name_of(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return type(error).__name__


async def _serve(
    settings: Settings,
    folder: PageFolder,
    port: OpenPort,
    launch_key: bytes,
    output: Output,
    resident: Resident | None,
) -> None:
    from parley.commands.sentences import sentence_of
    from parley.commands.stopping import stop_at_end_of_input, stop_on_signal
    from parley.messenger import Keeper, real_system
    from parley.web.app import create_app
    from parley.web.entrance import Entrance
    from parley.web.locking import seconds_until_lock
    from parley.web.server import serve
    from parley.web.unlocking import lock_profile

    stopped = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stop_on_signal, stopped)
        if output.with_parent:
            nursery.start_soon(stop_at_end_of_input, stopped)
        keeper = Keeper(settings, real_system(), nursery)
        if resident is not None:
            await resident.move_in(keeper)
            nursery.start_soon(resident.live, keeper)
        elif settings.passphrase is not None:
            await keeper.unlock(settings.passphrase)
        entrance = Entrance(port.number, key=launch_key, stored=folder.sessions(), keep=folder.keep_sessions)
        app = create_app(keeper, port=port.number, entrance=entrance, sentence_of=sentence_of)
        seconds, lock = partial(seconds_until_lock, app), partial(lock_profile, app)
        nursery.start_soon(app.state.activity.call_when_idle, seconds, lock)
        async with trio.open_nursery() as serving:
            await serving.start(partial(serve, app, port, shutdown=stopped))
            folder.keep_port(port.number)
            link = partial(_new_link, port.origin, launch_key)
            await _announce(keeper, port.origin + "/", link(), output)
            if sys.stdin.isatty() and not output.with_parent and not output.as_json:
                nursery.start_soon(_link_at_enter, link)
        await keeper.lock()
        nursery.cancel_scope.cancel()


def _open_port(settings: Settings, folder: PageFolder) -> OpenPort:
    from parley.web.folder import AlreadyRunningError, NotRunningError
    from parley.web.server import PortInUseError, open_port

    try:
        return open_port(settings.port or folder.kept_port())
    except PortInUseError:
        # Most often by this profile's own Parley: then that is what is told.
        try:
            folder.running_key()
        except NotRunningError:
            pass
        else:
            raise AlreadyRunningError from None
        raise


def _new_link(origin: str, launch_key: bytes) -> str:
    from parley.messenger.system import system_clock_ms
    from parley.web.folder import launch_link

    return launch_link(origin, launch_key, system_clock_ms())


async def _announce(keeper: Keeper, url: str, launch: str, output: Output) -> None:
    messenger = keeper.messenger
    account = None if messenger is None else messenger.account
    if output.as_json:
        addresses = () if messenger is None else (await messenger.status()).addresses
        facts = {"url": url, "launch": launch, "account": account, "addresses": addresses, "pid": os.getpid()}
        print(json.dumps(facts), flush=True)
    else:
        who = "Parley" if account is None else f"Parley for {account}"
        print(f"{who} is at {url}\nThis link opens it, once:\n{launch}", flush=True)
        print("Press Enter for a new link; stop with Ctrl-C.", flush=True)
    if output.open_page:
        webbrowser.open(launch)


async def _link_at_enter(link: Callable[[], str]) -> None:
    """Print a new launch link for each line that the terminal sends, until its input ends."""
    # A terminal stops a program that reads from it in the background; ignored, the reading fails instead.
    # Guarded by tests/processes/test_launch.py::test_enter_prints_a_new_link.
    if hasattr(signal, "SIGTTIN"):
        signal.signal(signal.SIGTTIN, signal.SIG_IGN)
    while True:
        try:
            typed = await trio.to_thread.run_sync(os.read, sys.stdin.fileno(), 1024, abandon_on_cancel=True)
        except OSError:
            return
        if not typed:
            return
        print(link(), flush=True)
