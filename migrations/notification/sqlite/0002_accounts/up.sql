-- Messages to those who are to log in.
-- SQLite changes no constraint: the table is made anew.
ALTER TABLE messages RENAME TO messages_before;
CREATE TABLE messages (
    id              BLOB NOT NULL PRIMARY KEY,
    -- Event, template and recipient; the key of the effect that sends it, too.
    key             TEXT NOT NULL UNIQUE,
    template        TEXT NOT NULL,
    channel         TEXT NOT NULL,
    recipient       TEXT NOT NULL CHECK (
        recipient = 'customer' OR recipient = 'shop' OR recipient = 'account'),
    customer_id     BLOB,
    order_id        BLOB,
    event_id        BLOB NOT NULL,
    -- What the event says that nobody can be asked later.
    facts           TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (
        status = 'queued' OR status = 'sent' OR status = 'failed' OR status = 'suppressed'),
    suppression     TEXT,
    attempts        INTEGER NOT NULL,
    last_error      TEXT,
    next_attempt_at INTEGER,
    created_at      INTEGER NOT NULL,
    sent_at         INTEGER,
    CONSTRAINT messages_sent_at CHECK ((status = 'sent') = (sent_at IS NOT NULL)),
    CONSTRAINT messages_suppression CHECK ((status = 'suppressed') = (suppression IS NOT NULL)),
    CONSTRAINT messages_next_attempt_at CHECK ((status = 'queued') = (next_attempt_at IS NOT NULL))
);
INSERT INTO messages SELECT * FROM messages_before;
DROP TABLE messages_before;
CREATE INDEX messages_order_id_idx ON messages (order_id, id);
CREATE INDEX messages_status_idx ON messages (status, id);
