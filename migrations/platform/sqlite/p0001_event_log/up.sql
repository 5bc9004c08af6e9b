-- Insert-only. The single writer makes `seq` follow the order of commits, so there is no staging table here.
CREATE TABLE event_log (
    seq               INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id          BLOB    NOT NULL UNIQUE,
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

-- A rowid table on purpose: bodies append at the end, only the small index on `scope` is written at random.
CREATE TABLE idempotency_record (
    scope       BLOB    NOT NULL UNIQUE,
    fingerprint BLOB    NOT NULL,
    created_at  INTEGER NOT NULL,
    status      INTEGER,
    location    TEXT,
    version     INTEGER,
    body        BLOB
);
CREATE INDEX idempotency_record_created_at_idx ON idempotency_record (created_at);
