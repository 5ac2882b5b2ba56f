"""Starts the people of the demo, introduces them, and stops them again."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import webbrowser
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import trio
from platformdirs import user_data_path

from parley.resources import check_assets
from parley.settings import child_environment
from parley_demo.errors import DemoError
from parley_demo.introduction import introduce
from parley_demo.person import Person, make_profile, start_person

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
            await _introduce_all(people)
            _announce(people, open_page, as_json)
            await trio.sleep_forever()


async def _make_profiles(folder: Path, environment: Mapping[str, str]) -> None:
    _say("Setting up " + " and ".join(NAMES) + " ...")
    async with trio.open_nursery() as nursery:
        for name in NAMES:
            nursery.start_soon(make_profile, name, folder / name.lower(), environment)


async def _introduce_all(people: list[Person]) -> None:
    _say("Introducing them to each other ...")
    for person in people:
        for other in people:
            if other is not person:
                await trio.to_thread.run_sync(introduce, person, other)


def _announce(people: list[Person], open_page: bool, as_json: bool) -> None:
    if as_json:
        facts = [
            {"name": each.name, "url": each.url, "pid": each.pid, "data": str(each.data)} for each in people
        ]
        print(json.dumps({"people": facts}), flush=True)
    else:
        for each in people:
            print(f"{each.name + ':':8}{each.url}", flush=True)
        print("Open both pages and write to each other. Stop with Ctrl-C.", flush=True)
    if open_page:
        webbrowser.open(people[0].url)


def _say(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


async def _cancel_on_signal(scope: trio.CancelScope) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            scope.cancel()


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
