UPDATE sale_lines SET category = NULL WHERE category = '';
ALTER TABLE sums RENAME TO sums_of_sheets;
CREATE TABLE sums (
    generation     INTEGER NOT NULL,
    dimension      TEXT    NOT NULL CHECK (
        dimension = 'total' OR dimension = 'category' OR dimension = 'country' OR
        dimension = 'payment_method' OR dimension = 'customer_group' OR dimension = 'sku'),
    span           TEXT    NOT NULL CHECK (span = 'day' OR span = 'month' OR span = 'year'),
    start          TEXT    NOT NULL,
    key            TEXT    NOT NULL,
    currency       TEXT    NOT NULL,
    orders         INTEGER NOT NULL,
    units          INTEGER NOT NULL,
    gross          INTEGER NOT NULL,
    refunds        INTEGER NOT NULL,
    CONSTRAINT sums_whole CHECK (typeof(orders) = 'integer' AND typeof(units) = 'integer' AND
        typeof(gross) = 'integer' AND typeof(refunds) = 'integer'),
    PRIMARY KEY (generation, dimension, span, start, key, currency)
) WITHOUT ROWID;
INSERT INTO sums
SELECT generation, dimension, span, start, key, currency, orders, units, gross, refunds
FROM sums_of_sheets JOIN sheets ON sheets.id = sheet;
INSERT INTO sums
SELECT generation, dimension, 'year', strftime('%Y-01-01', start) AS year, key, currency,
    SUM(orders), SUM(units), SUM(gross), SUM(refunds)
FROM sums WHERE span = 'month'
GROUP BY generation, dimension, year, key, currency;
DROP TABLE sums_of_sheets;
DROP TABLE sheets;
