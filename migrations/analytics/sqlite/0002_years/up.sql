-- Sums of years, too: over months, a report by product read a row per product, currency and month.
-- SQLite changes no constraint: the table is made anew.
ALTER TABLE sums RENAME TO sums_before;
CREATE TABLE sums (
    generation     INTEGER NOT NULL,
    dimension      TEXT    NOT NULL CHECK (
        dimension = 'total' OR dimension = 'category' OR dimension = 'country' OR
        dimension = 'payment_method' OR dimension = 'customer_group' OR dimension = 'sku'),
    span           TEXT    NOT NULL CHECK (span = 'day' OR span = 'month' OR span = 'year'),
    start          TEXT    NOT NULL,
    -- The category, the country and so on; empty where there is none.
    key            TEXT    NOT NULL,
    currency       TEXT    NOT NULL,
    orders         INTEGER NOT NULL,
    units          INTEGER NOT NULL,
    gross          INTEGER NOT NULL,
    refunds        INTEGER NOT NULL,
    -- A sum that leaves 64 bits would become a floating-point number.
    CONSTRAINT sums_whole CHECK (typeof(orders) = 'integer' AND typeof(units) = 'integer' AND
        typeof(gross) = 'integer' AND typeof(refunds) = 'integer'),
    PRIMARY KEY (generation, dimension, span, start, key, currency)
) WITHOUT ROWID;
INSERT INTO sums SELECT * FROM sums_before;
DROP TABLE sums_before;
INSERT INTO sums
SELECT generation, dimension, 'year', strftime('%Y-01-01', start) AS year, key, currency,
    SUM(orders), SUM(units), SUM(gross), SUM(refunds)
FROM sums WHERE span = 'month'
GROUP BY generation, dimension, year, key, currency;

-- An index of every line by its SKU was most of what hearing an order wrote. A product that was not heard of has lines
-- without a category, and those of the others are found by their time.
DROP INDEX sale_lines_sku_idx;
ALTER TABLE sale_lines DROP COLUMN placed_at;
CREATE INDEX sale_lines_unclassified_idx ON sale_lines (generation, sku) WHERE category IS NULL;
