"""The commands of `parley`, one file each."""

from __future__ import annotations

import typer

from parley.commands.create import create
from parley.commands.demo import demo
from parley.commands.demo_person import demo_person
from parley.commands.doctor import doctor
from parley.commands.erase import erase
from parley.commands.open import open_
from parley.commands.relay import relay
from parley.commands.up import up

application = typer.Typer(
    name="parley",
    help="A messenger for people who hold Ethereum wallets.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
application.command()(create)
application.command()(up)
application.command("open")(open_)
application.command()(demo)
application.command("demo-person", hidden=True)(demo_person)
application.command()(relay)
application.command()(doctor)
application.command()(erase)
