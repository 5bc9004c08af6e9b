DROP TABLE backorders;
ALTER TABLE stock_items DROP COLUMN locations;
ALTER TABLE stock_items DROP COLUMN backordered;
ALTER TABLE stock_items DROP COLUMN backorder_limit;
