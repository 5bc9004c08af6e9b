-- A limit below what is backordered already refuses new backorders, and takes back none.
ALTER TABLE stock_items ADD COLUMN backorder_limit BIGINT NOT NULL DEFAULT 0 CHECK (backorder_limit >= 0);
ALTER TABLE stock_items ADD COLUMN backordered BIGINT NOT NULL DEFAULT 0 CHECK (backordered >= 0);

-- How many levels the item has: whoever has locked it sees whether the levels that were found are all.
ALTER TABLE stock_items ADD COLUMN locations BIGINT NOT NULL DEFAULT 0;
UPDATE stock_items
SET locations = (SELECT COUNT(*) FROM stock_levels WHERE stock_levels.sku_key = stock_items.sku_key);

-- What live holds still wait for, oldest first. A row goes when its goods have come, or its hold is let go.
CREATE TABLE backorders (
    seq      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id UUID   NOT NULL,
    sku_key  TEXT   NOT NULL,
    sku      TEXT   NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    UNIQUE (order_id, sku_key)
);
CREATE INDEX backorders_sku_key_idx ON backorders (sku_key, seq);
