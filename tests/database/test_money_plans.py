"""Every read of money goes by an index: what it costs does not grow with what else is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conformance.money_commits import money_answers
from conformance.money_rows import (
    CHAIN,
    holding,
    known_token,
    paid,
    saved_address,
    whole_claim,
    whole_request,
)
from conformance.store_rows import bytes32, commit, contact, conversation, message
from parley.database.api import open_database

HEADINGS = {"TEMP", "SUBQUERY", "SCALAR"}
"""Lines of a plan that say how those below or before them belong together."""

SMALL = {"known_tokens", "saved_addresses"}
"""Tables of what a person added by hand: sorted, or read whole."""


async def test_no_read_of_money_scans_a_table(tmp_path: Path) -> None:
    """Nor sorts, but what is unfinished: that is found by its confirmations and asked for by its time."""
    said: list[tuple[str, Any]] = []

    def note(_cursor: object, sql: str, bindings: Any) -> bool:
        said.append((sql, bindings))
        return True

    async with open_database(tmp_path / "profile.db", bytes32("key"), create=True) as database:
        carriers = message("first"), message("received")
        people = contact("bob"), conversation("bob")
        kept = known_token("a"), saved_address("ann"), holding("me")
        await database.apply(commit(*people, *carriers, whole_request(), whole_claim(), paid("p1"), *kept))
        database._connection.exec_trace = note
        await money_answers(database)
        await database.claims_of_transaction(CHAIN, whole_claim().transaction_hash)
        database._connection.exec_trace = None
        plans = {
            sql: [
                str(row[3])
                for row in database._connection.execute(f"EXPLAIN QUERY PLAN {sql}", bindings).fetchall()
            ]
            for sql, bindings in dict(said).items()
        }
        indexes = database._connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ("
            "'transaction_requests', 'claims', 'settled_calls', 'payments')"
        ).fetchall()

    used = {
        line.split(" INDEX ")[1].split()[0] for plan in plans.values() for line in plan if " INDEX " in line
    }
    assert {name for (name,) in indexes} <= used
    assert len(plans) >= 19
    for sql, plan in plans.items():
        for line in plan:
            table = line.split()[1]
            in_order = "USING INDEX payments_by_time" in line and "LIMIT" in sql
            assert line.startswith("SEARCH") or in_order or table in SMALL | HEADINGS, (sql, plan)
            sorts = line.startswith("USE TEMP B-TREE")
            assert not sorts or "confirmations <" in sql or any(each in sql for each in SMALL), (sql, plan)
