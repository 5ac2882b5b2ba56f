"""Starts the parts of the demo in their order, keeps them running, and stops them again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import trio

from parley_demo.commands import (
    CHAIN_ID,
    chain_command,
    own_command,
    person_command,
    relay_command,
)
from parley_demo.errors import NotReadyError, PartEndedError
from parley_demo.folder import DemoFolder
from parley_demo.keeping import keep_running
from parley_demo.parts import CHAIN, CONTACTS, NAMES, PEOPLE, RELAY, YOURSELF, Part, Parts, State
from parley_demo.process import Command

OWN_WITHIN_S = 30.0

NewLink = Callable[[str], Awaitable[str]]
"""Makes a launch link of the Parley that runs on the data folder of somebody by name. Raises NotReadyError."""


class Supervisor:
    """The demo of one folder.

    Args:
        new_link: see `NewLink`.
        give_up: end, rather than go on trying, when a part cannot be started at all.
    """

    def __init__(self, folder: DemoFolder, parts: Parts, new_link: NewLink, *, give_up: bool) -> None:
        self.parts = parts
        self.folder = folder
        self._new_link = new_link
        self._give_up = give_up
        self._acquainted: set[str] = set()
        self._ports: dict[str, int] = {}
        self._chain_url = ""
        self._relay_addresses: tuple[str, ...] = ()
        self._own: trio.Nursery | None = None

    async def run(self) -> None:
        """Keep everything running until cancelled. No process is left behind.

        Raises:
            CannotStartError: see `give_up`.
        """
        async with trio.open_nursery() as nursery:
            self._own = nursery
            nursery.start_soon(self._keep, CHAIN, self._chain, self._check_chain)
            nursery.start_soon(self._keep, RELAY, self._relay, self._check_relay)
            await self.parts.until(lambda: self.parts.runs(CHAIN, RELAY))
            for name in PEOPLE:
                command = partial(self._person, person_command, name)
                nursery.start_soon(self._keep, name, command, partial(self._check_person, name))
            await self.parts.until(lambda: self.parts.runs(*PEOPLE))
            if not self.parts.runs(CONTACTS):
                self.parts.put(Part(CONTACTS, State.STARTING, "They ask the network for each other"))

    async def enter(self, name: str) -> str:
        """A fresh launch link of somebody's page.

        Raises:
            NotReadyError: nobody of this name answers now.
        """
        if not self.parts.runs(name):
            raise NotReadyError
        return await self._new_link(name)

    async def enter_as_yourself(self) -> str:
        """A fresh launch link of a Parley of one's own, started unless it runs.

        Raises:
            NotReadyError: it does not answer yet; asking again may help.
        """
        if self._own is None or not self.parts.runs(CHAIN, RELAY):
            raise NotReadyError
        if self.parts.get(YOURSELF) is None:
            self.parts.put(Part(YOURSELF))
            command = partial(self._person, own_command, YOURSELF)
            self._own.start_soon(self._keep, YOURSELF, command, lambda _facts: "Your own Parley")
        with trio.move_on_after(OWN_WITHIN_S):
            await self.parts.until(lambda: self.parts.runs(YOURSELF))
        return await self.enter(YOURSELF)

    async def _keep(
        self, name: str, command: Callable[[], Command], check: Callable[[dict[str, Any]], str]
    ) -> None:
        give_up = self._give_up and name != YOURSELF
        later = partial(self._heard, name)
        await keep_running(self.parts, name, command, check, later=later, give_up=give_up)

    # --- Each part's start, and what it must say ---

    def _chain(self) -> Command:
        return chain_command(self.folder, self._port("chain"))

    def _check_chain(self, facts: dict[str, Any]) -> str:
        self._chain_url = facts["url"]
        self._keep_port("chain", self._chain_url.rpartition(":")[2])
        names = ", ".join(f"{each}.eth" for each in sorted(facts["people"]))
        self.parts.put(Part(NAMES, State.RUNNING, names, facts=facts["people"]))
        return f"{facts['url']}, chain {CHAIN_ID}, a block every {facts['block_time']} s"

    def _relay(self) -> Command:
        return relay_command(self.folder, self._port("relay"))

    def _check_relay(self, facts: dict[str, Any]) -> str:
        self._relay_addresses = tuple(facts["addresses"])
        self._keep_port("relay", self._relay_addresses[0].split("/")[4])
        return self._relay_addresses[0]

    def _person(self, command: Callable[..., Command], name: str) -> Command:
        # As they were last: a person who comes back need not wait for a chain that is away.
        return command(self.folder, name, self._chain_url, self._relay_addresses)

    def _check_person(self, name: str, facts: dict[str, Any]) -> str:
        account = self.parts[NAMES].facts.get(name.lower())
        if facts["account"] != account:
            raise PartEndedError(
                "This profile is of an earlier demo. Stop the demo and start it with --fresh."
            )
        return f"{name.lower()}.eth, {account}"

    def _port(self, name: str) -> int:
        return self._ports.get(name) or self.folder.kept_port(name)

    def _keep_port(self, name: str, port: str) -> None:
        self._ports[name] = int(port)
        self.folder.keep_ports(self._ports)

    def _heard(self, name: str, facts: dict[str, Any]) -> None:
        """What a person says later: that they know the others."""
        if facts.get("knows") == "everybody":
            self._acquainted.add(name)
        if self._acquainted.issuperset(PEOPLE):
            self.parts.put(Part(CONTACTS, State.RUNNING, "Alice, Bob and Carol know each other"))
