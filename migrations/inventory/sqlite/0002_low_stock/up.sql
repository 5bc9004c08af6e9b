-- At or below it the SKU counts as low; null: it never does.
ALTER TABLE stock_items ADD COLUMN low_stock_threshold INTEGER CHECK (low_stock_threshold >= 0);

-- Counts the changes that no level's version tells of.
ALTER TABLE stock_items ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
