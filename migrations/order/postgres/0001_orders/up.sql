-- Orders whose outcome is known. One that is still pending is a saga.
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
    -- As its owner answered when the outcome became known.
    payment_status   TEXT        NOT NULL,
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

-- What was last heard of the payments of orders, each from one version of it.
CREATE TABLE order_payments (
    order_id UUID PRIMARY KEY,
    status   TEXT NOT NULL,
    version  BIGINT NOT NULL,
    as_of    TIMESTAMPTZ NOT NULL
);

-- The last number given. Its row lock makes numbers gapless and in the order of commits.
CREATE TABLE order_number (
    one  BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one),
    last BIGINT  NOT NULL
);
INSERT INTO order_number (last) VALUES (1000000);
