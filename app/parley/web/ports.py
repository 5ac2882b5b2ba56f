"""What the pages need from an opened profile. `parley.messenger` provides it; tests use a double in memory."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import trio

from parley.chat.direct.model import ConversationSummary, ShownMessage
from parley.chat.events import Event
from parley.web.contact_ports import Contacts
from parley.web.ethereum_ports import Ethereum, Locking
from parley.web.meeting_ports import Meeting
from parley.web.money.ports import Money
from parley.web.network_ports import Connections
from parley.web.reading_ports import Reading
from parley.web.wallet_ports import InsideWallet


class Status(Protocol):
    """How the node is doing.

    Attributes:
        peers: how many peers are connected.
        waiting: how many envelopes wait for an acknowledgement.
        addresses: the own multiaddresses, with the peer id.
    """

    @property
    def peers(self) -> int: ...
    @property
    def waiting(self) -> int: ...
    @property
    def addresses(self) -> tuple[str, ...]: ...


class Ways(Protocol):
    """Which ways of unlocking are set up beside the passphrase."""

    @property
    def wallet(self) -> bool: ...
    @property
    def keyring(self) -> bool: ...


class Proposal(Protocol):
    """What a wallet outside is asked to sign.

    Attributes:
        nonce: names the proposal, 64 hexadecimal digits; used once and for 10 minutes.
        typed_data: the EIP-712 full message.
    """

    @property
    def nonce(self) -> str: ...
    @property
    def typed_data(self) -> dict[str, Any]: ...


class SetUp(Protocol):
    """A profile that is being made. Nothing of it is stored before an account is chosen.

    Attributes:
        device_name: as it was typed.
        words: fresh recovery words, once they were made.
        asked: the positions, from 1, of the word check; chosen with the words.
        choices: EIP-55 addresses to choose from, once words, a key or a keystore were read.
    """

    @property
    def device_name(self) -> str: ...
    @property
    def words(self) -> tuple[str, ...] | None: ...
    @property
    def asked(self) -> tuple[int, ...]: ...
    @property
    def choices(self) -> tuple[str, ...]: ...

    def propose(self, address: str, chain_id: int) -> Proposal:
        """The endorsement of this device for a wallet outside to sign.

        Raises:
            InvalidAddressError, InvalidChainError: nothing was proposed.
        """
        ...

    async def accept(self, nonce: str, signature: bytes, endpoint: str = "") -> None:
        """Make the profile from a wallet's signature, and open it.

        Args:
            nonce: of a proposal; it is used up, whatever comes of it.
            endpoint: the address of an Ethereum node for the proposal's chain, which the profile then keeps.

        Raises:
            NonceError: unknown, used or expired.
            WrongSignerError: another address's signature, or none.
            NoNodeError: only an Ethereum node could tell, and none is set.
            NodesUnreachableError, WrongNodeChainError, InvalidEndpointError: the node does not help.
        """
        ...

    def make_words(self, count: int) -> None:
        """Make fresh words, 12 or 24; once more makes others."""
        ...

    async def accept_words(self, answers: dict[int, str] | None) -> None:
        """Make the profile from the fresh words, and open it.

        Args:
            answers: what was typed for the positions asked, or None to have them checked later.

        Raises:
            WrongWordsError: with the positions; the same ones stay asked.
        """
        ...

    async def read_words(self, typed: str) -> None:
        """Offer the first accounts of words. Raises WordCountError, UnknownWordsError, WordsChecksumError."""
        ...

    async def read_key(self, typed: str) -> None:
        """Offer the account of a private key. Raises InvalidKeyError."""
        ...

    async def read_keystore(self, file: bytes, password: str) -> None:
        """Offer the account of a keystore file.

        Raises:
            InvalidKeystoreError, WrongKeystorePasswordError, KeystoreTooCostlyError, KeystoreMemoryError,
            KeystoreAddressError: nothing is offered.
        """
        ...

    async def accept_import(self, address: str) -> None:
        """Make the profile with one of `choices`, and open it. Raises UnknownChoiceError."""
        ...


class Keeper(Protocol):
    """The profile of a data folder, opened or not."""

    @property
    def messenger(self) -> Messenger | None:
        """The opened profile, or None while it is locked."""
        ...

    @property
    def set_up(self) -> SetUp | None:
        """What was begun and not finished; forgotten 30 minutes after its last use."""
        ...

    async def has_profile(self) -> bool:
        """Whether there is a profile to be unlocked."""
        ...

    async def begin(self, passphrase: str, device_name: str) -> SetUp:
        """Begin to make a profile, in place of one that was begun. Takes about a second.

        Raises:
            ProfileExistsError, FolderNotEmptyError: nothing was begun.
        """
        ...

    def abandon(self) -> None:
        """Forget what was begun; harmless if nothing was."""
        ...

    async def ways(self) -> Ways:
        """Which other ways of unlocking there are; none without a profile."""
        ...

    async def unlock(self, passphrase: str) -> None:
        """Open the profile.

        Raises:
            WrongPassphraseError: it does not open it.
        """
        ...

    async def unlock_request(self) -> dict[str, Any]:
        """The EIP-712 full message whose signature opens the profile. Raises NoSuchWayError."""
        ...

    async def unlock_by_signature(self, signature: bytes) -> None:
        """Open the profile by a wallet's signature.

        Raises:
            NoSuchWayError: this way is not set up.
            WrongSignatureError: it does not open it.
        """
        ...

    async def unlock_by_keyring(self) -> None:
        """Open the profile by the secret in the system's keyring. Raises NoSuchWayError, KeyringUnavailableError."""
        ...

    async def lock(self) -> None:
        """Close the profile; harmless if it is locked."""
        ...


class Messenger(Contacts, Meeting, Reading, Connections, Protocol):
    """One opened profile."""

    @property
    def account(self) -> str:
        """The own account, EIP-55 text."""
        ...

    @property
    def wallet(self) -> InsideWallet | None:
        """The wallet inside, or None where the account's key is in a wallet outside."""
        ...

    @property
    def ethereum(self) -> Ethereum:
        """What is known of Ethereum."""
        ...

    @property
    def money(self) -> Money:
        """Paying, asking, and what accounts hold."""
        ...

    def locking(self) -> Locking:
        """When the profile is to be locked for want of requests."""
        ...

    async def set_lock_after(self, minutes: int) -> None:
        """Lock after so many minutes without a request; 0 never. Raises LockAfterError, StorageError."""
        ...

    async def conversations(self) -> tuple[ConversationSummary, ...]:
        """All conversations, the one with the newest message first."""
        ...

    async def conversation(self, conversation_id: str) -> ConversationSummary:
        """One conversation. Raises UnknownConversationError."""
        ...

    async def messages(
        self, conversation_id: str, limit: int = 200, before: tuple[int, bytes] | None = None
    ) -> tuple[ShownMessage, ...]:
        """The last `limit` messages, before (lamport, id) if given, in the order (lamport, id)."""
        ...

    async def send_text(self, conversation_id: str, text: str, form_token: str) -> bytes:
        """Store and send a text; the same `form_token` again gives the same message id.

        Raises:
            ChatError: nothing was stored.
        """
        ...

    async def add_contact(self, record: bytes, nickname: str) -> str:
        """Add the contact of a contact record and return the id of the conversation with them.

        Raises:
            ChatError: nothing was stored.
        """
        ...

    def contact_record(self) -> bytes:
        """The own contact record, to be given to others."""
        ...

    def events(self) -> AbstractAsyncContextManager[trio.MemoryReceiveChannel[Event]]:
        """What changes from now on; bounded: the channel of a reader that falls behind is closed."""
        ...

    async def status(self) -> Status:
        """How the node is doing now."""
        ...

    def sign_in_text(self, address: str, chain_id: int, *, domain: str, uri: str, nonce: str) -> str:
        """The text (EIP-4361) that signs a browser in when this address signs it, for five minutes.

        It is made for any address, so that nobody learns by asking which one is the own.

        Raises:
            InvalidAddressError, InvalidChainError: there is no such text.
        """
        ...

    async def verify_sign_in(self, text: str, signature: bytes, *, domain: str, uri: str, nonce: str) -> None:
        """Find out that the own account signed a text, and no other.

        Raises:
            SignInRefusedError: with what is wrong.
            NoNodeError, NodesUnreachableError, WrongNodeChainError: only a node could tell, and none did.
        """
        ...

    async def ways(self) -> Ways:
        """Which ways of unlocking there are beside the passphrase."""
        ...

    async def wallet_way_request(self) -> dict[str, Any]:
        """The EIP-712 full message for unlocking by wallet, with a fresh salt; to be signed twice.

        Raises:
            ContractAccountError, InsideAccountError: this account cannot have that way.
        """
        ...

    async def add_wallet_way(self, first: bytes, second: bytes) -> None:
        """Let the wallet's signature of the last request open the profile from now on.

        Raises:
            SignaturesDifferError: the two are not the same.
            WrongSignerError: they are not the own account's.
            ContractAccountError, InsideAccountError: this account cannot have that way.
        """
        ...

    async def add_keyring_way(self) -> None:
        """Let a secret in the system's keyring open the profile from now on. Raises KeyringUnavailableError."""
        ...

    async def remove_way(self, way: str) -> None:
        """Let "wallet" or "keyring" open the profile no longer; harmless if it never did."""
        ...

    async def change_passphrase(self, old: str, new: str) -> None:
        """Put a new passphrase in place of the old one; takes about two seconds. Raises WrongPassphraseError."""
        ...
