"""`parley demo`: three people, a chain and a relay, on this machine only, and a page that leads to them."""

from __future__ import annotations

import json
import os
import signal
import sys
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import trio
import typer
from platformdirs import user_data_path

if TYPE_CHECKING:
    from parley.web.folder import PageFolder
    from parley.web.server import OpenPort
    from parley_demo.folder import DemoFolder
    from parley_demo.parts import Part, Parts
    from parley_demo.supervisor import Supervisor


def demo(
    data: Annotated[Path | None, typer.Option(help="The folder of the demo.")] = None,
    open_page: Annotated[bool, typer.Option("--open/--no-open", help="Open its page in a browser.")] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON once all pages answer.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Erase earlier demos first, your own profile in them included.")
    ] = False,
) -> None:
    """Start Alice, Bob and Carol with a chain of their own, and a page that leads to them."""
    from parley.commands.log import logging_to_terminal
    from parley.commands.sentences import plain_errors, stop
    from parley.resources import check_assets
    from parley.web.folder import AlreadyRunningError, PageFolder
    from parley_demo.errors import NotADemoFolderError
    from parley_demo.folder import DemoFolder

    with plain_errors(), logging_to_terminal():
        check_assets()
        folder = DemoFolder((data or user_data_path("parley-demo", appauthor=False)).absolute())
        try:
            folder.check()
            folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            own = PageFolder(folder.path)
            # Held until everything has stopped: one demo a folder.
            with own.claim() as launch_key:
                if fresh:
                    _forget(folder)
                _run_demo(folder, own, launch_key, open_page, as_json)
        except NotADemoFolderError as error:
            stop(
                f"{folder.path} holds {error.found}, which no demo puts there, and was left as it is. Name an empty "
                "or a new folder with --data."
            )
        except AlreadyRunningError:
            stop(
                f"A demo runs in {folder.path} already. A link to its page: parley open --data {folder.path}. "
                "Another demo wants a folder of its own: --data FOLDER"
            )


def _run_demo(folder: DemoFolder, own: PageFolder, launch_key: bytes, open_page: bool, as_json: bool) -> None:
    from parley.commands.sentences import stop
    from parley_demo.errors import CannotStartError

    try:
        trio.run(_serve, folder, own, launch_key, open_page, as_json)
    except* CannotStartError as group:
        error = group.exceptions[0]
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        stop(f"The demo could not start. {error}")


async def _serve(
    folder: DemoFolder, own: PageFolder, launch_key: bytes, open_page: bool, as_json: bool
) -> None:
    from parley.commands.demo_page import create_demo_page, new_link, new_link_of
    from parley.commands.stopping import stop_on_signal
    from parley.web.entrance import Entrance
    from parley.web.server import serve
    from parley_demo.parts import Parts
    from parley_demo.supervisor import Supervisor

    stopped = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stop_on_signal, stopped)
        port = _open_port(own)
        parts = Parts(_say)
        supervisor = Supervisor(folder, parts, partial(new_link_of, folder), give_up=as_json)
        entrance = Entrance(port.number, key=launch_key, stored=own.sessions(), keep=own.keep_sessions)
        app = create_demo_page(supervisor, entrance, folder.path, port.number)
        await nursery.start(partial(serve, app, port, shutdown=stopped))
        own.keep_port(port.number)
        link = partial(new_link, port.origin, launch_key)
        if not as_json:
            print(f"The demo's page, once:\n{link()}", flush=True)
            print("Press Enter for a new link; stop with Ctrl-C.", flush=True)
        if open_page:
            webbrowser.open(link())
        nursery.start_soon(supervisor.run)
        nursery.start_soon(_announce, supervisor, parts, link, as_json)
        if sys.stdin.isatty() and not as_json:
            nursery.start_soon(_link_at_enter, link)
        await stopped.wait()
        nursery.cancel_scope.cancel()


def _open_port(own: PageFolder) -> OpenPort:
    from parley.web.server import PortInUseError, open_port

    try:
        return open_port(own.kept_port())
    except PortInUseError:
        return open_port(0)


async def _announce(supervisor: Supervisor, parts: Parts, link: Callable[[], str], as_json: bool) -> None:
    from parley_demo.parts import CHAIN, PEOPLE, RELAY

    await parts.until(lambda: parts.ready)
    if not as_json:
        _print("Everything runs. A page that you lock opens again with the passphrase demo.")
        return
    people = [
        {
            "name": name,
            "url": parts[name].facts["url"],
            "launch": await supervisor.enter(name),
            "account": parts[name].facts["account"],
            "pid": parts[name].facts["pid"],
            "data": str(supervisor.folder.of(name)),
        }
        for name in PEOPLE
    ]
    facts = {
        "chain": parts[CHAIN].facts["url"],
        "relay": parts[RELAY].facts["addresses"],
        "page": link(),
        "people": people,
    }
    _print(json.dumps(facts))


def _print(text: str) -> None:
    print(text, flush=True)


def _say(part: Part) -> None:
    """Tell the terminal how a part is doing."""
    words = " ".join(each for each in (part.detail, part.advice) if each) or f"{part.state} ..."
    print(f"{part.name + ':':10}{words}", file=sys.stderr, flush=True)


async def _link_at_enter(link: Callable[[], str]) -> None:
    """Print a new link for each line that the terminal sends, until its input ends."""
    # A terminal stops a program that reads from it in the background; ignored, the reading fails instead.
    if hasattr(signal, "SIGTTIN"):
        signal.signal(signal.SIGTTIN, signal.SIG_IGN)
    with suppress(OSError):
        while await trio.to_thread.run_sync(os.read, sys.stdin.fileno(), 1024, abandon_on_cancel=True):
            _print(link())


def _forget(folder: DemoFolder) -> None:
    """Erase what earlier demos left. What is not Parley's stays."""
    from parley.commands import data_folder
    from parley.messenger import real_system
    from parley.messenger.ways import forget_keyring_way
    from parley.web.folder import PageFolder

    for each in folder.profiles:
        if each.exists():
            # Nothing of an earlier demo that is just about to stop still uses it.
            with PageFolder(each).claim():
                trio.run(forget_keyring_way, each, real_system().keyring)
                data_folder.erase(data_folder.contents_of(each))
    data_folder.erase(data_folder.contents_of(folder.relay))
    folder.journal.unlink(missing_ok=True)
