-- SQLite changes no constraint: the table is made anew.
ALTER TABLE orders RENAME TO orders_before;
CREATE TABLE orders (
    id               BLOB    PRIMARY KEY,
    number           INTEGER UNIQUE,
    status           TEXT    NOT NULL CHECK (
        status = 'placed' OR status = 'partially_shipped' OR status = 'shipped' OR status = 'completed' OR
        status = 'rejected' OR status = 'cancelled'),
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

-- What left together, numbered from 0 on in each order.
CREATE TABLE shipments (
    order_id   BLOB    NOT NULL,
    position   INTEGER NOT NULL,
    id         BLOB    NOT NULL,
    carrier    TEXT,
    tracking   TEXT,
    shipped_at INTEGER NOT NULL,
    PRIMARY KEY (order_id, position)
) WITHOUT ROWID;

-- `position` is that of the order's line.
CREATE TABLE shipment_lines (
    order_id BLOB    NOT NULL,
    shipment INTEGER NOT NULL,
    position INTEGER NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, shipment, position)
) WITHOUT ROWID;

-- How much was ever captured; null: nothing.
ALTER TABLE order_payments ADD COLUMN captured INTEGER CHECK (captured > 0);
UPDATE order_payments
SET captured = (SELECT total FROM orders WHERE orders.id = order_payments.order_id)
WHERE status = 'captured';
