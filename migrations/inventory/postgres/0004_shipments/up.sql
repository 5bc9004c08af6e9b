-- What has left of holds, by shipment: a shipment that is here was heard of. `hold_lines` has what is left.
CREATE TABLE shipped_lines (
    order_id    UUID   NOT NULL,
    shipment_id UUID   NOT NULL,
    sku_key     TEXT   NOT NULL,
    location    TEXT   NOT NULL,
    sku         TEXT   NOT NULL,
    quantity    BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, shipment_id, sku_key, location)
);
