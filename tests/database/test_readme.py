"""The specification and the code say the same."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import apsw
import pytest

from parley.chat import errors as chat_errors
from parley.database import connection, errors, keyfile, keyslots, schema, system_keyring
from parley.database.migrations import APPLICATION_ID, MIGRATIONS

README = (Path(connection.__file__).parent / "README.md").read_text()


def section(title: str) -> str:
    """The text below a heading, up to the next one of its level or above."""
    level, _, _ = title.partition(" ")
    _, _, rest = README.partition(f"\n{title}\n")
    assert rest, title
    return re.split(rf"\n#{{2,{len(level)}}} ", rest)[0]


def first_column(text: str) -> list[str]:
    """The names in the first column of a section's table."""
    return re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)


def tables() -> dict[str, list[str]]:
    """The columns of every table of the newest format."""
    memory = apsw.Connection(":memory:")
    for migration in MIGRATIONS:
        assert isinstance(migration, str)
        memory.execute(migration)
    names = [
        row[0] for row in memory.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    ]
    return {name: [row[1] for row in memory.execute(f"PRAGMA table_info({name})")] for name in names}


def test_every_column_is_described() -> None:
    """Table for table, in the order of the schema."""
    described = {
        name: first_column(section(f"### `{name}`"))
        for name in sorted(re.findall(r"^### `(\w+)`$", README, re.MULTILINE))
    }

    assert described == tables()
    assert schema.FORMAT_1 in MIGRATIONS


def test_every_setting_is_described() -> None:
    """With the value that is set."""
    listed = {
        name: value.strip(" `").lower()
        for name, value in re.findall(r"^\| `(\w+)` \|([^|]*)\|", section("## Settings"), re.MULTILINE)
    }
    made = re.findall(r"PRAGMA (\w+) = ([^\"\s{]+)\"", inspect.getsource(connection))

    assert len(made) >= 8
    for name, value in made:
        assert listed[name] == value.strip("'").lower(), name
    assert set(listed) == {name for name, _ in made} | {"hexkey", "page_size"}
    assert f"{connection.MAX_LOG_PAGES} pages" in section("## Settings")


def raised() -> list[type[Exception]]:
    """Every storage error that is no root of others."""
    classes = {
        each
        for module in (errors, chat_errors)
        for each in vars(module).values()
        if inspect.isclass(each) and issubclass(each, chat_errors.StorageError)
    }
    leaves = [each for each in classes if not any(each in other.__mro__[1:] for other in classes)]
    return sorted(leaves, key=lambda each: each.__name__)


def test_every_error_is_in_the_table() -> None:
    """With something to do about each."""
    listed = first_column(section("## Errors"))

    assert sorted(listed) == sorted(each.__name__ for each in raised())
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("error", raised(), ids=lambda error: error.__name__)
def test_errors_end_in_error_and_are_explained(error: type[Exception]) -> None:
    """And stand in the room's one tree."""
    assert error.__name__.endswith("Error")
    assert error.__doc__
    assert issubclass(error, errors.DatabaseError | chat_errors.StorageError)


def layout_bytes(text: str) -> int:
    """The length of the file whose layout a section describes; each field begins where the one before ends."""
    offset = 0
    for at, size in re.findall(r"^\| (\d+) \| (\d+) \|", text, re.MULTILINE):
        assert int(at) == offset
        offset += int(size)
    return offset


def test_the_key_files_layout_is_described() -> None:
    """Sizes, offsets and bounds."""
    text = section("## Key file")
    offset = layout_bytes(text)

    assert offset == keyfile._FILE_BYTES[keyfile.FORMAT]
    assert f"\n{offset} bytes" in text
    assert f"format: {keyfile.FORMAT} |" in text
    assert f"Format 1, of {keyfile._FILE_BYTES[1]} bytes" in text
    assert keyfile._VAULT_KEY_OF_FORMAT_1.decode() in text
    cost = keyfile.PassphraseCost()
    assert f"passes: {cost.operations} (accepted: 1 to {keyfile._MAX_OPERATIONS})" in text
    assert f"bytes: {cost.memory_bytes} (accepted: 8192 to {keyfile._MAX_MEMORY_BYTES})" in text


def test_the_key_slots_layout_is_described() -> None:
    """Sizes, offsets, kinds, their secrets and what tells their keys apart."""
    text = section("## Key slots")

    assert layout_bytes(text) == keyslots._FILE_BYTES
    assert f"{keyslots._FILE_BYTES} bytes, mode 0600" in text
    assert f"format: {keyslots.FORMAT} |" in text
    assert "kind: " + ", ".join(f"{code} {kind}" for kind, code in keyslots._CODES.items()) in text
    for kind in keyslots.SlotKind:
        assert f"`{keyslots.slot_path(Path('profile.key'), kind)}`" in text
        assert f"`{keyslots._INFO[kind].decode()}`" in text
        assert f"| `{kind}` | {keyslots.SLOT_SECRET_BYTES[kind]} bytes |" in text


def test_the_keyrings_limits_are_described() -> None:
    """How long it is waited for, and under which name a person finds the secret."""
    text = section("## System keyring")

    assert f"within {system_keyring.PRESENCE_LIMIT_S:.0f} s" in text
    assert f"given up after {system_keyring.ANSWER_LIMIT_S:.0f} s" in text
    assert f"service `{system_keyring.SERVICE}`" in " ".join(text.split())


def test_the_format_is_described() -> None:
    """The newest one, and the mark in the file."""
    text = section("## Database file")

    assert f"the format: **{len(MIGRATIONS)}**" in text
    assert f"0x{APPLICATION_ID:X}" in text


def test_only_this_room_imports_its_sqlite() -> None:
    """One room owns the heavy dependency."""
    package = Path(connection.__file__).parents[1]
    importers = {
        path.relative_to(package).parts[0]
        for path in package.rglob("*.py")
        if re.search(r"^\s*(import|from) apsw\b", path.read_text(), re.MULTILINE)
    }

    assert importers == {"database"}
