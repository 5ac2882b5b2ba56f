"""Settings: options before environment before defaults, and one reader of the environment."""

import re
from pathlib import Path

import pytest

from parley.settings import DEFAULT_LISTEN, InvalidSettingError, read_settings

APP = Path(__file__).parent.parent / "app"


def test_defaults() -> None:
    """With nothing given the profile lives in the platform's data folder."""
    settings = read_settings({})

    assert settings.data.name == "parley"
    assert settings.listen == (DEFAULT_LISTEN,)


def test_options_win_over_the_environment() -> None:
    """What was typed is what is meant."""
    settings = read_settings(
        {"PARLEY_DATA": "/elsewhere", "PARLEY_PORT": "8500", "PARLEY_PEERS": "/a /b"},
        data=Path("/here"),
        port=None,
    )

    assert settings.data == Path("/here")
    assert settings.port == 8500
    assert settings.peers == ("/a", "/b")


def test_the_lan_is_looked_at_unless_that_is_switched_off() -> None:
    """By the environment or by what was typed."""
    assert read_settings({}).mdns is True
    assert read_settings({"PARLEY_MDNS": "0"}).mdns is False
    assert read_settings({"PARLEY_MDNS": "1"}, mdns=False).mdns is False
    with pytest.raises(InvalidSettingError):
        read_settings({"PARLEY_MDNS": "off"})


def test_a_command_may_have_defaults_of_its_own() -> None:
    """They give way to the environment and to what was typed."""
    own = {"data": Path("/relay"), "listen": ("/own",)}

    assert read_settings({}, defaults=own).data == Path("/relay")
    assert read_settings({"PARLEY_LISTEN": "/a"}, defaults=own).listen == ("/a",)
    assert read_settings({"PARLEY_LISTEN": "/a"}, defaults=own, listen=("/b",)).listen == ("/b",)


def test_a_number_that_is_none_is_refused() -> None:
    """A typing mistake must not silently become the default."""
    with pytest.raises(InvalidSettingError) as caught:
        read_settings({"PARLEY_PORT": "eighty"})

    assert caught.value.variable == "PARLEY_PORT"


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "mainnet", "9" * 5_000])
def test_a_chain_that_cannot_be_is_refused(text: str) -> None:
    """Chain 0 does not exist, and a number of thousands of digits is none."""
    with pytest.raises(InvalidSettingError) as caught:
        read_settings({"PARLEY_CHAIN_ID": text})

    assert caught.value.variable == "PARLEY_CHAIN_ID"
    assert caught.value.least == 1


def test_ethereum_nodes_and_their_chain() -> None:
    """No chain that was given is not chain 1: what is kept in the profile then counts."""
    given = read_settings({"PARLEY_RPC": "http://a https://b/key", "PARLEY_CHAIN_ID": "11155111"})
    option = read_settings({"PARLEY_RPC": "http://a"}, rpc=("http://c",), chain_id=5)

    assert (read_settings({}).rpc, read_settings({}).chain_id) == ((), None)
    assert (given.rpc, given.chain_id) == (("http://a", "https://b/key"), 11155111)
    assert (option.rpc, option.chain_id) == (("http://c",), 5)
    assert "key" not in repr(given)


def test_set_to_nothing_is_not_set() -> None:
    """An empty passphrase in the environment must not become the passphrase of a profile."""
    settings = read_settings({"PARLEY_PASSPHRASE": "", "PARLEY_PORT": ""})

    assert settings.passphrase is None
    assert settings.port == 0


def test_the_data_folder_is_a_whole_path() -> None:
    """Where it lies, and what its name is, must not depend on how it was typed."""
    assert read_settings({}, data=Path()).data == Path.cwd()
    assert read_settings({"PARLEY_DATA": "here"}).data == Path.cwd() / "here"


def test_the_passphrase_never_shows() -> None:
    """Settings are printed when something goes wrong."""
    assert "hunter2" not in repr(read_settings({"PARLEY_PASSPHRASE": "hunter2"}))


def test_no_other_module_reads_the_environment() -> None:
    """Everything a run depends on is in one place."""
    reads = re.compile(r"os\.environ|getenv")
    readers = {
        str(path.relative_to(APP))
        for path in APP.rglob("*.py")
        if reads.search(path.read_text(encoding="utf-8"))
    }

    assert readers == {"parley/settings.py"}
