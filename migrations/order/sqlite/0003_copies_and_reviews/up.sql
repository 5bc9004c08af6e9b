-- SQLite changes no constraint: the table is made anew.
ALTER TABLE orders RENAME TO orders_before;
CREATE TABLE orders (
    id               BLOB    PRIMARY KEY,
    number           INTEGER UNIQUE,
    status           TEXT    NOT NULL CHECK (
        status = 'needs_review' OR status = 'placed' OR status = 'partially_shipped' OR
        status = 'shipped' OR status = 'completed' OR status = 'rejected' OR status = 'cancelled'),
    customer_id      BLOB    NOT NULL,
    currency         TEXT    NOT NULL,
    shipping         INTEGER NOT NULL,
    tax              INTEGER NOT NULL,
    total            INTEGER NOT NULL,
    shipping_address TEXT    NOT NULL,
    payment_method   TEXT    NOT NULL,
    -- As its owner answered when the outcome became known.
    payment_status   TEXT    NOT NULL,
    reason           TEXT,
    created_at       INTEGER NOT NULL,
    placed_at        INTEGER,
    cancelled_at     INTEGER,
    version          INTEGER NOT NULL,
    -- The idempotency record of the request that made it: one order per record.
    record_id        BLOB    NOT NULL,
    CONSTRAINT orders_placed_numbered CHECK ((number IS NULL) = (placed_at IS NULL))
) WITHOUT ROWID;
INSERT INTO orders SELECT * FROM orders_before;
DROP TABLE orders_before;
CREATE INDEX orders_customer_id_idx ON orders (customer_id, id);
CREATE INDEX orders_status_idx ON orders (status, id);

-- Orders to be reviewed: whose address is from the copy, and from which version of the customer.
CREATE TABLE reviews (
    order_id       BLOB    PRIMARY KEY,
    address_id     BLOB    NOT NULL,
    source_version INTEGER NOT NULL,
    as_of          INTEGER NOT NULL,
    -- What the owner said otherwise; null: it has not been asked yet.
    finding        TEXT
) WITHOUT ROWID;
CREATE INDEX reviews_waiting_idx ON reviews (order_id) WHERE finding IS NULL;

-- Copies of customers, filled from their owner. One that has heard of a newer version is waiting to be.
CREATE TABLE customer_copies (
    customer_id    BLOB    PRIMARY KEY,
    heard_version  INTEGER NOT NULL,
    -- 0: nothing is copied yet.
    source_version INTEGER NOT NULL,
    as_of          INTEGER,
    name           TEXT,
    CONSTRAINT customer_copies_whole CHECK ((source_version = 0) = (as_of IS NULL) AND (as_of IS NULL) = (name IS NULL))
) WITHOUT ROWID;
CREATE INDEX customer_copies_gap_idx ON customer_copies (customer_id) WHERE heard_version > source_version;

-- As of the same version of the customer; `version` is the address's own.
CREATE TABLE address_copies (
    customer_id BLOB    NOT NULL,
    address_id  BLOB    NOT NULL,
    version     INTEGER NOT NULL,
    address     TEXT    NOT NULL,
    PRIMARY KEY (customer_id, address_id)
) WITHOUT ROWID;

-- Copies of what products and their variants are called, from the catalog's events.
CREATE TABLE product_copies (
    product_id     BLOB    PRIMARY KEY,
    -- 0: nothing is copied yet.
    source_version INTEGER NOT NULL,
    as_of          INTEGER,
    title          TEXT,
    CONSTRAINT product_copies_whole CHECK ((source_version = 0) = (as_of IS NULL) AND (as_of IS NULL) = (title IS NULL))
) WITHOUT ROWID;
CREATE TABLE variant_copies (
    product_id BLOB NOT NULL,
    sku        TEXT NOT NULL,
    title      TEXT NOT NULL,
    PRIMARY KEY (product_id, sku)
) WITHOUT ROWID;
CREATE INDEX variant_copies_sku_idx ON variant_copies (sku);
