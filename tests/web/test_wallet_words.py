"""What the scripts of wallets say: every sentence that they name is in the template that they are used with."""

from __future__ import annotations

import re

from parley.resources import static_directory, templates_directory

SCRIPTS = {"_wallet.html": "wallet.js", "money/_outside.html": "pay.js"}
"""The templates, each with what uses it besides wallet-panel.js."""


def _script(name: str) -> str:
    return (static_directory() / name).read_text()


def test_every_sentence_is_there() -> None:
    """A name without one would break the panel at the moment when it has to tell something."""
    there = {
        template: set(re.findall(r'data-text="([a-z-]+)"', (templates_directory() / template).read_text()))
        for template in SCRIPTS
    }
    for template, script in SCRIPTS.items():
        source = _script("wallet-panel.js") + _script(script)
        called = re.findall(r'(?:words|Trouble|wait\(run,|confirm\(run, facts,) ?\(?"([a-z-]+)"', source)
        # Others are chosen among; which strings are names is known from both templates.
        chosen = set(re.findall(r'"([a-z-]+)"', source)) & set().union(*there.values())

        assert len(called) >= 9
        # Only what pays compares the network with one of its own.
        assert set(called) | chosen <= there[template] | (
            {"other-network"} if script == "wallet.js" else set()
        )
