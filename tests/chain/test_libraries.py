"""What importing Ethereum's libraries does to the process."""

from __future__ import annotations

import subprocess
import sys

import pytest


def test_importing_the_api_loads_no_library() -> None:
    """They take seconds and a hundred megabytes; a process that reads no chain does without."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, parley.chain.api\nprint(sorted({'web3', 'ens', 'eth_account'} & set(sys.modules)))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "use", ["normalised_name('a.eth')", "trio.run(EthereumChain(1, ['http://127.0.0.1:9'], b'').block)"]
)
def test_loading_leaves_the_recursion_limit(use: str) -> None:
    program = f"""
import sys, trio
from parley.chain.api import *
before = sys.getrecursionlimit()
try:
    {use}
except EndpointsUnreachableError:
    pass
assert "web3" in sys.modules
assert sys.getrecursionlimit() == before, sys.getrecursionlimit()
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
