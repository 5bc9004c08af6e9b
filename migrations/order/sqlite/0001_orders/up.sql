-- Orders whose outcome is known. One that is still pending is a saga.
CREATE TABLE orders (
    id               BLOB    PRIMARY KEY,
    number           INTEGER UNIQUE,
    status           TEXT    NOT NULL CHECK (
        status = 'placed' OR status = 'rejected' OR status = 'cancelled'),
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
CREATE INDEX orders_customer_id_idx ON orders (customer_id, id);
CREATE INDEX orders_status_idx ON orders (status, id);

CREATE TABLE order_lines (
    order_id   BLOB    NOT NULL,
    position   INTEGER NOT NULL,
    sku        TEXT    NOT NULL,
    title      TEXT    NOT NULL,
    quantity   INTEGER NOT NULL CHECK (quantity > 0),
    unit_price INTEGER NOT NULL,
    total      INTEGER NOT NULL,
    PRIMARY KEY (order_id, position)
) WITHOUT ROWID;

-- What was last heard of the payments of orders, each from one version of it.
CREATE TABLE order_payments (
    order_id BLOB PRIMARY KEY,
    status   TEXT NOT NULL,
    version  INTEGER NOT NULL,
    as_of    INTEGER NOT NULL
) WITHOUT ROWID;

-- The last number given.
CREATE TABLE order_number (
    one  INTEGER PRIMARY KEY DEFAULT 1 CHECK (one = 1),
    last INTEGER NOT NULL
);
INSERT INTO order_number (last) VALUES (1000000);
