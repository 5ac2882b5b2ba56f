"""The tables of format 1, and what each later format changed. A released format is never edited.

Foreign keys are deferred, so that the order of a commit's rows does not matter to them.
"""

from __future__ import annotations

FORMAT_1 = """
CREATE TABLE profile (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    account TEXT NOT NULL,
    account_key BLOB,
    record BLOB NOT NULL,
    head BLOB NOT NULL,
    network_key BLOB NOT NULL,
    created_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE states (
    kind TEXT NOT NULL CHECK (kind IN ('device', 'session', 'channel')),
    key BLOB NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    state BLOB NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT;

CREATE TABLE contacts (
    account TEXT NOT NULL PRIMARY KEY,
    inbox_id BLOB NOT NULL,
    nickname TEXT NOT NULL,
    record BLOB NOT NULL,
    head BLOB NOT NULL,
    added_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE contact_devices (
    account TEXT NOT NULL REFERENCES contacts (account) DEFERRABLE INITIALLY DEFERRED,
    position INTEGER NOT NULL,
    device_id BLOB NOT NULL,
    bundle BLOB NOT NULL,
    PRIMARY KEY (account, position)
) STRICT;
CREATE INDEX contact_devices_by_device ON contact_devices (device_id);

CREATE TABLE conversations (
    conversation_id TEXT NOT NULL PRIMARY KEY,
    channel_id BLOB NOT NULL UNIQUE,
    account TEXT NOT NULL UNIQUE REFERENCES contacts (account) DEFERRABLE INITIALLY DEFERRED,
    created_at_ms INTEGER NOT NULL,
    given_secret_id BLOB
) STRICT;

CREATE TABLE messages (
    message_id BLOB NOT NULL PRIMARY KEY,
    conversation_id TEXT NOT NULL
        REFERENCES conversations (conversation_id) DEFERRABLE INITIALLY DEFERRED,
    sender_account TEXT NOT NULL,
    sender_device BLOB NOT NULL,
    own INTEGER NOT NULL CHECK (own IN (0, 1)),
    lamport INTEGER NOT NULL,
    causes BLOB NOT NULL CHECK (length(causes) % 32 = 0),
    content BLOB NOT NULL,
    shown INTEGER NOT NULL CHECK (shown IN (0, 1)),
    at_ms INTEGER NOT NULL,
    form_token TEXT UNIQUE
) STRICT;
CREATE INDEX messages_in_order ON messages (conversation_id, lamport, message_id) WHERE shown;

CREATE TABLE deliveries (
    message_id BLOB NOT NULL REFERENCES messages (message_id) DEFERRABLE INITIALLY DEFERRED,
    device_id BLOB NOT NULL,
    state TEXT NOT NULL,
    relays INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL,
    PRIMARY KEY (message_id, device_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    message_id BLOB NOT NULL REFERENCES messages (message_id) DEFERRABLE INITIALLY DEFERRED,
    device_id BLOB NOT NULL,
    envelope BLOB NOT NULL,
    attempts INTEGER NOT NULL,
    last_attempt_ms INTEGER NOT NULL,
    next_attempt_ms INTEGER NOT NULL,
    PRIMARY KEY (message_id, device_id)
) STRICT;
CREATE INDEX outbox_due ON outbox (next_attempt_ms, last_attempt_ms);
CREATE INDEX outbox_by_device ON outbox (device_id, next_attempt_ms, last_attempt_ms);

CREATE TABLE delivery_secrets (
    account TEXT NOT NULL,
    secret_id BLOB NOT NULL,
    secret BLOB NOT NULL,
    issued_at_ms INTEGER NOT NULL,
    PRIMARY KEY (account, secret_id)
) STRICT;

CREATE TABLE seen (
    envelope_hash BLOB NOT NULL PRIMARY KEY,
    device_id BLOB NOT NULL,
    message_id BLOB,
    seen_at_ms INTEGER NOT NULL,
    acknowledged_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""

# SQLite cannot change a CHECK, so the table is made anew.
FORMAT_2 = """
CREATE TABLE states_of_format_2 (
    kind TEXT NOT NULL CHECK (kind IN ('device', 'session', 'channel', 'vault', 'preferences')),
    key BLOB NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    state BLOB NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT;
INSERT INTO states_of_format_2 (kind, key, version, state) SELECT kind, key, version, state FROM states;
DROP TABLE states;
ALTER TABLE states_of_format_2 RENAME TO states;
"""

FORMAT_3 = """
ALTER TABLE contacts ADD COLUMN standing TEXT NOT NULL DEFAULT 'contact'
    CHECK (standing IN ('contact', 'request', 'blocked'));
ALTER TABLE contacts ADD COLUMN standing_at_ms INTEGER NOT NULL DEFAULT 0;
UPDATE contacts SET standing_at_ms = added_at_ms;

CREATE TABLE pending_contacts (
    account TEXT NOT NULL PRIMARY KEY,
    conversation_id TEXT NOT NULL UNIQUE,
    nickname TEXT NOT NULL,
    asked_at_ms INTEGER NOT NULL
) STRICT;
"""

FORMAT_4 = """
CREATE TABLE peers (
    cluster_id INTEGER NOT NULL,
    address TEXT NOT NULL,
    reached INTEGER NOT NULL CHECK (reached IN (0, 1)),
    noted_at_ms INTEGER NOT NULL,
    PRIMARY KEY (cluster_id, address)
) STRICT, WITHOUT ROWID;
"""

# What was there before anybody noted what was read counts as read.
FORMAT_5 = """
CREATE TABLE read_places (
    conversation_id TEXT NOT NULL PRIMARY KEY
        REFERENCES conversations (conversation_id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    lamport INTEGER NOT NULL,
    message_id BLOB NOT NULL,
    marked_at_ms INTEGER NOT NULL
) STRICT;
INSERT INTO read_places (conversation_id, lamport, message_id, marked_at_ms)
SELECT conversation_id, lamport, message_id, (
    SELECT max(at_ms) FROM messages AS one WHERE one.conversation_id = each.conversation_id
)
FROM messages AS each
WHERE shown AND NOT EXISTS (
    SELECT 1 FROM messages AS later
    WHERE later.conversation_id = each.conversation_id AND later.shown
        AND (later.lamport, later.message_id) > (each.lamport, each.message_id)
);

CREATE TABLE drafts (
    conversation_id TEXT NOT NULL PRIMARY KEY
        REFERENCES conversations (conversation_id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    text TEXT NOT NULL,
    changed_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX messages_received ON messages (conversation_id, at_ms) WHERE shown AND NOT own;

ALTER TABLE deliveries ADD COLUMN sent_at_ms INTEGER;
"""

FORMAT_6 = """
CREATE TABLE issued_invites (
    token_hash BLOB NOT NULL PRIMARY KEY,
    invite_id TEXT NOT NULL,
    link TEXT NOT NULL,
    issued_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    uses_left INTEGER NOT NULL CHECK (uses_left >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE taken_invites (
    account TEXT NOT NULL PRIMARY KEY,
    link TEXT NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    taken_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE compared_numbers (
    account TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL,
    compared_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""
