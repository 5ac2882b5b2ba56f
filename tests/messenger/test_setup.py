"""Making a profile step by step: nonces, signatures, words and keys, without a folder or a slow passphrase."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from parley.chain.api import MemoryChain, MoneyChain
from parley.chat.commit import StateKind
from parley.chat.devices.model import ProfileRow
from parley.chat.preferences.codec import decode_preferences
from parley.database.api import Keys
from parley.messenger import real_system
from parley.messenger.chains import ethereum_chain
from parley.messenger.errors import (
    InvalidAddressError,
    InvalidChainError,
    InvalidEndpointError,
    InvalidKeyError,
    NonceError,
    NoNodeError,
    UnknownChoiceError,
    WordsChecksumError,
    WrongSignerError,
    WrongWordsError,
)
from parley.messenger.setup import CHOICES, MAX_PROPOSALS, PROPOSAL_LIFETIME_MS, MadeProfile, SetUp
from parley.settings import Settings
from parley.wallet.api import account_of, new_account_key, open_vault, sign_typed_data

WORDS = "test test test test test test test test test test test junk"
FIRST = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
THIRD = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
KEYS = Keys(b"d" * 32, b"v" * 32)
SEPOLIA = 11155111


@dataclass
class Making:
    """A set-up with a clock of its own, and what it made."""

    now_ms: int = 1_800_000_000_000
    entropy: Callable[[int], bytes] = secrets.token_bytes
    settings: Settings = field(default_factory=lambda: Settings(Path("nowhere")))
    chain: MemoryChain = field(default_factory=lambda: MemoryChain(SEPOLIA))
    asked: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    made: list[MadeProfile] = field(default_factory=list)

    def begin(self) -> SetUp:
        async def finish(profile: MadeProfile) -> None:
            self.made.append(profile)

        system = replace(
            real_system(), clock=lambda: self.now_ms, entropy=self.entropy, make_chain=self._chain
        )
        return SetUp("laptop", b"key file", KEYS, self.settings, system, finish)

    def _chain(self, chain_id: int, endpoints: tuple[str, ...]) -> MoneyChain:
        self.asked.append((chain_id, endpoints))
        return self.chain if endpoints else ethereum_chain(chain_id, endpoints)

    @property
    def row(self) -> ProfileRow:
        """The one profile that was made."""
        (made,) = self.made
        (row,) = [each for each in made.commit.rows if isinstance(each, ProfileRow)]
        return row

    @property
    def vault(self) -> bytes | None:
        """The vault beside it."""
        (made,) = self.made
        found = [each.state for each in made.commit.states if each.kind is StateKind.VAULT]
        return found[0] if found else None


@pytest.fixture
def making() -> Making:
    """Nothing is made yet."""
    return Making()


async def test_one_signature_of_a_wallet_outside_makes_the_profile(making: Making) -> None:
    """On the chain the wallet is on, without any key of the account in the profile."""
    key = new_account_key()
    begun = making.begin()
    proposal = begun.propose(account_of(key).lower(), SEPOLIA)
    assert proposal.typed_data["domain"]["chainId"] == SEPOLIA
    assert proposal.typed_data["message"]["deviceName"] == "laptop"

    await begun.accept(proposal.nonce, sign_typed_data(key, proposal.typed_data))

    assert making.row.account == making.made[0].account == account_of(key)
    assert (making.row.account_key, making.vault) == (None, None)


async def test_a_nonce_serves_once_and_for_ten_minutes(making: Making) -> None:
    """Not twice, not later, not before it was made, not one that nobody gave."""
    key = new_account_key()
    begun = making.begin()
    used, late, early = (begun.propose(account_of(key), 1) for _ in range(3))
    await begun.accept(used.nonce, sign_typed_data(key, used.typed_data))

    with pytest.raises(NonceError):
        await begun.accept(used.nonce, sign_typed_data(key, used.typed_data))
    with pytest.raises(NonceError):
        await begun.accept("00" * 32, sign_typed_data(key, used.typed_data))
    making.now_ms += PROPOSAL_LIFETIME_MS
    with pytest.raises(NonceError):
        await begun.accept(late.nonce, sign_typed_data(key, late.typed_data))
    making.now_ms -= 2 * PROPOSAL_LIFETIME_MS
    with pytest.raises(NonceError):
        await begun.accept(early.nonce, sign_typed_data(key, early.typed_data))

    assert len(making.made) == 1


async def test_proposals_are_bounded(making: Making) -> None:
    """The oldest goes when one too many is asked for."""
    key = new_account_key()
    begun = making.begin()
    proposals = [begun.propose(account_of(key), 1) for _ in range(MAX_PROPOSALS + 1)]

    with pytest.raises(NonceError):
        await begun.accept(proposals[0].nonce, sign_typed_data(key, proposals[0].typed_data))
    await begun.accept(proposals[1].nonce, sign_typed_data(key, proposals[1].typed_data))


@pytest.mark.parametrize("address", ["", "0x12", "alice.eth", "0xF39fd6e51aad88F6F4ce6aB8827279cffFb92266"])
async def test_no_address_is_proposed_to_nobody(making: Making, address: str) -> None:
    """Nothing, too short, a name, a wrong checksum."""
    with pytest.raises(InvalidAddressError):
        making.begin().propose(address, 1)


@pytest.mark.parametrize("chain_id", [0, -1, 2**53])
async def test_no_chain_is_proposed_on(making: Making, chain_id: int) -> None:
    """Only what wallets can name."""
    with pytest.raises(InvalidChainError):
        making.begin().propose(FIRST, chain_id)


async def test_another_addresses_signature_makes_nothing(making: Making) -> None:
    """Where a node can tell, that is an answer, and uses the nonce up; where none can, the nonce stays."""
    making.settings = Settings(Path("nowhere"), rpc=("http://node",), chain_id=SEPOLIA)
    key, other = new_account_key(), new_account_key()
    begun = making.begin()
    known, unknown = begun.propose(account_of(key), SEPOLIA), begun.propose(account_of(key), 1)

    with pytest.raises(WrongSignerError):
        await begun.accept(known.nonce, sign_typed_data(other, known.typed_data))
    with pytest.raises(NonceError):
        await begun.accept(known.nonce, sign_typed_data(key, known.typed_data))
    for garbage in (
        b"",
        b"\x00" * 65,
        b"\xff" * 65,
        b"\x01" * 64,
        sign_typed_data(other, unknown.typed_data),
    ):
        with pytest.raises((NoNodeError, WrongSignerError)):
            await begun.accept(begun.propose(account_of(key), 1).nonce, garbage)
    with pytest.raises(NoNodeError):
        await begun.accept(unknown.nonce, sign_typed_data(other, unknown.typed_data))
    await begun.accept(unknown.nonce, sign_typed_data(key, unknown.typed_data))

    assert making.row.account == account_of(key)


async def test_a_contract_account_is_asked_through_the_node_that_was_given(making: Making) -> None:
    """It is bound to its chain, and the profile keeps the node."""
    making.chain.set_contract(FIRST, lambda _digest, signature: signature == b"the contract likes this")
    begun = making.begin()
    proposal = begun.propose(FIRST, SEPOLIA)
    with pytest.raises(InvalidEndpointError):
        await begun.accept(proposal.nonce, b"the contract likes this", "not an address")

    await begun.accept(proposal.nonce, b"the contract likes this", "http://node.example/key")

    assert making.row.account == f"eip155:{SEPOLIA}:{FIRST}"
    assert making.asked[-1] == (SEPOLIA, ("http://node.example/key",))
    (stored,) = [each.state for each in making.made[0].commit.states if each.kind is StateKind.PREFERENCES]
    kept = decode_preferences(stored)
    assert (kept.chain_id, kept.endpoints(SEPOLIA)) == (SEPOLIA, ("http://node.example/key",))


@pytest.mark.parametrize("count", [12, 24])
async def test_fresh_words_are_checked_before_they_make_the_profile(making: Making, count: int) -> None:
    """Wrong answers tell where and ask for the same again; the vault opens with the vault's key."""
    begun = making.begin()
    with pytest.raises(NonceError):
        await begun.accept_words(None)
    begun.make_words(count)
    words = begun.words
    assert words is not None
    right = {position: words[position - 1] for position in begun.asked}

    with pytest.raises(WrongWordsError) as wrong:
        await begun.accept_words(right | {begun.asked[1]: "wrong"})
    assert wrong.value.positions == begun.asked[1:2]
    assert making.made == []
    await begun.accept_words(right)

    wallet = open_vault(making.vault or b"", KEYS.vault)
    assert (len(words), wallet.words_checked) == (count, True)
    assert [each.address for each in wallet.accounts] == [making.row.account]


async def test_the_check_can_wait(making: Making) -> None:
    """And the wallet says so."""
    begun = making.begin()
    begun.make_words(12)
    before = begun.words
    begun.make_words(12)
    assert begun.words != before

    await begun.accept_words(None)

    assert not open_vault(making.vault or b"", KEYS.vault).words_checked


async def test_words_that_are_brought_offer_their_first_accounts(making: Making) -> None:
    """At the standard paths; the one that is chosen is the only one shown."""
    begun = making.begin()
    with pytest.raises(WordsChecksumError):
        await begun.read_words("test " * 12)
    assert not begun.choices
    await begun.read_words(WORDS)
    offered = list(begun.choices)
    assert (len(offered), offered[0], offered[2]) == (CHOICES, FIRST, THIRD)
    with pytest.raises(UnknownChoiceError):
        await begun.accept_import("0x" + "1" * 40)

    await begun.accept_import(THIRD)

    wallet = open_vault(making.vault or b"", KEYS.vault)
    assert making.row.account == THIRD
    assert [(each.address, each.index) for each in wallet.accounts] == [(THIRD, 2)]
    assert wallet.words_checked


async def test_a_key_that_is_brought_offers_one_account(making: Making) -> None:
    """And is kept as an imported one."""
    begun = making.begin()
    with pytest.raises(InvalidKeyError):
        await begun.read_key("0x00")
    key = new_account_key()
    await begun.read_key("0x" + bytes(key).hex())
    assert begun.choices == (account_of(key),)

    await begun.accept_import(account_of(key))

    wallet = open_vault(making.vault or b"", KEYS.vault)
    assert [(each.address, each.imported) for each in wallet.accounts] == [(account_of(key), True)]


def test_a_set_up_shows_no_secret(making: Making) -> None:
    """Not in a log, whoever writes it."""
    making.entropy = (
        bytes  # Zeros, whose words stand in no other text here: "abandon", eleven times, and "about".
    )
    begun = making.begin()
    begun.make_words(12)

    assert begun.words == ("abandon",) * 11 + ("about",)
    assert not any(word in repr(begun) + str(vars(begun)) for word in begun.words)
