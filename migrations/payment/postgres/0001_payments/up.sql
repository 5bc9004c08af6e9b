-- One per order, with the order's id, whatever became of it: asking again gets the same answer. Amounts are in minor units of `currency`;
-- `capturing` and `refunding` are what the provider is being asked for, and count as taken until it is known.
CREATE TABLE payments (
    id             UUID        PRIMARY KEY,
    method         TEXT        NOT NULL CHECK (method IN ('invoice', 'manual', 'card')),
    provider       TEXT        NOT NULL,
    currency       TEXT        NOT NULL,
    amount         BIGINT      NOT NULL,
    authorised     BIGINT      NOT NULL,
    capturing      BIGINT      NOT NULL,
    captured       BIGINT      NOT NULL,
    refunding      BIGINT      NOT NULL,
    refunded       BIGINT      NOT NULL,
    state          TEXT        NOT NULL CHECK (state IN
        ('pending', 'requires_action', 'unknown', 'authorised', 'declined', 'voiding', 'voided')),
    unwanted       BOOLEAN     NOT NULL,
    -- Only until the authorisation is decided.
    token          TEXT,
    return_url     TEXT,
    reference      TEXT,
    redirect_url   TEXT,
    decline_reason TEXT,
    version        BIGINT      NOT NULL,
    created_at     TIMESTAMPTZ NOT NULL,
    updated_at     TIMESTAMPTZ NOT NULL,
    CONSTRAINT payments_authorised_bounds CHECK (authorised BETWEEN 0 AND amount),
    CONSTRAINT payments_captured_bounds CHECK (captured >= 0 AND capturing >= 0 AND captured + capturing <= authorised),
    CONSTRAINT payments_refunded_bounds CHECK (refunded >= 0 AND refunding >= 0 AND refunded + refunding <= captured)
);
CREATE INDEX payments_reference_idx ON payments (provider, reference) WHERE reference IS NOT NULL;

-- What was asked of a provider, written before it is asked. The id, as text, is the provider's idempotency key.
CREATE TABLE payment_transactions (
    id          UUID        PRIMARY KEY,
    payment_id  UUID        NOT NULL REFERENCES payments,
    kind        TEXT        NOT NULL CHECK (kind IN ('authorise', 'capture', 'void', 'refund')),
    amount      BIGINT      NOT NULL CHECK (amount > 0),
    state       TEXT        NOT NULL CHECK (state IN ('started', 'unknown', 'requires_action', 'succeeded', 'failed')),
    failure     TEXT,
    -- Of the command that asked: repeating it finds this row.
    scope       UUID,
    origin      JSONB,
    attempts    INTEGER     NOT NULL,
    sent_at     TIMESTAMPTZ NOT NULL,
    lease_until TIMESTAMPTZ NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
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
    received_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (provider, event_id)
);
