"""The room's README tells of every address."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import APIRoute

import parley.web
from parley.messenger.finding import MAX_TYPED_CHARACTERS
from parley.web import (
    composing,
    connections,
    contact,
    contacts,
    conversations,
    entrance,
    imports,
    invites,
    locking,
    network,
    nonces,
    requests,
    settings,
    signin,
    unlocking,
    unlocking_settings,
    wallet,
    wallet_accounts,
    wallet_signin,
    wallets,
    welcome,
    words,
)
from parley.web.contacts import MAX_NICKNAME_CHARACTERS, MAX_RECORD_BYTES
from parley.web.live import MAX_STREAMS
from parley.web.snapshot import PAGE_MESSAGES

README = (Path(parley.web.__file__).parent / "README.md").read_text()


def test_every_route_is_in_the_readme(app: FastAPI) -> None:
    """With its method; and it names no route that is gone."""

    rooms = (
        signin,
        wallet_signin,
        welcome,
        words,
        imports,
        unlocking,
        unlocking_settings,
        conversations,
        composing,
        connections,
        contacts,
        contact,
        requests,
        invites,
        settings,
        network,
        locking,
        wallet,
        wallet_accounts,
    )
    routes = [each for room in rooms for each in room.router.routes]
    addresses = {
        f"`{'/'.join(each.methods or ())} {each.path}`" for each in routes if isinstance(each, APIRoute)
    }
    rows = [line.split("|")[1].strip() for line in README.splitlines() if line.startswith("| `")]
    told = {row for row in rows if row.startswith(("`GET ", "`POST "))}

    assert len(addresses) == len(routes)
    assert told == addresses


def test_its_numbers_are_true() -> None:
    """The limits it names are the ones in force."""
    assert f"newest {PAGE_MESSAGES} messages" in README
    assert f"At most {MAX_STREAMS} streams" in README
    assert f"a file of at most {MAX_RECORD_BYTES // 1024} KiB" in README
    assert f"at most {MAX_NICKNAME_CHARACTERS} characters" in README
    assert f"its first {contacts.MAX_QUERY_CHARACTERS} characters" in README
    assert f"an invite (at most {MAX_TYPED_CHARACTERS} characters)" in README
    assert f"the last {wallet.ENDING} characters of its address" in README
    assert f"a file of at most {wallet_accounts.MAX_KEYSTORE_BYTES // 1024} KiB" in README
    assert f"a file of at most {imports.MAX_KEYSTORE_BYTES // 1024} KiB" in README
    assert f"1 to {wallets.MAX_SIGNATURE_BYTES} bytes" in README
    assert f"{nonces.LIFETIME_MS // 60_000} minutes, at most {nonces.MAX_ISSUED} at a time" in README
    assert f"{entrance.MAX_TEXTS} a minute" in README


def test_every_named_test_exists() -> None:
    """What a comment says guards a line is there."""

    sources = [*Path(parley.web.__file__).parent.rglob("*.py")]
    named = {
        match for path in sources for match in re.findall(r"tests/(web/[\w/]+\.py)::(\w+)", path.read_text())
    }
    root = Path(__file__).resolve().parents[1]
    missing = [(file, test) for file, test in named if f"def {test}(" not in (root / file).read_text()]

    assert len(named) >= 10
    assert missing == []
