"""`parley create`: make a profile with a fresh Ethereum account that endorses this device."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Annotated

import trio
import typer

from parley.settings import read_settings

DEVICE_NAME_LENGTH = 64


def create(
    data: Annotated[Path | None, typer.Option(help="The data folder of the new profile.")] = None,
    device_name: Annotated[str, typer.Option(help="How this device is called.")] = "",
) -> None:
    """Make a profile with a fresh Ethereum account."""
    from parley.commands.sentences import plain_errors
    from parley.messenger import make_profile, real_system

    with plain_errors():
        settings = read_settings(data=data)
    passphrase = settings.passphrase
    if passphrase is None:
        passphrase = typer.prompt("Passphrase for this profile", hide_input=True, confirmation_prompt=True)
    name = (device_name or platform.node() or "this device")[:DEVICE_NAME_LENGTH]
    with plain_errors():
        account = trio.run(make_profile, settings.data, passphrase, name, real_system())
    print(f"Made a profile for {account} in {settings.data}. Start it with: parley up --data {settings.data}")
