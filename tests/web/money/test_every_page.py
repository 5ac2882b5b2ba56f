"""Every page about money answers, with its network named."""

from __future__ import annotations

import httpx
import pytest

from harness.memory_messenger import MemoryMessenger
from harness.memory_money import DEMO_CHAIN
from harness.sample_money import fill_money, pay_some
from parley.messenger.money.model import AccountKind


@pytest.mark.parametrize(
    "path",
    [
        "/money",
        "/money?of=1&on=11155111",
        "/money/send",
        "/money/send?of=1",
        "/money/send?to={bob}",
        "/money/scan",
        "/money/payments",
        "/money/receive?of=1",
        f"/money/tokens?on={DEMO_CHAIN}",
        "/money/addresses",
        "/conversations/{bob}",
        "/conversations/{bob}/ask",
        "/conversations/{bob}/call",
    ],
)
async def test_it_is_there(alice: MemoryMessenger, bob: str, client: httpx.AsyncClient, path: str) -> None:
    """Full, and with nothing set or kept."""
    empty = await client.get(path.format(bob=bob))
    alice.money.kind = AccountKind.INSIDE
    fill_money(alice, bob)
    await pay_some(alice)
    full = await client.get(path.format(bob=bob))

    assert (empty.status_code, full.status_code) == (200, 200)


@pytest.mark.parametrize(
    "path",
    [
        "/money?of=2",
        "/money?of=0",
        "/money?of=-1",
        "/money?of=1&on=999",
        "/money/receive?of=x",
        "/money/tokens?on=5",
    ],
)
async def test_others_are_not(client: httpx.AsyncClient, path: str) -> None:
    """No account of another place, and no network without a node."""
    assert (await client.get(path)).status_code == 404
