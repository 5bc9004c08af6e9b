DROP INDEX sale_lines_unclassified_idx;
ALTER TABLE sale_lines ADD COLUMN placed_at TIMESTAMPTZ;
UPDATE sale_lines SET placed_at = sales.placed_at FROM sales
WHERE sales.generation = sale_lines.generation AND sales.order_id = sale_lines.order_id;
ALTER TABLE sale_lines ALTER COLUMN placed_at SET NOT NULL;
CREATE INDEX sale_lines_sku_idx ON sale_lines (generation, sku, placed_at);
DELETE FROM sums WHERE span = 'year';
ALTER TABLE sums DROP CONSTRAINT sums_span_check;
ALTER TABLE sums ADD CONSTRAINT sums_span_check CHECK (span IN ('day', 'month'));
