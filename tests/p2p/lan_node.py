"""One node of a LAN in a process of its own: says whom it found, and what it received.

    python lan_node.py CLUSTER_ID WORD

It publishes the word once it has a neighbour, and ends when it has received another and its input ends.
"""

from __future__ import annotations

import json
import secrets
import sys

import trio

from parley.p2p.api import NodeSettings, open_node

TOPIC = "/parley/1/i-00/proto"
LOOK_EVERY_S = 0.1


async def main(cluster_id: int, word: str) -> None:
    """Find, publish, receive, say so."""
    settings = NodeSettings(
        key=secrets.token_bytes(32),
        listen=("/ip4/0.0.0.0/tcp/0",),  # Every address: the LAN's is found out.
        cluster_id=cluster_id,
        mdns=True,
    )
    async with open_node(settings) as node:
        node.watch([TOPIC])
        await node.wait_for_peers(1)
        (peer,) = node.peers()
        await node.publish(TOPIC, word.encode())
        received = await node.messages.receive()
        # Who was dialled first may hear of the other on the LAN a moment later than by its connection.
        while not peer.nearby:
            with trio.move_on_after(LOOK_EVERY_S):
                await node.peers_changed()
            (peer,) = node.peers()
        facts = {"peer_id": node.peer_id, "addresses": node.addresses, "received": received.payload.decode()}
        print(json.dumps({**facts, "found": peer.peer_id, "nearby": peer.nearby}), flush=True)
        await trio.to_thread.run_sync(sys.stdin.read)


trio.run(main, int(sys.argv[1]), sys.argv[2])
