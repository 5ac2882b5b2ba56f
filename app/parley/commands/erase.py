"""`parley erase`: remove a profile and everything else that Parley keeps in a data folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import trio
import typer

from parley.settings import read_settings

if TYPE_CHECKING:
    from parley.commands.data_folder import Contents

WORD = "erase"
"""What has to be typed."""


def erase(
    data: Annotated[Path | None, typer.Option(help="The data folder of the profile.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase the profile, its messages and its keys from this computer."""
    from parley.commands import data_folder
    from parley.commands.sentences import plain_errors, stop
    from parley.messenger import real_system
    from parley.messenger.ways import forget_keyring_way
    from parley.web.folder import AlreadyRunningError, PageFolder

    with plain_errors():
        folder = read_settings(data=data).data
        contents = data_folder.contents_of(folder)
        if not contents.ours:
            stop(f"There is nothing of Parley's in {folder}. Nothing was erased.")
        try:
            # Held until the end: nothing starts on a folder that is being erased.
            with PageFolder(folder).claim():
                print(_losses(folder, contents))
                if not yes:
                    _ask()
                # First, since the slot that is about to go says under which name the secret is kept.
                trio.run(forget_keyring_way, folder, real_system().keyring)
                kept = data_folder.erase(data_folder.contents_of(folder))
        except AlreadyRunningError:
            stop("Parley runs on this data folder. Stop it and try again; nothing was erased.")
    print("Erased." if not kept else f"Erased. What is not Parley's stays in {folder}.")


def _losses(folder: Path, contents: Contents) -> str:
    size = sum(each.lstat().st_size for each in contents.ours)
    lines = [
        f"This erases what Parley keeps in {folder}: {len(contents.ours)} files, {size:,} bytes.",
    ]
    if contents.keys:
        lines += [
            "- All messages and contacts. Nobody can bring them back, and nobody else has your side of them.",
            "- The keys of this device. What others send to it from now on is lost.",
            "- The wallet inside, if there is one: without its recovery words, its accounts and what they own are",
            "  lost for good. See that you have them on paper before you go on.",
            "What lies elsewhere stays: copies of this folder, and the other people's side.",
        ]
    if contents.others:
        lines.append("These are not Parley's and stay:")
        lines += [f"  {each}" for each in contents.others]
    return "\n".join(lines)


def _ask() -> None:
    from parley.commands.sentences import stop

    if not sys.stdin.isatty():
        stop("Nothing was erased: there is no terminal to confirm it in. In a script, add --yes.")
    if typer.prompt(f"Type {WORD} to go on", default="", show_default=False).strip() != WORD:
        stop("Nothing was erased.")
