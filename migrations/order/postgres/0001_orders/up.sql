CREATE TABLE orders (
    id               UUID        PRIMARY KEY,
    number           BIGINT      UNIQUE,
    status           TEXT        NOT NULL CHECK (status IN ('pending', 'placed', 'rejected', 'cancelled')),
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
    -- The idempotency record that waits for this order's outcome, and the request that made it.
    request_scope    BYTEA       NOT NULL,
    request_id       TEXT        NOT NULL,
    -- What inventory still has to be told; done when NULL.
    stock_todo       TEXT        CHECK (stock_todo IN ('confirm', 'release')),
    -- Until then the order is somebody's work; after that, anybody's.
    lease_until      TIMESTAMPTZ NOT NULL,
    CONSTRAINT orders_placed_numbered CHECK ((number IS NULL) = (placed_at IS NULL))
);
CREATE INDEX orders_customer_id_idx ON orders (customer_id, id);
CREATE INDEX orders_status_idx ON orders (status, id);
CREATE INDEX orders_unfinished_idx ON orders (lease_until) WHERE status = 'pending' OR stock_todo IS NOT NULL;

CREATE TABLE order_lines (
    order_id   UUID   NOT NULL REFERENCES orders,
    position   INT    NOT NULL,
    sku        TEXT   NOT NULL,
    title      TEXT   NOT NULL,
    quantity   BIGINT NOT NULL CHECK (quantity > 0),
    unit_price BIGINT NOT NULL,
    total      BIGINT NOT NULL,
    PRIMARY KEY (order_id, position)
);

-- The last number given. Its row lock makes numbers gapless and in the order of commits.
CREATE TABLE order_number (
    one  BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one),
    last BIGINT  NOT NULL
);
INSERT INTO order_number (last) VALUES (1000000);
