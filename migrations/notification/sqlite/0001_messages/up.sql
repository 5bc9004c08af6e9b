-- One per event, template and recipient, whatever became of it. It holds no address and no word of the mail: those are
-- asked of their owners when it is sent.
CREATE TABLE messages (
    id              BLOB NOT NULL PRIMARY KEY,
    -- Event, template and recipient; the key of the effect that sends it, too.
    key             TEXT NOT NULL UNIQUE,
    template        TEXT NOT NULL,
    channel         TEXT NOT NULL,
    recipient       TEXT NOT NULL CHECK (recipient IN ('customer', 'shop')),
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
CREATE INDEX messages_order_id_idx ON messages (order_id, id);
CREATE INDEX messages_status_idx ON messages (status, id);

-- What customers want to hear of. Who has no row wants to hear of everything.
CREATE TABLE preferences (
    customer_id   BLOB NOT NULL PRIMARY KEY,
    locale        TEXT,
    email_orders  INTEGER NOT NULL,
    email_refunds INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    CONSTRAINT preferences_version_positive CHECK (version >= 0)
);
