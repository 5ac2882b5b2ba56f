"""Whose a signature is: a key's first, then a contract's, and what is told when nobody could be asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import trio
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount
from hypothesis import given
from hypothesis import strategies as st

from parley.chain.api import (
    Chain,
    EthereumChain,
    MemoryChain,
    NoEndpointError,
    SignInMessage,
    build_sign_in,
    typed_data_digest,
)
from parley.e2ee import api as e2ee
from parley.messenger.chains import ethereum_chain
from parley.messenger.errors import (
    NodesUnreachableError,
    NoNodeError,
    SignatureTooLongError,
    SignInRefusedError,
    WrongSignerError,
)
from parley.messenger.signers import Chains, check_sign_in, recover_for, signer_of

CHAIN_ID = 31337
NOW_MS = 1_795_392_000_000  # 2026-11-23T00:00:00Z
DAY_MS = 24 * 60 * 60 * 1000
KEY: LocalAccount = Account.from_key((7).to_bytes(32, "big"))
OWNER: LocalAccount = Account.from_key((8).to_bytes(32, "big"))
CONTRACT = str(Account.from_key((9).to_bytes(32, "big")).address)
DEVICE = e2ee.create_device(NOW_MS)


def nobody(chain_id: int) -> Chain:
    """Readers for a test in which nobody is to be asked."""
    raise AssertionError(f"chain {chain_id} was asked")


class CountingChain(MemoryChain):
    """Counts its questions."""

    def __init__(self, chain_id: int = CHAIN_ID) -> None:
        super().__init__(chain_id)
        self.asked: list[tuple[bytes, bytes]] = []

    async def contract_verdict(self, account: str, digest: bytes, signature: bytes) -> Any:
        self.asked.append((digest, signature))
        return await super().contract_verdict(account, digest, signature)


def world(
    accepts: Callable[[bytes, bytes], bool] = lambda _digest, signature: signature == b"yes",
    address: str = CONTRACT,
    *,
    delegated: bool = False,
) -> tuple[CountingChain, Chains]:
    """A chain with one contract account on it, and readers that know no other chain."""
    chain = CountingChain()
    chain.set_contract(address, accepts, delegated=delegated)

    def chains(chain_id: int) -> Chain:
        if chain_id != chain.chain_id:
            raise NoEndpointError
        return chain

    return chain, chains


def exactly(digest: bytes, signature: bytes) -> Callable[[bytes, bytes], bool]:
    """A contract that accepts this signature of this digest."""
    return lambda *asked: asked == (digest, signature)


def endorsement(address: str, chain_id: int = CHAIN_ID, **changes: Any) -> e2ee.UnsignedEndorsement:
    fields: dict[str, Any] = {
        "account": address,
        "device_name": "laptop",
        "chain_id": chain_id,
        "salt": bytes(32),
        "heads": (),
        "issued_at_ms": NOW_MS,
        "expires_at_ms": NOW_MS + DAY_MS,
        "nonce": bytes(32),
    }
    return e2ee.propose_endorsement(DEVICE, **(fields | changes))


def signed(key: LocalAccount, typed_data: dict[str, Any]) -> bytes:
    return bytes(key.sign_typed_data(full_message=typed_data).signature)


def record_of(account: str, *signatures: bytes) -> bytes:
    """A record of one device, endorsed by each signature once."""
    address, chain_id = e2ee.split_account(account)
    entries = [
        e2ee.countersign(
            DEVICE,
            endorsement(address, chain_id or CHAIN_ID, issued_at_ms=NOW_MS + number).signed_by(account),
            signature,
        )
        for number, signature in enumerate(signatures)
    ]
    bundle = e2ee.make_bundle(DEVICE, account, NOW_MS, NOW_MS + DAY_MS)
    return e2ee.make_contact_record(account, entries, [bundle])


# signer_of.


async def test_a_key_signs_and_nobody_is_asked() -> None:
    """Whatever the chain, and with a recovery byte of 0 as well; the account is the bare address."""
    for chain_id in (1, CHAIN_ID):
        typed_data = endorsement(KEY.address, chain_id).typed_data()
        signature = signed(KEY, typed_data)
        zero_based = signature[:64] + bytes([signature[64] - 27])
        for each in (signature, zero_based):
            assert await signer_of(nobody, typed_data, each, KEY.address, chain_id) == KEY.address


async def test_a_contract_signs_where_no_key_did() -> None:
    """Any bytes that it accepts, or 65 that recover to its owner; the account names the chain."""
    typed_data = endorsement(CONTRACT).typed_data()
    by_owner = signed(OWNER, typed_data)
    for signature in (b"yes", by_owner, b"x" * 2048):
        _, chains = world(exactly(typed_data_digest(typed_data), signature))
        found = await signer_of(chains, typed_data, signature, CONTRACT, CHAIN_ID)
        assert found == f"eip155:{CHAIN_ID}:{CONTRACT}"


async def test_who_is_neither_key_nor_contract_is_refused() -> None:
    chain, chains = world()
    typed_data = endorsement(CONTRACT).typed_data()
    with pytest.raises(WrongSignerError):
        await signer_of(chains, typed_data, signed(OWNER, typed_data), CONTRACT, CHAIN_ID)
    assert len(chain.asked) == 1
    with pytest.raises(WrongSignerError):
        await signer_of(chains, typed_data, b"", CONTRACT, CHAIN_ID)
    assert len(chain.asked) == 1, "nothing is nobody's, which needs no question"


async def test_an_address_in_another_spelling_is_the_callers_bug() -> None:
    typed_data = endorsement(CONTRACT.lower()).typed_data()
    with pytest.raises(ValueError, match="EIP-55"):
        await signer_of(nobody, typed_data, b"yes", CONTRACT.lower(), CHAIN_ID)


async def test_a_signature_that_fits_no_record_is_said_to_be_too_long() -> None:
    """It is refused before anybody is asked."""
    typed_data = endorsement(CONTRACT).typed_data()
    with pytest.raises(SignatureTooLongError) as caught:
        await signer_of(nobody, typed_data, bytes(2049), CONTRACT, CHAIN_ID)
    assert (caught.value.size, caught.value.limit) == (2049, 2048)


async def test_what_a_delegate_accepts_is_no_accounts() -> None:
    """EIP-7702: the address has a key, and only that key signs for it; a session key makes no second account."""
    typed_data = endorsement(KEY.address).typed_data()
    _, chains = world(lambda _digest, _signature: True, KEY.address, delegated=True)

    assert await signer_of(chains, typed_data, signed(KEY, typed_data), KEY.address, CHAIN_ID) == KEY.address
    for signature in (signed(OWNER, typed_data), b"a session key's", signed(KEY, typed_data) + b"\x00"):
        with pytest.raises(WrongSignerError):
            await signer_of(chains, typed_data, signature, KEY.address, CHAIN_ID)
        record = record_of(f"eip155:{CHAIN_ID}:{KEY.address}", signature)
        recover = await recover_for(chains, record)
        with pytest.raises(e2ee.InvalidContactRecordError):
            e2ee.read_contact_record(record, recover, NOW_MS)


async def test_nobody_can_be_asked() -> None:
    """No node, on whichever way that shows, and none that answers; the chain is named."""
    typed_data = endorsement(CONTRACT, 5).typed_data()
    for chains in (world()[1], lambda chain_id: ethereum_chain(chain_id, ())):
        with pytest.raises(NoNodeError) as caught:
            await signer_of(chains, typed_data, b"yes", CONTRACT, 5)
        assert caught.value.chain_id == 5
    with pytest.raises(NodesUnreachableError) as unreachable:
        await signer_of(unreachable_nodes, typed_data, b"yes", CONTRACT, 5)
    assert unreachable.value.chain_id == 5


def unreachable_nodes(chain_id: int) -> Chain:
    return EthereumChain(chain_id, ["http://127.0.0.1:1"], b"")  # Nothing listens on port 1.


@given(st.binary(max_size=2100))
def test_no_bytes_are_the_signature_of_somebody_else(signature: bytes) -> None:
    """Without contract and key there is one way out, whatever the bytes, and it is an error that a page knows."""
    typed_data = endorsement(KEY.address).typed_data()
    with pytest.raises(WrongSignerError):
        trio.run(signer_of, lambda _chain_id: MemoryChain(), typed_data, signature, KEY.address, CHAIN_ID)


# recover_for.


async def test_a_record_of_a_key_asks_nobody() -> None:
    typed_data = endorsement(KEY.address).typed_data()
    record = record_of(KEY.address, signed(KEY, typed_data))
    recover = await recover_for(nobody, record)

    assert e2ee.read_contact_record(record, recover, NOW_MS).account == KEY.address


async def test_a_record_of_a_contract_account_asks_each_claim_once() -> None:
    """Also where two records hold the same."""
    account = f"eip155:{CHAIN_ID}:{CONTRACT}"
    chain, chains = world(lambda _digest, signature: signature in (b"one", b"two"))
    both, one = record_of(account, b"one", b"two"), record_of(account, b"one")
    recover = await recover_for(chains, both, one)

    assert sorted(signature for _, signature in chain.asked) == [b"one", b"two"]
    assert e2ee.read_contact_record(both, recover, NOW_MS).account == account
    assert e2ee.merge_contact_records(one, both, recover, NOW_MS) == both


async def test_a_claim_that_the_contract_refuses_refuses_the_record() -> None:
    """One is enough; and an accepted signature is none for another endorsement."""
    account = f"eip155:{CHAIN_ID}:{CONTRACT}"
    accepted = typed_data_digest(endorsement(CONTRACT).typed_data())
    _, chains = world(exactly(accepted, b"yes"))
    for signatures in ((b"no",), (b"yes", b"yes"), (b"yes", b"no")):
        record = record_of(account, *signatures)
        recover = await recover_for(chains, record)
        with pytest.raises(e2ee.InvalidContactRecordError):
            e2ee.read_contact_record(record, recover, NOW_MS)
    record = record_of(account, b"yes")
    e2ee.read_contact_record(record, await recover_for(chains, record), NOW_MS)


async def test_a_claim_signed_by_the_addresss_own_key_is_refused_and_not_asked() -> None:
    typed_data = endorsement(KEY.address).typed_data()
    record = record_of(f"eip155:{CHAIN_ID}:{KEY.address}", signed(KEY, typed_data))
    recover = await recover_for(nobody, record)

    with pytest.raises(e2ee.InvalidContactRecordError):
        e2ee.read_contact_record(record, recover, NOW_MS)


async def test_an_address_has_one_spelling() -> None:
    """Else one contract account would be as many contacts as there are spellings."""
    for spelled in (CONTRACT.lower(), "0x" + CONTRACT[2:].upper(), "0x" + CONTRACT[2:].swapcase()):
        record = record_of(f"eip155:{CHAIN_ID}:{spelled}", b"yes")
        recover = await recover_for(nobody, record)
        with pytest.raises(e2ee.InvalidContactRecordError):
            e2ee.read_contact_record(record, recover, NOW_MS)


@pytest.mark.parametrize("record", [b"", b"nonsense", bytes(70_000)])
async def test_a_record_that_is_none_asks_nobody(record: bytes) -> None:
    recover = await recover_for(nobody, record)
    with pytest.raises(e2ee.InvalidContactRecordError):
        e2ee.read_contact_record(record, recover, NOW_MS)


async def test_a_record_is_asked_about_on_its_own_chain() -> None:
    """The same contract accepts on the chain we know, and the account is another's."""
    _, chains = world()
    record = record_of(f"eip155:1:{CONTRACT}", b"yes")
    with pytest.raises(NoNodeError) as caught:
        await recover_for(chains, record)
    assert caught.value.chain_id == 1
    with pytest.raises(NodesUnreachableError):
        await recover_for(unreachable_nodes, record)


# check_sign_in.

MESSAGE = SignInMessage(
    domain="localhost:4000",
    account=KEY.address,
    uri="http://localhost:4000/",
    chain_id=CHAIN_ID,
    nonce="abcdefgh12345678",
    issued_at="2026-11-22T23:59:30Z",
)
EXPECTED: dict[str, Any] = {
    "domain": MESSAGE.domain,
    "uri": MESSAGE.uri,
    "nonce": MESSAGE.nonce,
    "now_ms": NOW_MS,
}


def by_key(key: LocalAccount, text: str) -> bytes:
    return bytes(key.sign_message(encode_defunct(text=text)).signature)


@pytest.mark.parametrize("chain_id", [1, CHAIN_ID])
async def test_a_key_signs_in_on_any_chain_and_nobody_is_asked(chain_id: int) -> None:
    text = build_sign_in(replace(MESSAGE, chain_id=chain_id))
    await check_sign_in(nobody, KEY.address, text, by_key(KEY, text), **EXPECTED)


async def test_a_contract_account_signs_in_on_its_own_chain() -> None:
    _, chains = world()
    account = f"eip155:{CHAIN_ID}:{CONTRACT}"
    text = build_sign_in(replace(MESSAGE, account=CONTRACT))
    await check_sign_in(chains, account, text, b"yes", **EXPECTED)

    elsewhere = build_sign_in(replace(MESSAGE, account=CONTRACT, chain_id=1))
    with pytest.raises(SignInRefusedError) as caught:
        await check_sign_in(chains, account, elsewhere, b"yes", **EXPECTED)
    assert caught.value.field == "chain id"
    with pytest.raises(NoNodeError):
        await check_sign_in(chains, f"eip155:1:{CONTRACT}", elsewhere, b"yes", **EXPECTED)
    with pytest.raises(NodesUnreachableError):
        await check_sign_in(unreachable_nodes, account, text, b"yes", **EXPECTED)


async def test_another_account_does_not_sign_in() -> None:
    """Another key's text and signature, another key's signature, a contract for a key and a key for a contract."""
    text = build_sign_in(MESSAGE)
    others = build_sign_in(replace(MESSAGE, account=OWNER.address))
    _, chains = world(lambda _digest, _signature: True, KEY.address, delegated=True)
    for account, signed_text, signature, field in (
        (KEY.address, others, by_key(OWNER, others), "address"),
        (KEY.address, text, by_key(OWNER, text), "signature"),
        (KEY.address, text, b"yes", "signature"),
        (f"eip155:{CHAIN_ID}:{KEY.address}", others, by_key(OWNER, others), "address"),
        (f"eip155:{CHAIN_ID}:{KEY.address}", text, by_key(KEY, text), "signature"),
        (f"eip155:{CHAIN_ID}:{KEY.address}", text, b"a session key's", "signature"),
        (KEY.address, text.replace("Nonce", "nonce"), by_key(KEY, text), "nonce"),
        (KEY.address, text + "\n", by_key(KEY, text), "format"),
        (KEY.address, text.replace("localhost", "evil"), by_key(KEY, text), "domain"),
    ):
        with pytest.raises(SignInRefusedError) as caught:
            await check_sign_in(chains, account, signed_text, signature, **EXPECTED)
        assert caught.value.field == field
