-- How far this module has heard another one's log. The cursor moves in the transaction that applies the events.
CREATE TABLE subscription (
    name        TEXT    PRIMARY KEY,
    source      TEXT    NOT NULL,
    -- The log that the cursor is a place in; NULL until it was first read.
    log_id      BLOB,
    seq         INTEGER NOT NULL DEFAULT 0,
    -- Everything that the source committed until then has been heard.
    heard_until INTEGER,
    -- Whose work it is, and until when. It saves work; what is correct, the cursor decides.
    lease_owner BLOB,
    lease_until INTEGER,
    -- Of the event after the cursor.
    attempts    INTEGER NOT NULL DEFAULT 0,
    next_at     INTEGER,
    last_error  TEXT,
    paused      INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- Events that could not be applied, and later ones of the same aggregate, which wait behind them.
CREATE TABLE dead_letter (
    subscription TEXT    NOT NULL,
    seq          INTEGER NOT NULL,
    aggregate_id TEXT    NOT NULL,
    state        TEXT    NOT NULL CHECK (state = 'dead' OR state = 'parked' OR state = 'discarded'),
    envelope     TEXT    NOT NULL,
    error        TEXT,
    -- Why and by whom it was discarded.
    note         TEXT,
    actor        TEXT,
    at           INTEGER NOT NULL,
    PRIMARY KEY (subscription, seq)
);
CREATE INDEX dead_letter_aggregate_idx ON dead_letter (subscription, aggregate_id, seq);
