ALTER TABLE stock_items DROP COLUMN revision;
ALTER TABLE stock_items DROP COLUMN low_stock_threshold;
