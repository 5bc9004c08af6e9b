CREATE TABLE stock_items (
    sku_key    TEXT    PRIMARY KEY,
    sku        TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Guards live in the WHERE of each update; this constraint is the net below them.
CREATE TABLE stock_levels (
    sku_key    TEXT    NOT NULL REFERENCES stock_items,
    location   TEXT    NOT NULL,
    on_hand    INTEGER NOT NULL,
    reserved   INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (sku_key, location),
    CONSTRAINT stock_levels_bounds CHECK (on_hand >= reserved AND reserved >= 0)
) WITHOUT ROWID;

-- One per order that ever asked, refusals and early releases included: asking again gets the same answer.
CREATE TABLE holds (
    order_id   BLOB    PRIMARY KEY,
    state      TEXT    NOT NULL CHECK (
        state = 'held' OR state = 'confirmed' OR state = 'released' OR state = 'refused'),
    expires_at INTEGER NOT NULL,
    shortages  TEXT
) WITHOUT ROWID;

-- What the sweeper looks for.
CREATE INDEX holds_expires_at_idx ON holds (expires_at) WHERE state = 'held';

CREATE TABLE hold_lines (
    order_id BLOB    NOT NULL,
    sku_key  TEXT    NOT NULL,
    location TEXT    NOT NULL,
    sku      TEXT    NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, sku_key, location)
) WITHOUT ROWID;

-- Append-only.
CREATE TABLE stock_ledger (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    sku_key        TEXT    NOT NULL,
    location       TEXT    NOT NULL,
    kind           TEXT    NOT NULL,
    on_hand_delta  INTEGER NOT NULL,
    reserved_delta INTEGER NOT NULL,
    on_hand_after  INTEGER NOT NULL,
    reason         TEXT,
    cause          TEXT,
    at             INTEGER NOT NULL
);
CREATE INDEX stock_ledger_sku_key_idx ON stock_ledger (sku_key, seq);
