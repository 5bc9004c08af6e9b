-- One per order, with the order's id, whatever became of it: asking again gets the same answer. Amounts are in minor units of `currency`;
-- `capturing` and `refunding` are what the provider is being asked for, and count as taken until it is known.
CREATE TABLE payments (
    id             BLOB        PRIMARY KEY,
    method         TEXT        NOT NULL CHECK (method = 'invoice' OR method = 'manual' OR method = 'card'),
    provider       TEXT        NOT NULL,
    currency       TEXT        NOT NULL,
    amount         INTEGER     NOT NULL,
    authorised     INTEGER     NOT NULL,
    capturing      INTEGER     NOT NULL,
    captured       INTEGER     NOT NULL,
    refunding      INTEGER     NOT NULL,
    refunded       INTEGER     NOT NULL,
    state          TEXT        NOT NULL CHECK (
        state = 'pending' OR state = 'requires_action' OR state = 'unknown' OR state = 'authorised' OR
        state = 'declined' OR state = 'voiding' OR state = 'voided'),
    unwanted       INTEGER     NOT NULL,
    -- Only until the authorisation is decided.
    token          TEXT,
    return_url     TEXT,
    reference      TEXT,
    redirect_url   TEXT,
    decline_reason TEXT,
    version        INTEGER     NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    CONSTRAINT payments_authorised_bounds CHECK (authorised BETWEEN 0 AND amount),
    CONSTRAINT payments_captured_bounds CHECK (captured >= 0 AND capturing >= 0 AND captured + capturing <= authorised),
    CONSTRAINT payments_refunded_bounds CHECK (refunded >= 0 AND refunding >= 0 AND refunded + refunding <= captured)
) WITHOUT ROWID;
CREATE INDEX payments_reference_idx ON payments (provider, reference) WHERE reference IS NOT NULL;

-- What was asked of a provider, written before it is asked. The id, as text, is the provider's idempotency key.
CREATE TABLE payment_transactions (
    id          BLOB        PRIMARY KEY,
    payment_id  BLOB        NOT NULL REFERENCES payments,
    kind        TEXT        NOT NULL CHECK (
        kind = 'authorise' OR kind = 'capture' OR kind = 'void' OR kind = 'refund'),
    amount      INTEGER     NOT NULL CHECK (amount > 0),
    state       TEXT        NOT NULL CHECK (
        state = 'started' OR state = 'unknown' OR state = 'requires_action' OR state = 'succeeded' OR
        state = 'failed'),
    failure     TEXT,
    -- Of the command that asked: repeating it finds this row.
    scope       BLOB,
    origin      TEXT,
    attempts    INTEGER     NOT NULL,
    sent_at     INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    CONSTRAINT payment_transactions_scope_key UNIQUE (scope)
);
CREATE INDEX payment_transactions_payment_id_idx ON payment_transactions (payment_id);
CREATE UNIQUE INDEX payment_transactions_one_authorisation ON payment_transactions (payment_id)
    WHERE kind = 'authorise';
CREATE INDEX payment_transactions_open_idx ON payment_transactions (lease_until)
    WHERE state IN ('started', 'unknown', 'requires_action');

CREATE TABLE webhook_events (
    provider    TEXT        NOT NULL,
    event_id    TEXT        NOT NULL,
    event_type  TEXT        NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (provider, event_id)
);
