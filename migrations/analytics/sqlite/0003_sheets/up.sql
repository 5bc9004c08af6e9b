-- A sheet has the sums by one dimension over one day or one month. That a sum is found by its sheet, rather than by all
-- that a sheet says, halves what changing one costs. Sheets change rarely when they are old, so reports remember them,
-- and no sums of years are needed.
CREATE TABLE sheets (
    -- Never given twice: a sheet that is remembered is known by it.
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    generation     INTEGER NOT NULL,
    dimension      TEXT    NOT NULL CHECK (
        dimension = 'total' OR dimension = 'category' OR dimension = 'country' OR
        dimension = 'payment_method' OR dimension = 'customer_group' OR dimension = 'sku'),
    span           TEXT    NOT NULL CHECK (span = 'day' OR span = 'month'),
    start          TEXT    NOT NULL,
    -- Transactions that have changed its sums.
    version        INTEGER NOT NULL,
    UNIQUE (generation, dimension, span, start)
);
INSERT INTO sheets (generation, dimension, span, start, version)
SELECT DISTINCT generation, dimension, span, start, 1 FROM sums WHERE span <> 'year';

ALTER TABLE sums RENAME TO sums_before;
-- STRICT: a sum that leaves 64 bits would become a floating-point number.
CREATE TABLE sums (
    sheet          INTEGER NOT NULL,
    -- The category, the country and so on; empty where there is none.
    key            TEXT    NOT NULL,
    currency       TEXT    NOT NULL,
    orders         INTEGER NOT NULL,
    units          INTEGER NOT NULL,
    gross          INTEGER NOT NULL,
    refunds        INTEGER NOT NULL,
    PRIMARY KEY (sheet, key, currency)
) WITHOUT ROWID, STRICT;
INSERT INTO sums
SELECT id, key, currency, orders, units, gross, refunds
FROM sums_before JOIN sheets USING (generation, dimension, span, start);
DROP TABLE sums_before;

-- A line of a product that is in no category said the same as one of a product that nobody has told of, and there is an
-- index of those. From now on it says ''.
UPDATE sale_lines SET category = ''
WHERE category IS NULL AND EXISTS (
    SELECT 1 FROM skus WHERE skus.generation = sale_lines.generation AND skus.sku = sale_lines.sku);
