"""The room's README and the code say the same."""

from __future__ import annotations

import re
from pathlib import Path

import parley.commands
from parley.commands import application, data_folder, findings, log, relay_folder, surroundings
from parley.commands.relay import RELAY_CONNECTIONS, RELAY_LISTEN

ROOM = Path(parley.commands.__file__).parent
README = (ROOM / "README.md").read_text("utf-8")
TESTS = Path(__file__).resolve().parents[1]


def section(title: str) -> str:
    """The text below a heading."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_column(text: str) -> list[str]:
    """The names in the first column of a table."""
    return re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE)


def test_every_command_is_in_the_table() -> None:
    """And no other."""
    names = {
        each.name or each.callback.__name__  # type: ignore[union-attr]
        for each in application.registered_commands
    }

    assert set(first_column(README.partition("\n## ")[0])) == names


def test_every_check_is_in_the_table() -> None:
    """In the order in which the doctor tells them."""
    sources = "".join((ROOM / name).read_text("utf-8") for name in ("findings.py", "surroundings.py"))
    made = set(re.findall(r"Finding\(\s*\"(\w+)\"", sources))

    assert set(first_column(section("`doctor`"))) == made


def test_its_numbers_are_true() -> None:
    """The limits it names are the ones in force."""
    doctor = section("`doctor`")

    assert f"below {findings.TOO_LITTLE_MIB} MiB; a warning below {findings.ENOUGH_MIB} MiB" in doctor
    assert f"within {surroundings.CONNECT_WITHIN_S:.0f} s" in doctor
    assert (
        f"more than {surroundings.FAR_OFF_MS // 1000} s; a warning from {surroundings.OFF_MS // 1000} s on"
        in doctor
    )
    assert surroundings.OLD_BLOCK_MS == 2 * 60 * 1000
    assert surroundings.ANSWERS == 3
    assert log.LOG_BYTES == 1024 * 1024


def test_a_relays_numbers_are_true() -> None:
    """Where it listens and what it holds."""
    text = section("`relay`")

    assert f"`{RELAY_LISTEN}`" in text
    assert f"{RELAY_CONNECTIONS} connections" in text
    assert f"`{relay_folder.RELAY_KEY}`, {relay_folder.KEY_BYTES} random bytes" in text


def test_the_files_it_names_are_known() -> None:
    """What it calls Parley's is erased."""
    named = re.findall(r"`([^`]+)`", section("Data folder").partition("| file |")[2])
    examples = {
        name.replace("<n>", "1").replace("<m>", "2").replace("*", "db").replace("<16 hex>", "0" * 16)
        for name in named
        if name.startswith(("profile.", ".profile.", "page/", "relay."))
    }
    patterns = (data_folder._KEYS, data_folder._PROFILE, data_folder._PAGE)

    assert len(examples) == 14
    assert [
        name
        for name in examples
        if not any(pattern.fullmatch(name.removeprefix("page/")) for pattern in patterns)
    ] == []


def test_every_named_test_exists() -> None:
    """What a comment says guards a line is there."""
    text = "".join(path.read_text("utf-8") for path in ROOM.glob("*.py"))
    named = set(re.findall(r"tests/([\w/]+\.py)(?:::(\w+))?", text))
    missing = [(file, test) for file, test in named if f"def {test}" not in (TESTS / file).read_text("utf-8")]

    assert len(named) >= 6
    assert missing == []
