CREATE TABLE orders (
    id               BLOB    PRIMARY KEY,
    number           INTEGER UNIQUE,
    status           TEXT    NOT NULL CHECK (status IN ('pending', 'placed', 'rejected', 'cancelled')),
    customer_id      BLOB    NOT NULL,
    currency         TEXT    NOT NULL,
    shipping         INTEGER NOT NULL,
    tax              INTEGER NOT NULL,
    total            INTEGER NOT NULL,
    shipping_address TEXT    NOT NULL,
    payment_method   TEXT    NOT NULL,
    reason           TEXT,
    created_at       INTEGER NOT NULL,
    placed_at        INTEGER,
    cancelled_at     INTEGER,
    version          INTEGER NOT NULL,
    -- The idempotency record that waits for this order's outcome, and the request that made it.
    request_scope    BLOB    NOT NULL,
    request_id       TEXT    NOT NULL,
    -- What inventory still has to be told; done when NULL.
    stock_todo       TEXT    CHECK (stock_todo IN ('confirm', 'release')),
    -- Until then the order is somebody's work; after that, anybody's.
    lease_until      INTEGER NOT NULL,
    CONSTRAINT orders_placed_numbered CHECK ((number IS NULL) = (placed_at IS NULL))
) WITHOUT ROWID;
CREATE INDEX orders_customer_id_idx ON orders (customer_id, id);
CREATE INDEX orders_status_idx ON orders (status, id);
CREATE INDEX orders_unfinished_idx ON orders (lease_until) WHERE status = 'pending' OR stock_todo IS NOT NULL;

CREATE TABLE order_lines (
    order_id   BLOB    NOT NULL REFERENCES orders,
    position   INTEGER NOT NULL,
    sku        TEXT    NOT NULL,
    title      TEXT    NOT NULL,
    quantity   INTEGER NOT NULL CHECK (quantity > 0),
    unit_price INTEGER NOT NULL,
    total      INTEGER NOT NULL,
    PRIMARY KEY (order_id, position)
) WITHOUT ROWID;

-- The last number given.
CREATE TABLE order_number (
    one  INTEGER PRIMARY KEY DEFAULT 1 CHECK (one = 1),
    last INTEGER NOT NULL
);
INSERT INTO order_number (last) VALUES (1000000);
