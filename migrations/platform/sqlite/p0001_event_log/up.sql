-- Insert-only. The single writer makes `seq` follow the order of commits, so there is no staging table here.
CREATE TABLE event_log (
    seq               INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id          BLOB    NOT NULL,
    event_type        TEXT    NOT NULL,
    schema_version    INTEGER NOT NULL,
    occurred_at       INTEGER NOT NULL,
    aggregate_type    TEXT    NOT NULL,
    aggregate_id      TEXT    NOT NULL,
    aggregate_version INTEGER NOT NULL,
    correlation_id    TEXT    NOT NULL,
    causation_id      BLOB,
    traceparent       TEXT,
    actor             TEXT    NOT NULL,
    data              TEXT    NOT NULL,
    UNIQUE (aggregate_id, aggregate_version)
);

-- Whose cursors are places in this log: a copy of it is another log, unless it takes over.
CREATE TABLE log_head (
    one    INTEGER PRIMARY KEY DEFAULT 1 CHECK (one = 1),
    log_id BLOB    NOT NULL DEFAULT (randomblob(16))
);
INSERT INTO log_head DEFAULT VALUES;

-- One key, one request. Written at random, so as small as can be: the outcome is a row of its own, which appends.
CREATE TABLE idempotency_record (
    scope       BLOB PRIMARY KEY,
    id          BLOB NOT NULL,
    fingerprint BLOB NOT NULL
) WITHOUT ROWID;

-- The ids carry their time, so the oldest are the first. With rowids, as the rows are large.
CREATE TABLE idempotency_outcome (
    id       BLOB    PRIMARY KEY,
    scope    BLOB    NOT NULL,
    status   INTEGER NOT NULL,
    location TEXT,
    version  INTEGER,
    body     BLOB    NOT NULL
);
