"""Somebody, as every page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from parley.web import display


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as every page shows them.

    Attributes:
        ens: their ENS name, where it is known and `name` is the nickname.
    """

    name: str
    account: str
    short_account: str
    identicon: display.Identicon
    ens: str | None = None


def person(account: str, nickname: str = "", ens: str | None = None) -> Person:
    """Somebody by nickname or, without one, by the ENS name that is known of them, else by short address.

    What the own person called them always wins: an ENS name is chosen by the other, who may call himself anything
    that no other has. Guarded by tests/web/test_names.py::test_a_nickname_wins.
    """
    short, picture = display.short_account(account), display.identicon(account)
    given, named = display.one_line(nickname), display.name_of_account(ens or "") or None
    if given:
        return Person(given, account, short, picture, named)
    return Person(named or short, account, short, picture)
