"""How a chain begins, and how it comes back from its journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from parley_demo.chain.contracts import settle_contracts
from parley_demo.chain.ens import genesis_contracts
from parley_demo.chain.errors import JournalError, RecordError, RpcError
from parley_demo.chain.evm import Account
from parley_demo.chain.journal import Beginning, Journal, Known, Mined
from parley_demo.chain.ledger import DEPLOYER_KEY, Ledger, address_of_key, mined
from parley_demo.chain.people import Person, deploy_contracts, settle_people, with_defaults

DEPLOYER_WEI = 10**9 * 10**18
SET_UP_S = 600
"""A new chain begins so long ago, since its set-up takes a second of its time for each block."""


@dataclass(frozen=True, slots=True)
class Started:
    """A chain that is ready; `cut` is how many bytes of an unfinished record its journal lost."""

    ledger: Ledger
    known: Known
    cut: int = 0


def begin(
    artifacts: Path,
    given: Iterable[Person],
    block_time: int,
    clock: Callable[[], int],
    journal: Path | None = None,
) -> Started:
    """Begin a chain anew, and its journal in place of one that may be there. Raises JournalError."""
    deployer = {bytes.fromhex(address_of_key(DEPLOYER_KEY)[2:]): Account(balance=DEPLOYER_WEI)}
    beginning = Beginning(clock() - SET_UP_S, deployer | genesis_contracts(artifacts))
    ledger = Ledger(beginning, block_time, clock)
    known = settle_contracts(ledger, artifacts, Known({}, deploy_contracts(ledger, artifacts)))
    known = settle_people(ledger, known, with_defaults(given, {}))
    ledger.mine()
    if journal is not None:
        blocks = [mined(each) for each in ledger.blocks.held(1, ledger.blocks.head.block_number)]
        # All at once: a journal never holds half a set-up.
        ledger.keep_in(Journal.create(journal, [beginning, *blocks, known]))
    return Started(ledger, known)


def come_back(
    journal: Path, artifacts: Path, given: Iterable[Person], block_time: int, clock: Callable[[], int]
) -> Started:
    """Make the chain of a journal again, and go on with it and the contracts that are new. Raises JournalError."""
    kept, records, cut = Journal.open(journal)
    beginning, *rest = records
    try:
        if not isinstance(beginning, Beginning):
            raise RecordError("it has no beginning")
        ledger = Ledger(beginning, 0, clock)
        known = Known({}, {})
        for record in rest:
            if isinstance(record, Mined):
                ledger.replay(record)
            elif isinstance(record, Known):
                known = record
        if not known.contracts:
            raise RecordError("it ends within the set-up")
        ledger.keep_in(kept)
        ledger.resume(block_time)
        now_known = settle_contracts(ledger, artifacts, known)
        now_known = settle_people(ledger, now_known, with_defaults(given, known.people))
        if now_known != known:
            kept.append(now_known)
    except (RecordError, RpcError) as error:
        # Everybody has the deployer's key, so nobody new may find anything left to be endowed with.
        kept.close()
        raise JournalError(journal, str(error)) from error
    return Started(ledger, now_known, cut)
