"""`parley open`: a new launch link for the Parley that runs on a data folder."""

from __future__ import annotations

import json
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from parley.settings import read_settings


def open_(
    data: Annotated[Path | None, typer.Option(help="The data folder of the profile.")] = None,
    open_page: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Print a new launch link for the running Parley, and open it."""
    from parley.commands.sentences import plain_errors
    from parley.messenger.system import system_clock_ms
    from parley.web.folder import NotRunningError, PageFolder, launch_link
    from parley.web.server import origin_of

    with plain_errors():
        folder = PageFolder(read_settings(data=data).data)
        # No channel to the running process: it takes what the key in the folder signs.
        key = folder.running_key()
        port = folder.kept_port()
        if not port:
            raise NotRunningError  # It has only just started; its port is written once it answers.
        origin = origin_of(port)
        link = launch_link(origin, key, system_clock_ms())
    print(json.dumps({"url": origin + "/", "launch": link}) if as_json else link, flush=True)
    if open_page:
        webbrowser.open(link)
