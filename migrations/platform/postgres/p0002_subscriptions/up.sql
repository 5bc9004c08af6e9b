-- How far this module has heard another one's log. The cursor moves in the transaction that applies the events.
CREATE TABLE subscription (
    name        TEXT        PRIMARY KEY,
    source      TEXT        NOT NULL,
    -- The log that the cursor is a place in; NULL until it was first read.
    log_id      UUID,
    seq         BIGINT      NOT NULL DEFAULT 0,
    -- Everything that the source committed until then has been heard.
    heard_until TIMESTAMPTZ,
    -- Whose work it is, and until when. It saves work; what is correct, the cursor decides.
    lease_owner UUID,
    lease_until TIMESTAMPTZ,
    -- Of the event after the cursor.
    attempts    INT         NOT NULL DEFAULT 0,
    next_at     TIMESTAMPTZ,
    last_error  TEXT,
    paused      BOOLEAN     NOT NULL DEFAULT FALSE
);

-- Events that could not be applied, and later ones of the same aggregate, which wait behind them.
CREATE TABLE dead_letter (
    subscription TEXT        NOT NULL,
    seq          BIGINT      NOT NULL,
    aggregate_id TEXT        NOT NULL,
    state        TEXT        NOT NULL CHECK (state IN ('dead', 'parked', 'discarded')),
    envelope     JSONB       NOT NULL,
    error        TEXT,
    -- Why and by whom it was discarded.
    note         TEXT,
    actor        TEXT,
    at           TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (subscription, seq)
);
CREATE INDEX dead_letter_aggregate_idx ON dead_letter (subscription, aggregate_id, seq);
