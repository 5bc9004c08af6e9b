-- Staging: the business transaction writes here, the sequencer moves committed rows on, so it stays tiny.
-- The identity keeps its default CACHE 1: the order within an aggregate depends on it.
CREATE TABLE outbox (
    pos               BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id          UUID        NOT NULL,
    event_type        TEXT        NOT NULL,
    schema_version    INT         NOT NULL,
    occurred_at       TIMESTAMPTZ NOT NULL,
    aggregate_type    TEXT        NOT NULL,
    aggregate_id      TEXT        NOT NULL,
    aggregate_version BIGINT      NOT NULL,
    correlation_id    TEXT        NOT NULL,
    causation_id      UUID,
    traceparent       TEXT,
    actor             TEXT        NOT NULL,
    data              JSONB       NOT NULL
);

-- Insert-only. `seq` is gapless and follows the order of commits: reading `seq > cursor` loses nothing.
CREATE TABLE event_log (
    seq               BIGINT      PRIMARY KEY,
    event_id          UUID        NOT NULL,
    event_type        TEXT        NOT NULL,
    schema_version    INT         NOT NULL,
    occurred_at       TIMESTAMPTZ NOT NULL,
    aggregate_type    TEXT        NOT NULL,
    aggregate_id      TEXT        NOT NULL,
    aggregate_version BIGINT      NOT NULL,
    correlation_id    TEXT        NOT NULL,
    causation_id      UUID,
    traceparent       TEXT,
    actor             TEXT        NOT NULL,
    data              JSONB       NOT NULL,
    UNIQUE (aggregate_id, aggregate_version)
);

CREATE TABLE log_head (
    one      BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one),
    log_id   UUID    NOT NULL DEFAULT gen_random_uuid(),
    last_seq BIGINT  NOT NULL DEFAULT 0
);
INSERT INTO log_head DEFAULT VALUES;

-- One key, one request. Written at random, so as small as can be: the outcome is a row of its own, which appends.
CREATE TABLE idempotency_record (
    scope       UUID  PRIMARY KEY,
    id          UUID  NOT NULL,
    fingerprint BYTEA NOT NULL
);

-- The ids carry their time, so the oldest are the first.
CREATE TABLE idempotency_outcome (
    id       UUID   PRIMARY KEY,
    scope    UUID   NOT NULL,
    status   INT    NOT NULL,
    location TEXT,
    version  BIGINT,
    body     BYTEA  NOT NULL
);
