-- Sums of years, too: over months, a report by product read a row per product, currency and month.
ALTER TABLE sums DROP CONSTRAINT sums_span_check;
ALTER TABLE sums ADD CONSTRAINT sums_span_check CHECK (span IN ('day', 'month', 'year'));
INSERT INTO sums
SELECT generation, dimension, 'year', date_trunc('year', start::timestamp)::date AS year, key, currency,
    SUM(orders), SUM(units), SUM(gross), SUM(refunds)
FROM sums WHERE span = 'month'
GROUP BY generation, dimension, year, key, currency;

-- An index of every line by its SKU was most of what hearing an order wrote. A product that was not heard of has lines
-- without a category, and those of the others are found by their time.
DROP INDEX sale_lines_sku_idx;
ALTER TABLE sale_lines DROP COLUMN placed_at;
CREATE INDEX sale_lines_unclassified_idx ON sale_lines (generation, sku) WHERE category IS NULL;
