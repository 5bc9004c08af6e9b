-- Orders whose outcome is known. One that is still pending is a row of order_saga.
CREATE TABLE orders (
    id               UUID        PRIMARY KEY,
    number           BIGINT      UNIQUE,
    status           TEXT        NOT NULL CHECK (status IN ('placed', 'rejected', 'cancelled')),
    customer_id      UUID        NOT NULL,
    currency         TEXT        NOT NULL,
    shipping         BIGINT      NOT NULL,
    tax              BIGINT      NOT NULL,
    total            BIGINT      NOT NULL,
    shipping_address JSONB       NOT NULL,
    payment_method   TEXT        NOT NULL,
    reason           TEXT,
    created_at       TIMESTAMPTZ NOT NULL,
    placed_at        TIMESTAMPTZ,
    cancelled_at     TIMESTAMPTZ,
    version          BIGINT      NOT NULL,
    -- The idempotency record of the request that made it: one order per record.
    record_id        UUID        NOT NULL,
    CONSTRAINT orders_placed_numbered CHECK ((number IS NULL) = (placed_at IS NULL))
);
CREATE INDEX orders_customer_id_idx ON orders (customer_id, id);
CREATE INDEX orders_status_idx ON orders (status, id);

CREATE TABLE order_lines (
    order_id   UUID   NOT NULL,
    position   INT    NOT NULL,
    sku        TEXT   NOT NULL,
    title      TEXT   NOT NULL,
    quantity   BIGINT NOT NULL CHECK (quantity > 0),
    unit_price BIGINT NOT NULL,
    total      BIGINT NOT NULL,
    PRIMARY KEY (order_id, position)
);

-- Pending orders: somebody's work until the lease ends; after that, anybody's. A row goes when the order's outcome is known,
-- so the table stays small.
CREATE TABLE order_saga (
    order_id    UUID        PRIMARY KEY,
    customer_id UUID        NOT NULL,
    lease_until TIMESTAMPTZ NOT NULL,
    -- The order, and the request that waits for it.
    pending     JSONB       NOT NULL
);
CREATE INDEX order_saga_lease_until_idx ON order_saga (lease_until);

-- The last number given. Its row lock makes numbers gapless and in the order of commits.
CREATE TABLE order_number (
    one  BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one),
    last BIGINT  NOT NULL
);
INSERT INTO order_number (last) VALUES (1000000);
