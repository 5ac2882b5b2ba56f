"""`make bench ONLY=topic`: prints each topic's table; exits non-zero when a promise does not hold."""

from __future__ import annotations

import importlib
import sys

from bench.table import print_table

TOPICS = {
    "house": "bench.house",
    "money": "bench.money",
    "signin": "bench.signin",
    "talk": "bench.talk",
}


def main(wanted: list[str]) -> int:
    """Run the topics that are named, all of them if none is."""
    unknown = [each for each in wanted if each not in TOPICS]
    if unknown:
        print(f"There is no topic {unknown[0]}. Topics: {', '.join(TOPICS)}", file=sys.stderr)
        return 2
    kept = True
    for topic in wanted or TOPICS:
        rows = importlib.import_module(TOPICS[topic]).run()
        print_table(topic, rows)
        kept = kept and all(row.kept for row in rows)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
