CREATE TABLE stock_items (
    sku_key    TEXT        PRIMARY KEY,
    sku        TEXT        NOT NULL,
    version    BIGINT      NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

-- Guards live in the WHERE of each update; this constraint is the net below them.
CREATE TABLE stock_levels (
    sku_key    TEXT        NOT NULL REFERENCES stock_items,
    location   TEXT        NOT NULL,
    on_hand    BIGINT      NOT NULL,
    reserved   BIGINT      NOT NULL,
    version    BIGINT      NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (sku_key, location),
    CONSTRAINT stock_levels_bounds CHECK (on_hand >= reserved AND reserved >= 0)
);

-- One per order that ever asked, refusals and early releases included: asking again gets the same answer.
CREATE TABLE holds (
    order_id   UUID        PRIMARY KEY,
    state      TEXT        NOT NULL CHECK (state IN ('held', 'confirmed', 'released', 'refused')),
    expires_at TIMESTAMPTZ NOT NULL,
    shortages  JSONB
);

-- What the sweeper looks for.
CREATE INDEX holds_expires_at_idx ON holds (expires_at) WHERE state = 'held';

CREATE TABLE hold_lines (
    order_id UUID   NOT NULL,
    sku_key  TEXT   NOT NULL,
    location TEXT   NOT NULL,
    sku      TEXT   NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, sku_key, location)
);

-- Append-only.
CREATE TABLE stock_ledger (
    seq            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku_key        TEXT        NOT NULL,
    location       TEXT        NOT NULL,
    kind           TEXT        NOT NULL,
    on_hand_delta  BIGINT      NOT NULL,
    reserved_delta BIGINT      NOT NULL,
    on_hand_after  BIGINT      NOT NULL,
    reason         TEXT,
    cause          TEXT,
    at             TIMESTAMPTZ NOT NULL
);
CREATE INDEX stock_ledger_sku_key_idx ON stock_ledger (sku_key, seq);
