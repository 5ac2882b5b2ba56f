"""Starts the people of the demo, introduces them, and stops them again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import webbrowser
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import trio
from platformdirs import user_data_path

from parley.resources import check_assets
from parley.settings import child_environment
from parley_demo.errors import DemoError
from parley_demo.introduction import introduce
from parley_demo.person import Person, make_profile, new_launch_link, start_person

NAMES = ("Alice", "Bob")

PASSPHRASE = "demo"  # noqa: S105 - the demo's profiles hold nothing of anybody's.

CLUSTER_ID = 7338
"""Not the network that people use: what is said in a demo stays on this machine."""


def run_demo(data: Path | None, *, open_page: bool, as_json: bool, fresh: bool) -> None:
    """Run the demo until Ctrl-C.

    Args:
        data: the folder of the profiles; the platform's data folder by default.
        fresh: forget the profiles of earlier demos first.
    """
    check_assets()
    folder = data or user_data_path("parley-demo", appauthor=False)
    if fresh:
        for name in NAMES:
            shutil.rmtree(folder / name.lower(), ignore_errors=True)
    try:
        trio.run(_run, folder, open_page, as_json)
    except* DemoError as group:
        print(f"The demo could not start. {_first(group)}", file=sys.stderr)
        raise SystemExit(1) from None


async def _run(folder: Path, open_page: bool, as_json: bool) -> None:
    environment = child_environment(passphrase=PASSPHRASE, cluster_id=CLUSTER_ID)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_cancel_on_signal, nursery.cancel_scope)
        await _make_profiles(folder, environment)
        async with AsyncExitStack() as stack:
            people: list[Person] = []
            for name in NAMES:
                _say(f"Starting {name} ...")
                addresses = tuple(each.addresses[0] for each in people)
                person = start_person(name, folder / name.lower(), addresses, environment)
                people.append(await stack.enter_async_context(person))
            _say("Introducing them to each other ...")
            await trio.to_thread.run_sync(introduce, people)
            links = [await new_launch_link(each, environment) for each in people]
            _announce(people, links, open_page, as_json)
            if sys.stdin.isatty() and not as_json:
                await _links_at_enter(people, environment)
            await trio.sleep_forever()


async def _make_profiles(folder: Path, environment: Mapping[str, str]) -> None:
    _say("Setting up " + " and ".join(NAMES) + " ...")
    async with trio.open_nursery() as nursery:
        for name in NAMES:
            nursery.start_soon(make_profile, name, folder / name.lower(), environment)


async def _links_at_enter(people: list[Person], environment: Mapping[str, str]) -> None:
    """Print new links for each line that the terminal sends, until its input ends."""
    # A terminal stops a program that reads from it in the background; ignored, the reading fails instead.
    if hasattr(signal, "SIGTTIN"):
        signal.signal(signal.SIGTTIN, signal.SIG_IGN)
    with suppress(OSError):
        while await trio.to_thread.run_sync(os.read, sys.stdin.fileno(), 1024, abandon_on_cancel=True):
            _print_links(people, [await new_launch_link(each, environment) for each in people])


def _announce(people: list[Person], links: list[str], open_page: bool, as_json: bool) -> None:
    if as_json:
        facts = [
            {
                "name": each.name,
                "url": each.url,
                "launch": link,
                "pid": each.pid,
                "data": str(each.data),
            }
            for each, link in zip(people, links, strict=True)
        ]
        print(json.dumps({"people": facts}), flush=True)
    else:
        _print_links(people, links)
        print(
            "Each link opens a page, once: open both and write to each other. Press Enter for new links; stop with "
            f"Ctrl-C. A page that you lock opens again with the passphrase {PASSPHRASE}.",
            flush=True,
        )
    if open_page:
        webbrowser.open(links[0])


def _print_links(people: list[Person], links: list[str]) -> None:
    for each, link in zip(people, links, strict=True):
        print(f"{each.name + ':':8}{link}", flush=True)


def _say(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


async def _cancel_on_signal(scope: trio.CancelScope) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            scope.cancel()


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
