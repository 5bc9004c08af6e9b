ALTER TABLE orders DROP CONSTRAINT orders_status_check;
ALTER TABLE orders ADD CONSTRAINT orders_status_check
    CHECK (status IN ('placed', 'partially_shipped', 'shipped', 'completed', 'rejected', 'cancelled'));

-- What left together, numbered from 0 on in each order.
CREATE TABLE shipments (
    order_id   UUID        NOT NULL,
    position   INT         NOT NULL,
    id         UUID        NOT NULL,
    carrier    TEXT,
    tracking   TEXT,
    shipped_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (order_id, position)
);

-- `position` is that of the order's line.
CREATE TABLE shipment_lines (
    order_id UUID   NOT NULL,
    shipment INT    NOT NULL,
    position INT    NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, shipment, position)
);

-- How much was ever captured; null: nothing.
ALTER TABLE order_payments ADD COLUMN captured BIGINT CHECK (captured > 0);
UPDATE order_payments
SET captured = (SELECT total FROM orders WHERE orders.id = order_payments.order_id)
WHERE status = 'captured';
