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

# Amounts are decimal text: a uint256 does not fit SQLite's integers. What a claim settles it takes for good, so that
# one payment cannot pay twice; and it can only be of a request in its own conversation.
FORMAT_7 = """
CREATE TABLE transaction_requests (
    request_id BLOB NOT NULL PRIMARY KEY,
    message_id BLOB NOT NULL UNIQUE
        REFERENCES messages (message_id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    conversation_id TEXT NOT NULL
        REFERENCES conversations (conversation_id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    channel_id BLOB NOT NULL,
    requester TEXT NOT NULL,
    payer TEXT NOT NULL,
    chain_id INTEGER NOT NULL,
    calls BLOB NOT NULL,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    note TEXT NOT NULL,
    own INTEGER NOT NULL CHECK (own IN (0, 1)),
    state TEXT NOT NULL,
    changed_at_ms INTEGER NOT NULL,
    wallet_signature BLOB NOT NULL,
    ended TEXT,
    reason TEXT NOT NULL,
    transaction_hash BLOB,
    evidence TEXT NOT NULL,
    confirmations INTEGER NOT NULL,
    detail TEXT NOT NULL,
    UNIQUE (request_id, conversation_id)
) STRICT;
CREATE INDEX transaction_requests_in_order ON transaction_requests (conversation_id, created_at_ms, request_id);
CREATE INDEX transaction_requests_open ON transaction_requests (expires_at_ms, request_id) WHERE state = 'open';

CREATE TABLE claims (
    message_id BLOB NOT NULL PRIMARY KEY
        REFERENCES messages (message_id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    conversation_id TEXT NOT NULL
        REFERENCES conversations (conversation_id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    request_id BLOB,
    chain_id INTEGER NOT NULL,
    transaction_hash BLOB NOT NULL,
    sender TEXT NOT NULL,
    calls BLOB NOT NULL,
    state TEXT NOT NULL,
    claimed_at_ms INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL,
    evidence TEXT NOT NULL,
    confirmations INTEGER NOT NULL,
    nonce INTEGER,
    block_time_ms INTEGER,
    detail TEXT NOT NULL,
    FOREIGN KEY (request_id, conversation_id)
        REFERENCES transaction_requests (request_id, conversation_id)
        ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX claims_of_request ON claims (request_id, claimed_at_ms, message_id);
CREATE INDEX claims_of_transaction ON claims (chain_id, transaction_hash, claimed_at_ms, message_id);
CREATE INDEX claims_in_order ON claims (conversation_id, request_id, claimed_at_ms, message_id);
CREATE INDEX claims_unfinished ON claims (confirmations, claimed_at_ms, message_id);

CREATE TABLE settled_calls (
    chain_id INTEGER NOT NULL,
    transaction_hash BLOB NOT NULL,
    sender TEXT NOT NULL COLLATE NOCASE,
    position INTEGER NOT NULL,
    message_id BLOB NOT NULL
        REFERENCES claims (message_id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    place INTEGER NOT NULL,
    PRIMARY KEY (chain_id, transaction_hash, sender, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX settled_calls_of_claim ON settled_calls (message_id, place);

CREATE TABLE payments (
    payment_id TEXT NOT NULL PRIMARY KEY,
    chain_id INTEGER NOT NULL,
    sender TEXT NOT NULL,
    calls BLOB NOT NULL,
    state TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL,
    conversation_id TEXT
        REFERENCES conversations (conversation_id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    request_id BLOB,
    nonce INTEGER,
    raw BLOB,
    transaction_hash BLOB,
    replaces TEXT REFERENCES payments (payment_id) DEFERRABLE INITIALLY DEFERRED,
    max_fee_per_gas TEXT NOT NULL,
    max_priority_fee_per_gas TEXT NOT NULL,
    block_number INTEGER,
    block_hash BLOB,
    block_time_ms INTEGER,
    confirmations INTEGER NOT NULL,
    fee TEXT,
    detail TEXT NOT NULL,
    message_id BLOB REFERENCES messages (message_id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX payments_by_time ON payments (created_at_ms, payment_id);
CREATE INDEX payments_unfinished ON payments (confirmations, created_at_ms, payment_id);
CREATE INDEX payments_of_sender ON payments (sender, created_at_ms, payment_id);
CREATE INDEX payments_of_request ON payments (request_id, created_at_ms, payment_id);
CREATE INDEX payments_in_order ON payments (conversation_id, request_id, created_at_ms, payment_id);
CREATE INDEX payments_of_message ON payments (message_id, created_at_ms, payment_id);

CREATE TABLE known_tokens (
    chain_id INTEGER NOT NULL,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    symbol TEXT NOT NULL,
    decimals INTEGER NOT NULL,
    added_at_ms INTEGER NOT NULL,
    PRIMARY KEY (chain_id, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE saved_addresses (
    address TEXT NOT NULL PRIMARY KEY,
    label TEXT NOT NULL,
    watched INTEGER NOT NULL CHECK (watched IN (0, 1)),
    saved_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE holdings (
    chain_id INTEGER NOT NULL,
    account TEXT NOT NULL,
    token TEXT NOT NULL,
    amount TEXT NOT NULL,
    block_number INTEGER NOT NULL,
    block_time_ms INTEGER NOT NULL,
    PRIMARY KEY (chain_id, account, token)
) STRICT, WITHOUT ROWID;
"""
