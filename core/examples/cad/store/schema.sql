-- Every key starts with the community, and each community has separate counters. No answer can
-- therefore reveal anything about another community.

-- `tier_until` is the end of a trial or a cancelled plan, in milliseconds since 1970. From then on, the
-- community has `then_tier`, or no subscription. `add_ons` contains keys, separated by commas.
CREATE TABLE communities (
    id          TEXT PRIMARY KEY,
    key_hash    BLOB NOT NULL,
    tier        TEXT NOT NULL,
    api_enabled INTEGER NOT NULL DEFAULT 1,
    tier_until  INTEGER,
    then_tier   TEXT,
    add_ons     TEXT NOT NULL DEFAULT ''
) STRICT;
-- Requests of version 2 contain the key, and not the community.
CREATE UNIQUE INDEX communities_by_key ON communities (key_hash);

CREATE TABLE counters (
    community TEXT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    name      TEXT NOT NULL,
    value     INTEGER NOT NULL,
    PRIMARY KEY (community, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    community        TEXT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    id               TEXT NOT NULL,
    username         TEXT NOT NULL,
    status           TEXT NOT NULL DEFAULT 'active'
                     CHECK (status IN ('active', 'inactive', 'banned', 'kicked')),
    last_kick_reason TEXT,
    joined_at        INTEGER,
    last_login_at    INTEGER,
    PRIMARY KEY (community, id),
    UNIQUE (community, username)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_ids (
    community TEXT NOT NULL,
    api_id    TEXT NOT NULL,
    account   TEXT NOT NULL,
    PRIMARY KEY (community, api_id),
    FOREIGN KEY (community, account) REFERENCES accounts (community, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX api_ids_of_account ON api_ids (community, account);

CREATE TABLE identifiers (
    community TEXT NOT NULL,
    id        INTEGER NOT NULL,
    account   TEXT NOT NULL,
    name      TEXT NOT NULL,
    PRIMARY KEY (community, id),
    FOREIGN KEY (community, account) REFERENCES accounts (community, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX identifiers_of_account ON identifiers (community, account);

CREATE TABLE permissions (
    community  TEXT NOT NULL,
    account    TEXT NOT NULL,
    permission TEXT NOT NULL,
    PRIMARY KEY (community, account, permission),
    FOREIGN KEY (community, account) REFERENCES accounts (community, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- The permissions that a key grants to an account.
CREATE TABLE permission_keys (
    community  TEXT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    key        TEXT NOT NULL,
    permission TEXT NOT NULL,
    PRIMARY KEY (community, key, permission)
) STRICT, WITHOUT ROWID;

CREATE TABLE photos (
    community TEXT NOT NULL,
    id        INTEGER NOT NULL,
    account   TEXT NOT NULL,
    url       TEXT NOT NULL,
    sent_at   INTEGER NOT NULL,
    PRIMARY KEY (community, id),
    FOREIGN KEY (community, account) REFERENCES accounts (community, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX photos_of_account ON photos (community, account);

CREATE TABLE units (
    community TEXT NOT NULL,
    account   TEXT NOT NULL,
    server_id INTEGER NOT NULL,
    status    INTEGER NOT NULL DEFAULT 0,
    location  TEXT NOT NULL DEFAULT '',
    x         REAL,
    y         REAL,
    is_panic  INTEGER NOT NULL DEFAULT 0,
    seen_at   INTEGER NOT NULL,
    PRIMARY KEY (community, account),
    FOREIGN KEY (community, account) REFERENCES accounts (community, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE calls (
    community  TEXT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    id         INTEGER NOT NULL,
    server_id  INTEGER NOT NULL,
    body       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    closed_at  INTEGER,
    expires_at INTEGER,
    PRIMARY KEY (community, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX open_calls ON calls (community, server_id, closed_at);

CREATE TABLE call_notes (
    community  TEXT NOT NULL,
    call_id    INTEGER NOT NULL,
    id         INTEGER NOT NULL,
    label      TEXT NOT NULL,
    note       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    type       TEXT NOT NULL DEFAULT 'text',
    time       TEXT,
    PRIMARY KEY (community, call_id, id),
    FOREIGN KEY (community, call_id) REFERENCES calls (community, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- The primary key allows each unit only one call at a time.
CREATE TABLE call_units (
    community TEXT NOT NULL,
    account   TEXT NOT NULL,
    call_id   INTEGER NOT NULL,
    PRIMARY KEY (community, account),
    FOREIGN KEY (community, account) REFERENCES units (community, account) ON DELETE CASCADE,
    FOREIGN KEY (community, call_id) REFERENCES calls (community, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX units_of_call ON call_units (community, call_id);

CREATE TABLE emergency_calls (
    community  TEXT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    id         INTEGER NOT NULL,
    server_id  INTEGER NOT NULL,
    body       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (community, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE servers (
    community    TEXT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    id           INTEGER NOT NULL,
    body         TEXT NOT NULL,
    stations     TEXT,
    heartbeat_at INTEGER,
    PRIMARY KEY (community, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE street_signs (
    community TEXT NOT NULL,
    server_id INTEGER NOT NULL,
    id        INTEGER NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (community, server_id, id),
    FOREIGN KEY (community, server_id) REFERENCES servers (community, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE callouts (
    community TEXT NOT NULL,
    server_id INTEGER NOT NULL,
    id        TEXT NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (community, server_id, id),
    FOREIGN KEY (community, server_id) REFERENCES servers (community, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE blips (
    community TEXT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    id        INTEGER NOT NULL,
    server_id INTEGER NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (community, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE penal_codes (
    community TEXT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    code      TEXT NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (community, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE postals (
    community TEXT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    code      TEXT NOT NULL,
    x         REAL NOT NULL,
    y         REAL NOT NULL,
    PRIMARY KEY (community, code)
) STRICT, WITHOUT ROWID;

-- Characters are records too. Lookups compare with `folded` (see `records.rs`).
CREATE TABLE records (
    community  TEXT NOT NULL,
    id         INTEGER NOT NULL,
    type       INTEGER NOT NULL,
    account    TEXT NOT NULL,
    body       TEXT NOT NULL,
    folded     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (community, id),
    FOREIGN KEY (community, account) REFERENCES accounts (community, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX records_of_account ON records (community, account);

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
-- `reason` is the code of the refusal, or the last error. `rejections` is the number of the attempts that
-- failed because of the event itself. To send dead letters again, set `outcome` to null, `created_at` to the
-- current time and `rejections` to 0.
CREATE TABLE events (
    community  TEXT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    id         INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    outcome    TEXT CHECK (outcome IN ('refused', 'dead')),
    reason     TEXT,
    rejections INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (community, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX waiting_events ON events (community, id) WHERE outcome IS NULL;
