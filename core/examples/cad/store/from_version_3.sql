-- Changes a database of version 3. Keep the result the same as `schema.sql`.
-- Where to send the events of a community: `host` and `port` are null while it has only a WebSocket, and
-- `sealed_key` is the encrypted API key. After failures, the next attempt is at `retry_at`. One task at a
-- time sends events: `holder`, until `held_until`.
CREATE TABLE event_receivers (
    community  TEXT NOT NULL PRIMARY KEY REFERENCES communities (id) ON DELETE CASCADE,
    host       TEXT,
    port       INTEGER,
    sealed_key BLOB,
    failures   INTEGER NOT NULL DEFAULT 0,
    retry_at   INTEGER NOT NULL DEFAULT 0,
    holder     TEXT NOT NULL DEFAULT '',
    held_until INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- The outbox: events that have not been delivered. Without `outcome`, an event is still to be sent.
-- `reason` is the code of the refusal, or the last error. To send dead letters again, set `outcome` to null
-- and `created_at` to the current time.
CREATE TABLE events (
    community  TEXT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    id         INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    outcome    TEXT CHECK (outcome IN ('refused', 'dead')),
    reason     TEXT,
    PRIMARY KEY (community, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX waiting_events ON events (community, id) WHERE outcome IS NULL;

-- What answers of version 1 contain.
ALTER TABLE accounts ADD COLUMN joined_at INTEGER;
ALTER TABLE accounts ADD COLUMN last_login_at INTEGER;
ALTER TABLE call_notes ADD COLUMN type TEXT NOT NULL DEFAULT 'text';
ALTER TABLE call_notes ADD COLUMN time TEXT;
