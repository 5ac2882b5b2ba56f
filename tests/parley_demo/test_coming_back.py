"""A chain comes back from its journal as it was, also after a kill between keeping a transaction and answering."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_account import Account

from harness.embedded_world import DEPLOYER, ETHER, EmbeddedWorld, embedded_world
from harness.small_chain import GWEI, RICH, START, SettableClock, SmallChain, beginning, signed
from parley.resources import artifacts_directory
from parley_demo.chain.blocks import ANCHOR_BLOCKS
from parley_demo.chain.errors import JournalError, RecordError
from parley_demo.chain.journal import Journal, Mined
from parley_demo.chain.ledger import Ledger, mined
from parley_demo.chain.people import Person
from parley_demo.chain.start import begin, come_back

# The chain, killed by itself at its first write to the journal: before all of the record is there, or after.
DYING = """
import os, signal, sys
from parley_demo.chain.__main__ import main

moment = sys.argv.pop(1)
pwrite, fsync = os.pwrite, os.fsync

def die_within(descriptor, data, offset):
    pwrite(descriptor, data[: len(data) // 2], offset)
    os.kill(os.getpid(), signal.SIGKILL)

def die_after(descriptor):
    fsync(descriptor)
    os.kill(os.getpid(), signal.SIGKILL)

if moment == "within":
    os.pwrite = die_within
else:
    os.fsync = die_after
sys.exit(main(sys.argv[1:]))
"""


def again(chain: SmallChain, clock: SettableClock, block_time: int | None = None) -> SmallChain:
    """Another chain made from what a journal of this one would hold."""
    step = chain.block_time if block_time is None else block_time
    other = SmallChain(step, clock)
    for each in chain.ledger.blocks.held(1, chain.ledger.blocks.head.block_number):
        other.ledger.replay(mined(each))
    return other


def content(chain: SmallChain) -> list[dict[str, Any]]:
    """Every block that there is, with its transactions and receipts."""
    head = int(chain.rpc("eth_blockNumber"), 16)
    blocks = [chain.rpc("eth_getBlockByNumber", hex(number), True) for number in range(head + 1)]
    for block in blocks:
        block["receipts"] = [
            chain.rpc("eth_getTransactionReceipt", each["hash"]) for each in block["transactions"]
        ]
    return blocks


def busy_chain(block_time: int) -> SmallChain:
    """A chain with blocks of several transactions, empty ones between, and a contract that asked for hashes."""
    chain = SmallChain(block_time)
    # Stores BLOCKHASH(NUMBER - 3): a replay that saw another past would get another state.
    code = bytes.fromhex("6003430340600055" + "00")
    nonce = 0
    for pause in (2, 3, 20, 7):
        for _ in range(2 if block_time else 1):
            chain.send(signed(RICH, nonce))
            chain.send(signed(RICH, nonce + 1, to=None, value=0, gas=100_000, data=code))
            nonce += 2
        chain.pass_time(pause)
    chain.clock.now += 500
    chain.methods.tick()
    chain.send(signed(RICH, nonce))
    chain.pass_time(2)
    return chain


@pytest.mark.parametrize("block_time", [0, 1, 2, 5])
def test_the_same_blocks_come_out_of_it(block_time: int) -> None:
    chain = busy_chain(block_time)
    other = again(chain, SettableClock(chain.clock.now))
    assert content(other) == content(chain)[: int(other.rpc("eth_blockNumber"), 16) + 1]
    assert other.rpc("eth_getTransactionCount", RICH.address, "latest") != "0x0"


def test_numbers_and_times_never_go_back() -> None:
    """Empty blocks that somebody has seen may be unknown to the journal, but their numbers are not used again."""
    chain = SmallChain(2)
    chain.send(signed(RICH, 0))
    chain.pass_time(1001)
    seen = chain.rpc("eth_getBlockByNumber", "latest", False)

    other = again(chain, SettableClock(chain.clock.now))
    other.ledger.resume(2)
    found = other.rpc("eth_getBlockByNumber", "latest", False)
    assert int(found["number"], 16) == int(seen["number"], 16) + 1
    assert int(found["timestamp"], 16) > int(seen["timestamp"], 16)
    assert other.rpc("eth_getBlockByNumber", seen["number"], False) == seen


def test_a_long_time_without_a_process_is_one_step() -> None:
    chain = SmallChain(2)
    chain.pass_time(2 * ANCHOR_BLOCKS + 10)
    number = int(chain.rpc("eth_blockNumber"), 16)

    other = again(chain, SettableClock(chain.clock.now + 10**7))
    other.ledger.resume(2)
    found = other.rpc("eth_getBlockByNumber", "latest", False)
    assert number < int(found["number"], 16) <= number + ANCHOR_BLOCKS + 1
    assert int(found["timestamp"], 16) == chain.clock.now + 10**7


@pytest.mark.parametrize(("before", "after"), [(2, 0), (0, 2), (2, 5)])
def test_the_block_time_can_be_another(before: int, after: int) -> None:
    chain = busy_chain(before)
    middle = again(chain, SettableClock(chain.clock.now + 100))
    middle.ledger.resume(after)
    middle.pass_time(20)
    assert len({each["hash"] for each in content(middle)}) == int(middle.rpc("eth_blockNumber"), 16) + 1
    last = again(middle, SettableClock(middle.clock.now + 100), after)
    assert content(last) == content(middle)[: int(last.rpc("eth_blockNumber"), 16) + 1]


@pytest.mark.parametrize(
    "change",
    [
        {"number": 1},
        {"number": 10**6},
        {"time": START},
        {"hash": bytes(32)},
        {"parent": bytes(32)},
        {"transactions": ()},
        {"transactions": (signed(RICH, 5),)},
        {"transactions": (b"\x02\xc0",)},
    ],
)
def test_a_record_that_gives_another_block_is_refused(change: dict[str, Any]) -> None:
    chain = SmallChain(2)
    for nonce in range(2):
        chain.send(signed(RICH, nonce))
        chain.pass_time(2)
    first, second = (mined(each) for each in chain.ledger.blocks.held(1, 9))
    ledger = Ledger(beginning(), 2, chain.clock)
    ledger.replay(first)
    facts = {name: getattr(second, name) for name in Mined.__slots__} | change
    with pytest.raises(RecordError):
        ledger.replay(Mined(**facts))


def test_a_block_that_cannot_be_kept_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk the transaction goes on waiting, and is in a block once there is room."""
    chain = SmallChain(2)
    chain.ledger.keep_in(Journal.create(tmp_path / "journal", [beginning()]))
    sent = chain.send(signed(RICH, 0))

    def full(*_arguments: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.pwrite", full)
        with pytest.raises(JournalError):
            chain.pass_time(2)
        assert chain.rpc("eth_blockNumber") == "0x0"
        assert chain.rpc("eth_getTransactionByHash", sent)["blockNumber"] is None
    chain.pass_time(2)
    assert chain.rpc("eth_getTransactionReceipt", sent)["status"] == "0x1"


def test_without_a_block_time_a_full_disk_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = SmallChain(0)
    chain.ledger.keep_in(Journal.create(tmp_path / "journal", [beginning()]))
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", lambda _descriptor: (_ for _ in ()).throw(OSError(5, "Input/output error")))
        assert "Input/output error" in chain.refusal(signed(RICH, 0))
    assert chain.rpc("eth_getTransactionCount", RICH.address, "pending") == "0x0"
    chain.send(signed(RICH, 0))


def facts_of(world: EmbeddedWorld) -> list[Any]:
    """What people would notice if it were another chain."""
    people = [
        (world.rpc("eth_getBalance", each, "latest"), world.rpc("eth_getTransactionCount", each, "latest"))
        for each in (*world.people.values(), DEPLOYER.address)
    ]
    head = world.rpc("eth_getBlockByNumber", "latest", True)
    return [world.people, world.resolver, world.reverse_registrar, people, head]


def test_a_process_comes_back_with_everything(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    alice, later = Account.create(), Account.create()
    options = ("--journal", str(journal), "--person", f"alice={alice.address}")
    with embedded_world(*options) as world:
        wallet = world.wallet(alice.address)
        receipt = world.send(alice, later.address, b"", value=ETHER)
        before = facts_of(world)
    with embedded_world(*options) as world:
        assert facts_of(world) == before
        assert world.rpc("eth_getTransactionReceipt", receipt["transactionHash"]) == receipt
        assert world.rpc("eth_getCode", wallet, "latest") != "0x"
    with embedded_world("--journal", str(journal), "--person", f"dora={later.address}") as world:
        assert world.people["alice"] == alice.address, "who is not named again stays"
        assert world.people["dora"] == later.address
        assert world.rpc("eth_getBalance", later.address, "latest") == hex(101 * ETHER)
        assert world.rpc("eth_getTransactionReceipt", receipt["transactionHash"]) == receipt
    with embedded_world(*options) as world:
        assert world.people["dora"] == later.address
    with embedded_world("--journal", str(journal), "--fresh") as world:
        assert world.people["alice"] != alice.address
        assert world.rpc("eth_getTransactionReceipt", receipt["transactionHash"]) is None


def test_a_newcomer_who_cannot_be_endowed_is_a_sentence(tmp_path: Path) -> None:
    """Everybody has the deployer's key, and somebody took what it held."""
    journal = tmp_path / "journal"
    clock = SettableClock()
    started = begin(artifacts_directory(), [], 0, clock, journal)
    nonce = started.ledger.deployer_nonce()
    started.ledger.submit(signed(DEPLOYER, nonce, value=(10**9 - 1000) * ETHER, maxFeePerGas=2 * GWEI))
    started.ledger.close()

    come_back(journal, artifacts_directory(), [], 0, clock).ledger.close()
    with pytest.raises(JournalError, match="insufficient funds"):
        come_back(
            journal,
            artifacts_directory(),
            [Person(f"person{each}", RICH.address) for each in range(9)],
            0,
            clock,
        )


@pytest.mark.parametrize("moment", ["within", "after"])
def test_a_transaction_is_kept_before_it_is_answered(tmp_path: Path, moment: str) -> None:
    """The process is killed within the append, or between it and the answer. Nobody was told anything either way."""
    journal = tmp_path / "journal"
    options = ("--journal", str(journal))
    with embedded_world(*options) as world:
        before = facts_of(world)
    raw = "0x" + signed(DEPLOYER, int(before[3][-1][1], 16), value=7).hex()
    request = {"jsonrpc": "2.0", "id": 1, "method": "eth_sendRawTransaction", "params": [raw]}
    command = [sys.executable, "-c", DYING, moment, "--port", "0", "--json", "--block-time", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        url = process.stdout.readline().decode().split('"')[3]
        with pytest.raises(httpx.TransportError):
            httpx.post(url, json=request, trust_env=False, timeout=30)
        assert process.wait(timeout=30) == -9

    with embedded_world(*options) as world:
        if moment == "within":
            assert facts_of(world) == before, "what was torn never was"
            assert world.post(request).json()["result"]
        else:
            assert world.post(request).json()["error"]["message"] == "already known"
        assert world.rpc("eth_getBalance", "0x" + "11" * 20, "latest") == "0x7"
        assert facts_of(world)[3][-1][1] == hex(int(before[3][-1][1], 16) + 1)


def refused(*options: str) -> str:
    """What a chain says that does not start."""
    command = [sys.executable, "-m", "parley_demo.chain", "--port", "0", "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    return done.stderr


def test_a_damaged_journal_is_refused_with_a_sentence(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with embedded_world("--journal", str(journal)) as world:
        world.fund(Account.create().address, 1)
        assert "another chain is running with it" in refused("--journal", str(journal))
    content = bytearray(journal.read_bytes())
    content[len(content) // 2] ^= 1
    journal.write_bytes(content)
    said = refused("--journal", str(journal))
    assert "is damaged or was changed. With --fresh, a new chain begins in its place." in said
    assert "Traceback" not in said
    assert journal.read_bytes() == content
    with embedded_world("--journal", str(journal), "--fresh") as world:
        assert world.rpc("eth_blockNumber") != "0x0"


def test_blocks_come_by_themselves(tmp_path: Path) -> None:
    """In its own process, with a clock that nobody sets, and kept: a transaction waits, and is in a block."""
    options = ("--journal", str(tmp_path / "journal"))
    with embedded_world(*options, block_time=1) as world:
        nonce = int(world.rpc("eth_getTransactionCount", DEPLOYER.address, "pending"), 16)
        sent = world.rpc("eth_sendRawTransaction", "0x" + signed(DEPLOYER, nonce, value=7).hex())
        receipt = world.receipt(sent)
        assert receipt["status"] == "0x1"
    with embedded_world(*options, block_time=1) as world:
        assert world.rpc("eth_getTransactionReceipt", sent) == receipt
        latest = world.rpc("eth_getBlockByNumber", "latest", False)
        assert int(latest["number"], 16) > int(receipt["blockNumber"], 16)
