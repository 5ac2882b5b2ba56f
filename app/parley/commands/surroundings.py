"""What `parley doctor` finds outside of this machine: Ethereum nodes, peers, and what time they say it is."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import trio

from parley.chain.api import ChainError, EthereumChain, WrongChainError
from parley.commands.findings import Finding, State
from parley.messenger.system import system_clock_ms
from parley.p2p.api import NodeSettings, open_node

CONNECT_WITHIN_S = 15.0
TIME_WITHIN_S = 5.0
ANSWERS = 3
"""Fewer peers could be one liar and his friend."""

OFF_MS = 2_000
"""From here on Parley stamps its messages with the network's time."""

FAR_OFF_MS = 20_000
"""A relay takes no message that is further off."""

OLD_BLOCK_MS = 120_000
DEVELOPMENT_CHAINS = (1337, 31337)
"""Their blocks are made on demand, and their time is anybody's."""

_MAINNET = 1


@dataclass(frozen=True, slots=True)
class Clocks:
    """What others say about this machine's clock.

    Attributes:
        answers: how many peers told the time.
        offset_ms: how much their clocks are ahead of ours; 0 below `OFF_MS` and with fewer than `ANSWERS`.
        block_ahead_ms: how much the newest block is ahead of our clock, one for each node of a public chain.
    """

    answers: int = 0
    offset_ms: int = 0
    block_ahead_ms: tuple[int, ...] = ()


async def outside(
    peers: tuple[str, ...], cluster_id: int, rpc: tuple[str, ...], chain_id: int | None
) -> list[Finding]:
    """Ask the Ethereum nodes and the peers that were named.

    Raises:
        InvalidAddressError: a peer's address is none.
    """
    answers, offset_ms, peer_findings = await _peers(peers, cluster_id)
    ahead, rpc_findings = await _nodes(rpc, chain_id or _MAINNET)
    return [*peer_findings, *rpc_findings, clock_finding(Clocks(answers, offset_ms, ahead))]


async def _nodes(rpc: tuple[str, ...], chain_id: int) -> tuple[tuple[int, ...], list[Finding]]:
    if not rpc:
        sentence = "No Ethereum node was named, so names and balances cannot be read."
        advice = "Name one with --rpc, or in Settings; those cannot be seen while the profile is locked."
        return (), [Finding("rpc", State.UNKNOWN, sentence, advice)]
    ahead, findings = [], []
    for address in rpc:
        chain = EthereumChain(chain_id, (address,), b"")
        label = chain.endpoints()[0].endpoint
        try:
            block = await chain.block()
        except WrongChainError as error:
            sentence = f"{label} is on chain {error.claimed} and not on chain {chain_id}."
            findings.append(
                Finding("rpc", State.WRONG, sentence, "Name another one, or its chain with --chain-id.")
            )
        except ChainError:
            sentence = f"{label} gives no answer that can be used ({chain.endpoints()[0].health})."
            findings.append(Finding("rpc", State.WRONG, sentence, "Check its address, or name another one."))
        else:
            if chain_id not in DEVELOPMENT_CHAINS:
                ahead.append(block.time_ms - system_clock_ms())
            findings.append(
                Finding("rpc", State.OK, f"{label} answers for chain {chain_id}, at block {block.number}.")
            )
    return tuple(ahead), findings


async def _peers(peers: tuple[str, ...], cluster_id: int) -> tuple[int, int, list[Finding]]:
    if not peers:
        advice = "Name one with --peer, or let somebody name you."
        return 0, 0, [Finding("peers", State.UNKNOWN, "No peer was named.", advice)]
    # Under a key of its own: the profile's is locked, and may be in use by a Parley that runs.
    settings = NodeSettings(key=secrets.token_bytes(32), listen=(), peers=peers, cluster_id=cluster_id)
    async with open_node(settings) as node:
        with trio.move_on_after(CONNECT_WITHIN_S):
            await node.wait_for_peers(len(peers))
        reached = {each.peer_id for each in node.peers()}
        with trio.move_on_after(TIME_WITHIN_S):
            # Nothing tells when an answer has come.
            while node.time().answers < len(reached):  # noqa: ASYNC110
                await trio.sleep(0.05)
        time = node.time()
    findings = []
    for address in peers:
        if address.rpartition("/p2p/")[2] in reached:
            findings.append(Finding("peers", State.OK, f"{address} is reached."))
        else:
            advice = f"See that it runs, on network {cluster_id}, and can be reached from here."
            findings.append(Finding("peers", State.WRONG, f"{address} is not reached.", advice))
    return time.answers, time.offset_ms, findings


def clock_finding(clocks: Clocks) -> Finding:
    """Judge this machine's clock by what others say."""
    advice = "Set the clock, or let the system set it by itself."
    if clocks.answers >= ANSWERS:
        off = abs(clocks.offset_ms)
        if off < OFF_MS:
            return Finding("clock", State.OK, f"The clock agrees with {clocks.answers} peers.")
        side = "behind" if clocks.offset_ms > 0 else "ahead"
        sentence = f"The clock is {off / 1000:,.0f} s {side}, say {clocks.answers} peers."
        return Finding("clock", State.WRONG if off > FAR_OFF_MS else State.WARNING, sentence, advice)
    if clocks.block_ahead_ms:
        # The smallest: one node alone can say anything.
        ahead = min(clocks.block_ahead_ms)
        if ahead > FAR_OFF_MS:
            sentence = f"The clock is at least {ahead / 1000:,.0f} s behind, says the newest block."
            return Finding("clock", State.WRONG, sentence, advice)
        if max(clocks.block_ahead_ms) < -OLD_BLOCK_MS:
            seconds = -max(clocks.block_ahead_ms) / 1000
            sentence = (
                f"The newest block is {seconds:,.0f} s old: it is rare, its node late, or the clock ahead."
            )
            return Finding("clock", State.WARNING, sentence, "Compare the clock with another one.")
        return Finding("clock", State.OK, "The clock agrees with the newest block.")
    sentence = f"Nobody could be asked about the clock: it takes {ANSWERS} peers or an Ethereum node."
    return Finding("clock", State.UNKNOWN, sentence, "Name them with --peer or --rpc.")
