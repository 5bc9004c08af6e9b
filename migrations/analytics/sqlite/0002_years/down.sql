DROP INDEX sale_lines_unclassified_idx;
-- SQLite adds no column that is not null, and changes no constraint: the tables are made anew.
ALTER TABLE sale_lines RENAME TO sale_lines_after;
CREATE TABLE sale_lines (
    generation     INTEGER NOT NULL,
    order_id       BLOB    NOT NULL,
    sku            TEXT    NOT NULL,
    placed_at      INTEGER NOT NULL,
    units          INTEGER NOT NULL,
    -- With its share of what the order costs besides its lines.
    gross          INTEGER NOT NULL,
    -- Of the product, when the order was placed.
    category       TEXT,
    PRIMARY KEY (generation, order_id, sku)
) WITHOUT ROWID;
INSERT INTO sale_lines
SELECT generation, order_id, sku, placed_at, units, sale_lines_after.gross, category
FROM sale_lines_after JOIN sales USING (generation, order_id);
DROP TABLE sale_lines_after;
CREATE INDEX sale_lines_sku_idx ON sale_lines (generation, sku, placed_at);
ALTER TABLE sums RENAME TO sums_after;
CREATE TABLE sums (
    generation     INTEGER NOT NULL,
    dimension      TEXT    NOT NULL CHECK (
        dimension = 'total' OR dimension = 'category' OR dimension = 'country' OR
        dimension = 'payment_method' OR dimension = 'customer_group' OR dimension = 'sku'),
    span           TEXT    NOT NULL CHECK (span = 'day' OR span = 'month'),
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
INSERT INTO sums SELECT * FROM sums_after WHERE span <> 'year';
DROP TABLE sums_after;
