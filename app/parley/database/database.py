"""The database of one profile: chat's storage ports over one encrypted SQLite file.

Every method is one call on the database's own thread, so each read is consistent and commits happen in turn.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import apsw
import trio

from parley.chat.commit import Commit, StateKind, StoredState
from parley.chat.contacts.compared import ComparedNumber
from parley.chat.contacts.model import ContactRow, KeptOfRequest, PendingRow
from parley.chat.contacts.people import ContactRequest
from parley.chat.delivery.model import DeviceDelivery, DueEntry, WaitingConversation
from parley.chat.devices.model import ProfileRow
from parley.chat.direct.model import (
    ConversationSummary,
    DeliverySecretRow,
    LoadedConversation,
    SeenRow,
    ShownMessage,
)
from parley.chat.errors import StorageCorruptError
from parley.chat.invites.model import IssuedInvite, TakenInvite
from parley.chat.network.model import RememberedPeer
from parley.chat.reading.model import LoadedReading, ReadRow
from parley.database import (
    commits,
    contacts,
    delivery,
    devices,
    direct,
    invites,
    messages,
    peers,
    reading,
    states,
)
from parley.database.connection import PAGE_BYTES, close, connect, translated, use_log
from parley.database.errors import DatabaseMissingError
from parley.database.migrations import MIGRATIONS, Migration, make_database, migrate
from parley.database.money import MoneyReads
from parley.database.thread import DatabaseThread


class Database(MoneyReads):
    """All storage ports of chat over one file.

    Any method raises a StorageError when the file cannot be read or written (errors.py says which), and
    trio.ClosedResourceError after the database was closed. A cancelled caller waits for its call to end.
    """

    async def apply(self, commit: Commit) -> None:
        """Store all of `commit` in one transaction, on the disk when this returns.

        Raises:
            StaleStateError: a state has another version than the step read.
            DuplicateMessageError: a message, or one made by the same form, is stored already.
            InconsistentCommitError: a row contradicts what is stored.
            DiskFullError: no room.
            StorageError: any other; as with all of these, nothing was stored.
        """
        await self._call(lambda connection: commits.store_commit(connection, commit))

    async def profile(self) -> ProfileRow | None:
        """The own profile, or None in a database that has none yet."""
        return await self._call(devices.read_profile)

    async def device_state(self) -> StoredState:
        """The own device's e2ee state."""
        return await self._call(lambda connection: states.read_state(connection, StateKind.DEVICE, b""))

    async def vault(self) -> StoredState:
        """The sealed wallet inside."""
        return await self._call(lambda connection: states.read_state(connection, StateKind.VAULT, b""))

    async def preferences(self) -> StoredState:
        """What was set for this profile."""
        return await self._call(lambda connection: states.read_state(connection, StateKind.PREFERENCES, b""))

    async def contact(self, account: str) -> ContactRow | None:
        """The contact of this account (EIP-55 text), if any."""
        return await self._call(lambda connection: contacts.read_contact(connection, account))

    async def contact_of_device(self, device_id: bytes) -> ContactRow | None:
        """The contact whose record names this device, if any."""
        return await self._call(lambda connection: contacts.read_contact_of_device(connection, device_id))

    async def contacts(self) -> tuple[ContactRow, ...]:
        """All contacts, whatever their standing, the one added first first."""
        return await self._call(contacts.read_contacts)

    async def pending(self) -> tuple[PendingRow, ...]:
        """Who is asked for, the last one asked first."""
        return await self._call(contacts.read_pending)

    async def requests(self) -> tuple[ContactRequest, ...]:
        """Conversations with those whose standing is `request`, the newest first, with their first shown message."""
        return await self._call(contacts.read_requests)

    async def kept_of_request(self, conversation_id: str) -> KeptOfRequest:
        """How much is kept in a conversation."""
        return await self._call(lambda connection: contacts.read_kept_of_request(connection, conversation_id))

    async def load_conversation(
        self, conversation_id: str, form_token: str | None = None
    ) -> LoadedConversation | None:
        """A conversation with its channel and sessions; `sent_before` is looked up by `form_token`."""
        return await self._call(
            lambda connection: direct.load_conversation(connection, conversation_id, form_token)
        )

    async def load_conversation_with(self, device_id: bytes) -> LoadedConversation | None:
        """The conversation with the contact whose record names this device."""
        return await self._call(lambda connection: direct.load_conversation_with(connection, device_id))

    async def load_conversation_of(self, account: str) -> LoadedConversation | None:
        """The conversation with this account, whatever its standing."""
        return await self._call(lambda connection: direct.load_conversation_of(connection, account))

    async def seen(self, envelope_hash: bytes) -> SeenRow | None:
        """The committed envelope of this hash, if any."""
        return await self._call(lambda connection: messages.read_seen(connection, envelope_hash))

    async def held(self, message_ids: Collection[bytes]) -> frozenset[bytes]:
        """Those of these messages that are stored, shown or not."""
        asked = tuple(message_ids)
        return await self._call(lambda connection: messages.read_held(connection, asked))

    async def delivery_secrets(self, account: str) -> tuple[DeliverySecretRow, ...]:
        """All secrets of an account, the newest first."""
        return await self._call(lambda connection: direct.read_delivery_secrets(connection, account))

    async def conversations(self) -> tuple[ConversationSummary, ...]:
        """All conversations with contacts, the one with the newest message first, or that was made last."""
        return await self._call(direct.read_conversations)

    async def messages(
        self, conversation_id: str, limit: int, before: tuple[int, bytes] | None = None
    ) -> tuple[ShownMessage, ...]:
        """The last `limit` shown messages, before (lamport, id) if given, in the order (lamport, id)."""
        return await self._call(
            lambda connection: messages.read_messages(connection, conversation_id, limit, before)
        )

    async def message(self, message_id: bytes) -> ShownMessage | None:
        """One shown message."""
        return await self._call(lambda connection: messages.read_message(connection, message_id))

    async def due(self, now_ms: int, limit: int) -> tuple[DueEntry, ...]:
        """At most `limit` entries due by `now_ms`, the earliest first, then in the order of their messages."""
        return await self._call(lambda connection: delivery.read_due(connection, now_ms, limit))

    async def load_reading(self, conversation_id: str, message_id: bytes) -> LoadedReading:
        """How far a conversation was read, and where this message of it stands."""
        return await self._call(
            lambda connection: reading.load_reading(connection, conversation_id, message_id)
        )

    async def read_place(self, conversation_id: str) -> ReadRow | None:
        """How far a conversation was read, or None."""
        return await self._call(lambda connection: reading.read_place(connection, conversation_id))

    async def draft(self, conversation_id: str) -> str:
        """What was begun in a conversation; empty if nothing was."""
        return await self._call(lambda connection: reading.read_draft(connection, conversation_id))

    async def deliveries(self, message_id: bytes) -> tuple[DeviceDelivery, ...]:
        """The deliveries of a message, one a device, in the order of the devices' ids."""
        return await self._call(lambda connection: delivery.read_deliveries(connection, message_id))

    async def next_due_ms(self) -> int | None:
        """When the earliest entry is due, or None if nothing waits."""
        return await self._call(delivery.read_next_due_ms)

    async def waiting(self) -> int:
        """How many entries wait for an acknowledgement of nobody blocked."""
        return await self._call(delivery.read_waiting)

    async def waiting_conversations(self) -> tuple[WaitingConversation, ...]:
        """What waits for an acknowledgement, by conversation, the one that is due first first."""
        return await self._call(delivery.read_waiting_conversations)

    async def remembered_peers(self, cluster_id: int) -> tuple[RememberedPeer, ...]:
        """The remembered peers of one network, the one noted last first."""
        return await self._call(lambda connection: peers.read_peers(connection, cluster_id))

    async def compared_number(self, account: str) -> ComparedNumber | None:
        """The safety number that was last compared with this account, if one was."""
        return await self._call(lambda connection: invites.read_compared_number(connection, account))

    async def issued_invite(self, token_hash: bytes) -> IssuedInvite | None:
        """The invite that was made here with this token, if it was not ended."""
        return await self._call(lambda connection: invites.read_issued_invite(connection, token_hash))

    async def issued_invites(self) -> tuple[IssuedInvite, ...]:
        """All that were made here and not ended, the newest first."""
        return await self._call(invites.read_issued_invites)

    async def taken_invite(self, account: str) -> TakenInvite | None:
        """The invite of this account that was used here, if it was not dropped."""
        return await self._call(lambda connection: invites.read_taken_invite(connection, account))

    async def taken_invites(self) -> tuple[TakenInvite, ...]:
        """All that were used here, the newest first."""
        return await self._call(invites.read_taken_invites)

    async def check(self) -> None:
        """Read every page and compare indexes with tables; takes time in proportion to the file.

        Raises:
            StorageCorruptError: something is damaged.
        """

        def check(connection: apsw.Connection) -> None:
            found = connection.execute("PRAGMA integrity_check(1)").fetchall()
            if found != [("ok",)] or connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise StorageCorruptError("a part of the database file is damaged")

        await self._call(check)


@asynccontextmanager
async def open_database(
    path: Path, key: bytes, *, create: bool = False, migrations: Sequence[Migration] = MIGRATIONS
) -> AsyncIterator[Database]:
    """Open the database of a profile; it is closed, with its log written back, when the block ends.

    Args:
        path: the file; its folder exists. `<path>-wal` lies beside it while it is open.
        key: 32 bytes, from `unlock_keyfile`.
        create: make a new file. Never implied: a file that has gone missing must not be replaced silently.
        migrations: only tests give another list.

    Raises:
        DatabaseMissingError: there is no file.
        DatabaseExistsError: `create`, and there is one.
        DatabaseInUseError: another process has it open.
        NewerDatabaseError: a newer Parley wrote it; nothing was changed.
        FailedMigrationError: an older format could not be brought up to date; nothing was changed.
        StorageCorruptError: damaged, or not of this key; nothing was changed.
        StorageError: the disk, as errors.py says.
        ValueError: the key is not 32 bytes.
    """
    thread = DatabaseThread(f"database {path.name}")
    try:
        connection = await thread.run(lambda: _open(path, key, create, migrations))
        try:
            yield Database(path, connection, thread)
        finally:
            with trio.CancelScope(shield=True):
                await thread.run(lambda: close(connection))
    finally:
        thread.stop()


def _open(path: Path, key: bytes, create: bool, migrations: Sequence[Migration]) -> apsw.Connection:
    if create:
        make_database(path, key, migrations)
    with translated(path):
        if not path.exists():
            raise DatabaseMissingError(path)
        if path.is_file() and path.stat().st_size < PAGE_BYTES:
            # SQLite would take so little for a new database and write to it.
            raise StorageCorruptError("the database file is empty or cut short")
    connection = connect(path, key)
    try:
        migrate(connection, path, key, migrations)
        with translated(path):
            use_log(connection)
    except BaseException:
        connection.close(True)
        raise
    return connection
