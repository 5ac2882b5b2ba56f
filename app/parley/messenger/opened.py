"""One opened profile, and what a page may ask of it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import trio

from parley.chat.commit import Commit, StoredState
from parley.chat.content import text_content
from parley.chat.delivery.model import DeviceDelivery, Outgoing
from parley.chat.devices.create import own_device
from parley.chat.devices.model import OwnDevice
from parley.chat.direct.model import ConversationSummary, ShownMessage
from parley.chat.direct.send import send
from parley.chat.errors import UnknownConversationError
from parley.chat.events import (
    ContactChanged,
    EthereumChanged,
    Event,
    NetworkChanged,
    OutboxChanged,
    PeopleChanged,
)
from parley.chat.reading.model import ReadRow
from parley.messenger.errors import NoProfileError, WalletError
from parley.messenger.ethereum import Ethereum
from parley.messenger.hub import EventHub
from parley.messenger.listening import open_listening
from parley.messenger.meeting import Meeting, MeetsPeople
from parley.messenger.money.money import Money
from parley.messenger.neighbourhood import HasNeighbours, Neighbourhood
from parley.messenger.outbox import Outbox
from parley.messenger.own import Own
from parley.messenger.preferences import Locking, Preferred
from parley.messenger.profile import database_path, seal_account_key, unlock_vault
from parley.messenger.reading import Reading
from parley.messenger.signers import check_sign_in
from parley.messenger.signin import sign_in_text
from parley.messenger.system import Store, System, real_system
from parley.messenger.vault import InsideWallet
from parley.messenger.ways import HasWays, OpenedWays
from parley.messenger.writer import Writer
from parley.p2p.api import Network
from parley.settings import Settings

_log = logging.getLogger(__name__)

_WAITING_ACKNOWLEDGEMENTS = 256


@dataclass(frozen=True, slots=True)
class Status:
    """How this profile is connected.

    Attributes:
        peers: neighbours that a message would be handed to now.
        waiting: envelopes in the outbox that no device has acknowledged.
        addresses: multiaddrs under which this node can be dialled.
    """

    peers: int
    waiting: int
    addresses: tuple[str, ...]


class Messenger(MeetsPeople, HasNeighbours, HasWays):
    """What a person can do with an opened profile. Made by `open_messenger`.

    Attributes:
        wallet: the wallet inside, locked to begin with; None where the account's key is in a wallet outside.
        money: paying, asking, and what accounts hold.

    Args:
        vault_key: gives the key of the wallet inside for the passphrase; None if there is no such wallet.
        taken_ports: those the node had before, and could not have again.
    """

    def __init__(
        self,
        store: Store,
        network: Network,
        own: OwnDevice,
        system: System,
        settings: Settings,
        preferences: StoredState,
        ways: OpenedWays,
        vault_key: Callable[[str], Awaitable[bytes]] | None = None,
        taken_ports: tuple[int, ...] = (),
    ) -> None:
        self._store = store
        self._network = network
        self._own = Own(own)
        self._system = system
        self._hub = EventHub()
        self._writer = Writer(store, self._release)
        self._outbox = Outbox(store, self._writer, network, system.clock, system.jitter)
        self._preferred = Preferred(store, self._writer, preferences, settings)
        self.ethereum = Ethereum(
            own.account,
            self._preferred,
            system.make_chain,
            self._named_accounts,
            self._ethereum_changed,
        )
        self._neighbourhood = Neighbourhood(
            store,
            self._writer,
            network,
            settings,
            system.clock,
            lambda: self._hub.tell((NetworkChanged(),)),
            lambda: self._people.dropped,
            taken_ports,
        )
        self._ways = ways
        self._reading = Reading(store, self._writer, system.clock)
        self._meeting = Meeting(
            store,
            self._writer,
            network,
            self._own,
            system,
            settings.cluster_id,
            self.ethereum,
            self._neighbourhood.add_named,
            lambda _account: self._hub.tell((PeopleChanged(),)),
        )
        self._people = self._meeting.people
        self.wallet = vault_key and InsideWallet(
            store, self._writer, vault_key, own.account, clock=system.clock, entropy=system.entropy
        )
        self.money = Money(
            store,
            self._writer,
            self._own,
            system,
            self._preferred,
            self.ethereum,
            self.wallet,
            self._hub.tell,
        )
        self._outgoing, self._to_publish = trio.open_memory_channel[Outgoing](_WAITING_ACKNOWLEDGEMENTS)

    @property
    def account(self) -> str:
        """The own account's text."""
        return self._own.device.account

    def contact_record(self) -> bytes:
        """The own contact record, to be given to others."""
        return self._own.device.record

    async def conversations(self) -> tuple[ConversationSummary, ...]:
        """All conversations, the one with the newest message first."""
        return await self._store.conversations()

    async def conversation(self, conversation_id: str) -> ConversationSummary:
        """One conversation.

        Raises:
            UnknownConversationError: there is none of this id.
        """
        for each in await self._store.conversations():
            if each.conversation_id == conversation_id:
                return each
        raise UnknownConversationError(conversation_id)

    async def messages(
        self, conversation_id: str, limit: int = 200, before: tuple[int, bytes] | None = None
    ) -> tuple[ShownMessage, ...]:
        """The last `limit` messages before (lamport, id), in order; empty for an unknown conversation."""
        return await self._store.messages(conversation_id, limit, before)

    async def message(self, message_id: bytes) -> ShownMessage | None:
        """One message as it is shown now."""
        return await self._store.message(message_id)

    async def deliveries(self, message_id: bytes) -> tuple[DeviceDelivery, ...]:
        """How far an own message has come, one a device; empty for any other."""
        return await self._store.deliveries(message_id)

    async def retry(self, message_id: bytes) -> None:
        """Try a message again now, as far as it waits for somebody. Raises StorageError."""
        await self._reading.retry(message_id)

    async def read_place(self, conversation_id: str) -> ReadRow | None:
        """How far a conversation was read; None if it never was."""
        return await self._store.read_place(conversation_id)

    async def mark_read(self, conversation_id: str, message_id: bytes) -> None:
        """Note that a conversation was read up to a message; it never goes back. Nobody else is told.

        Raises:
            UnknownMessageError: the conversation shows no such message.
            StorageError: nothing was stored.
        """
        await self._reading.mark(conversation_id, message_id)

    async def draft(self, conversation_id: str) -> str:
        """What is written in a conversation and not sent; empty if nothing is."""
        return await self._store.draft(conversation_id)

    async def keep_draft(self, conversation_id: str, text: str) -> None:
        """Keep what is written in a conversation, in place of what was; a sent text takes it away.

        Raises:
            UnknownConversationError, ContentTooLongError, StorageError: the draft stays as it was.
        """
        await self._reading.keep_draft(conversation_id, text)

    async def send_text(self, conversation_id: str, text: str, form_token: str) -> bytes:
        """Send a text. Returns once it is committed: from then on it survives a crash.

        Args:
            form_token: the same token twice sends once.

        Returns:
            The message id, 32 bytes.

        Raises:
            UnknownConversationError, EmptyTextError, ContentTooLongError, NoLiveDeviceError, StorageError: nothing
            was sent.
        """
        content = text_content(text)

        async def job() -> bytes:
            loaded = await self._store.load_conversation(conversation_id, form_token)
            if loaded is None or not loaded.is_with_contact:
                raise UnknownConversationError(conversation_id)
            if loaded.sent_before is not None:
                return loaded.sent_before
            said = content
            if loaded.contact_secret is None:
                # They have not answered yet: the token of their invite says that they asked for it.
                said = await self._meeting.invites.introduce(content, loaded.contact.account)
            message_id, commit = send(loaded, self._own.device, said, form_token, self._system.clock())
            await self._writer.apply(commit)
            return message_id

        return await self._writer.do(job)

    def locking(self) -> Locking:
        """When the profile is to be locked for want of requests."""
        return self._preferred.locking()

    async def set_lock_after(self, minutes: int) -> None:
        """Lock after so many minutes without a request from now on; 0 never.

        Raises:
            LockAfterError, StorageError: nothing was changed.
        """
        await self._preferred.change(lambda each: each.with_lock_after(minutes))

    def sign_in_text(self, address: str, chain_id: int, *, domain: str, uri: str, nonce: str) -> str:
        """The text (EIP-4361) that signs a browser in when the own account's wallet signs it, for five minutes.

        Raises:
            InvalidAddressError, InvalidChainError: there is no such text.
        """
        now_ms = self._system.clock()
        return sign_in_text(address, chain_id, domain=domain, uri=uri, nonce=nonce, now_ms=now_ms)

    async def verify_sign_in(self, text: str, signature: bytes, *, domain: str, uri: str, nonce: str) -> None:
        """Find out that the own account signed a text, and no other.

        Raises:
            SignInRefusedError: with what is wrong.
            NoNodeError, NodesUnreachableError, WrongNodeChainError: a contract account's, which could not be asked.
        """
        await check_sign_in(
            self.ethereum.chains,
            self.account,
            text,
            signature,
            domain=domain,
            uri=uri,
            nonce=nonce,
            now_ms=self._system.clock(),
        )

    def events(self) -> AbstractAsyncContextManager[trio.MemoryReceiveChannel[Event]]:
        """What changes from now on. The channel ends when the reader falls behind or the profile is closed."""
        return self._hub.listen()

    async def status(self) -> Status:
        """How this profile is connected now."""
        return Status(len(self._network.peers()), await self._store.waiting(), self._network.addresses)

    async def run(self) -> None:
        """Receive, send and write until cancelled or until the network or the database fails for good."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._writer.run)
                nursery.start_soon(self._publish_outgoing)
                nursery.start_soon(self._people.run)
                nursery.start_soon(self._outbox.run)
                nursery.start_soon(self._neighbourhood.run)
                nursery.start_soon(self.ethereum.run)
                nursery.start_soon(self.money.run)
                if self.wallet is not None:
                    nursery.start_soon(self.wallet.run)
        finally:
            self._hub.close()

    def _release(self, commit: Commit) -> None:
        """Let out what a commit promised; called only after it was stored."""
        self._people.follow(commit)
        self.money.follow(commit)
        for each in commit.outgoing:
            try:
                self._outgoing.send_nowait(each)
            except trio.WouldBlock:
                break  # A lost acknowledgement is asked for again by a resend; a queue without bound is not.
        # What waits for somebody blocked is nobody's to send until they are not.
        # Guarded by tests/flows/test_people_crash.py.
        if any(isinstance(each, OutboxChanged | ContactChanged | PeopleChanged) for each in commit.events):
            self._outbox.wake()
        if any(isinstance(each, ContactChanged) for each in commit.events):
            self.ethereum.want()
        self._hub.tell(commit.events)

    def _ethereum_changed(self) -> None:
        self.money.nodes_changed()
        self._hub.tell((EthereumChanged(),))

    async def _named_accounts(self) -> list[str]:
        """Whose names may be shown: the own account, and contacts, the one talked to last first."""
        return [self.account, *(each.account for each in await self._store.conversations())]

    async def _publish_outgoing(self) -> None:
        async for each in self._to_publish:
            await self._network.publish(each.content_topic, each.envelope)


@asynccontextmanager
async def open_messenger(
    settings: Settings, key: bytes, system: System | None = None, vault_key: bytes | None = None
) -> AsyncIterator[Messenger]:
    """Open the profile of a data folder: its database with `key` (32 bytes), then its node.

    Args:
        vault_key: 32 bytes where the passphrase gave it, which opens the wallet inside too; it is not kept.

    Raises:
        NoProfileError: the database holds no profile.
        DatabaseError, NodeError: as the database and the node raise them.
    """
    system = system or real_system()
    async with system.open_store(database_path(settings.data), key) as store:
        profile = await store.profile()
        device = (await store.device_state()).state
        if profile is None or device is None:
            raise NoProfileError(settings.data)
        vault = (await store.vault()).state
        if vault is None and profile.account_key is not None and vault_key is not None:
            await store.apply(seal_account_key(profile, vault_key, system.entropy))
        inside = vault is not None or profile.account_key is not None
        secrets = await store.delivery_secrets(profile.account)
        own = own_device(profile, device, secrets[0])
        preferences = await store.preferences()
        async with (
            open_listening(system, settings, profile.network_key) as (network, taken),
            trio.open_nursery() as nursery,
        ):
            passphrase_opens = partial(unlock_vault, settings.data) if inside else None
            ways = OpenedWays(settings.data, profile.account, inside=inside, database_key=key, system=system)
            messenger = Messenger(
                store, network, own, system, settings, preferences, ways, passphrase_opens, taken
            )
            await messenger.money.load()
            nursery.start_soon(messenger.run)
            if messenger.wallet is not None and vault_key is not None:
                try:
                    await messenger.wallet.unlock_with(vault_key)
                except WalletError as error:
                    # A damaged wallet must not keep anybody from their messages; its page says what is wrong.
                    _log.error("the wallet inside does not open: %s", type(error).__name__)
            yield messenger
            nursery.cancel_scope.cancel()
