"""The settings of the Ethereum network."""

from __future__ import annotations

import re

import httpx
import pytest

from harness.memory_messenger import MemoryMessenger
from parley.chat.errors import DiskFullError

SEPOLIA = 11155111
NODE = "https://node.example/v3/secret"
OTHER = "http://localhost:8545"
PATH = "/settings/network"


async def _save(client: httpx.AsyncClient, endpoints: str, chain_id: object = 1) -> httpx.Response:
    return await client.post(f"{PATH}/nodes", data={"chain_id": str(chain_id), "endpoints": endpoints})


async def _choose(client: httpx.AsyncClient, network: object, chain_id: str = "") -> httpx.Response:
    return await client.post(PATH, data={"network": str(network), "chain_id": chain_id})


async def test_the_page_says_what_a_node_sees(client: httpx.AsyncClient) -> None:
    """Where it is set, and before it is."""
    page = (await client.get(PATH)).text

    assert "A node sees which addresses and names Parley asks about" in page
    assert "and your IP address" in page
    assert "How they are doing" not in page


async def test_nodes_are_saved_and_asked(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """One a line; the page then says of each whether it answers, by an address without its key."""
    response = await _save(client, f"  {NODE} \r\n\r\n{OTHER}\r\n{NODE}")
    assert (response.status_code, response.headers["location"]) == (303, f"{PATH}?done=nodes")
    page = (await client.get(response.headers["location"])).text

    assert alice.ethereum.preferences.endpoints(1) == (NODE, OTHER)
    assert '<p class="note" role="status">Saved.</p>' in page
    assert re.findall(r'node-name" dir="ltr">([^<]+)<.*?node-state (\S+)">([^<]+)<', page) == [
        ("https://node.example", "answering", "Answers"),
        ("http://localhost:8545", "answering", "Answers"),
    ]
    assert page.count("secret") == 1  # In the form of whoever set it.
    assert f"\n{NODE}\n{OTHER}</textarea>" in page


async def test_a_node_that_is_down_is_saved_and_said(
    client: httpx.AsyncClient, alice: MemoryMessenger
) -> None:
    """It may be up later, which a click finds out."""
    alice.ethereum.down.add(OTHER)
    response = await _save(client, f"{NODE}\n{OTHER}")
    page = (await client.get(response.headers["location"])).text
    assert "Saved, though not every node answers now." in page
    assert 'node-state unreachable">Cannot be reached<' in page

    alice.ethereum.down.clear()
    response = await client.post(f"{PATH}/check")
    assert response.status_code == 303
    page = (await client.get(response.headers["location"])).text
    assert "Every node was asked." in page
    assert "Cannot be reached" not in page


async def test_a_node_of_another_network_is_refused(
    client: httpx.AsyncClient, alice: MemoryMessenger
) -> None:
    """With the name of the network it is on; what was typed is still there, and nothing was saved."""
    alice.ethereum.on[NODE] = SEPOLIA
    response = await _save(client, f"{OTHER}\n{NODE}")

    assert response.status_code == 422
    assert "The node https://node.example is on Sepolia, not on Ethereum Mainnet" in response.text
    assert f"\n{OTHER}\n{NODE}</textarea>" in response.text
    assert alice.ethereum.preferences.endpoints(1) == ()


@pytest.mark.parametrize(
    ("endpoints", "chain_id", "status", "sentence"),
    [
        (f"{NODE}\nnode", 1, 422, "Number 2 is no address of an Ethereum node"),
        ("https://me:secret@node.example", 1, 422, "Number 1 is no address of an Ethereum node"),
        ("\n".join(f"https://n{n}.example" for n in range(9)), 1, 422, "A network can have 8 nodes"),
        (NODE, 0, 422, "This is no number of a network."),
        (NODE, "1e3", 422, "This is no number of a network."),
    ],
)
async def test_what_cannot_be_saved_is_told(
    client: httpx.AsyncClient,
    alice: MemoryMessenger,
    endpoints: str,
    chain_id: object,
    status: int,
    sentence: str,
) -> None:
    """Beside the form, with what was typed."""
    response = await _save(client, endpoints, chain_id)

    assert (response.status_code, sentence in response.text) == (status, True)
    assert f"\n{endpoints}</textarea>" in response.text
    assert alice.ethereum.preferences.networks == ()


async def test_a_full_disk_is_told(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """In both forms."""
    alice.ethereum.fails_with = DiskFullError()
    assert (await _save(client, NODE)).status_code == 507
    alice.ethereum.fails_with = DiskFullError()
    assert (await _choose(client, SEPOLIA)).status_code == 507


async def test_a_network_is_chosen(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """By name or by number; each shows its own nodes."""
    await _save(client, NODE)
    response = await _choose(client, SEPOLIA)
    page = (await client.get(response.headers["location"])).text
    assert f'value="{SEPOLIA}" checked' in page
    assert "Nodes of Sepolia" in page
    assert "secret" not in page

    await _choose(client, "other", " 4242 ")
    page = (await client.get(PATH)).text
    assert alice.ethereum.preferences.chain_id == 4242
    assert 'value="other" checked' in page
    assert 'value="4242"' in page
    assert page.count(" checked") == 1

    await _choose(client, 1, "4242")
    assert NODE in (await client.get(PATH)).text


@pytest.mark.parametrize("number", ["", "0", "-1", "1.5", "0x1", "١", "9" * 16, "9" * 5_000])
async def test_what_is_no_network_is_told(
    client: httpx.AsyncClient, alice: MemoryMessenger, number: str
) -> None:
    """Nothing is changed, and what was typed is still there."""
    response = await _choose(client, "other", number)

    assert response.status_code == 422
    assert "This is no number of a network." in response.text
    assert f'name="chain_id" type="text" inputmode="numeric" value="{number}"' in response.text
    assert 'value="other" checked' in response.text
    assert alice.ethereum.preferences.chain_id == 1


async def test_what_the_run_was_started_with_is_said(
    client: httpx.AsyncClient, alice: MemoryMessenger
) -> None:
    """It counts, and the forms still show and change what is kept."""
    await _save(client, NODE, SEPOLIA)
    alice.ethereum.given_chain, alice.ethereum.given_nodes = SEPOLIA, (OTHER,)
    page = (await client.get(PATH)).text

    assert "so it reads Sepolia until it is started again" in page
    assert "so it asks the nodes below until it is started again" in page
    assert 'value="1" checked' in page
    assert f"\n{NODE}</textarea>" in page
    assert 'node-name" dir="ltr">http://localhost:8545<' in page


BOX = re.compile(r'<input type="checkbox" name="outside" value="yes"[^>]*?( checked)?> <span>([^<]+)<')


async def test_servers_outside_the_chain_are_asked_once_that_is_allowed(
    client: httpx.AsyncClient, alice: MemoryMessenger
) -> None:
    """The page says what they learn before they are; a form without the box, as browsers send it, takes it back."""
    page = (await client.get(PATH)).text
    assert BOX.findall(page) == [("", "Ask servers outside the chain for names")]
    assert "learns which name you look up, when, and your IP address" in page
    for form, allowed in (({"outside": "yes"}, True), ({}, False)):
        response = await client.post(f"{PATH}/names", data=form)
        assert (response.status_code, response.headers["location"]) == (303, f"{PATH}?done=names")
        page = (await client.get(response.headers["location"])).text
        assert alice.ethereum.offchain_names is allowed
        assert [bool(checked) for checked, _ in BOX.findall(page)] == [allowed]
        assert '<p class="note" role="status">Saved.</p>' in page


async def test_what_is_no_box_allows_nothing(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """Nor does a full disk, which is told beside the box as it was set."""
    assert (await client.post(f"{PATH}/names", data={"outside": "no"})).status_code == 303
    assert not alice.ethereum.offchain_names
    alice.ethereum.fails_with = DiskFullError()
    response = await client.post(f"{PATH}/names", data={"outside": "yes"})

    assert response.status_code == 507
    assert response.text.count('id="problem"') == 1
    assert [checked for checked, _ in BOX.findall(response.text)] == [" checked"]
    assert not alice.ethereum.offchain_names
