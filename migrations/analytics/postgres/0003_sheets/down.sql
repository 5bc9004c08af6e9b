UPDATE sale_lines SET category = NULL WHERE category = '';
ALTER TABLE sums RENAME TO sums_of_sheets;
CREATE TABLE sums (
    generation BIGINT NOT NULL,
    dimension  TEXT   NOT NULL CHECK (dimension IN
        ('total', 'category', 'country', 'payment_method', 'customer_group', 'sku')),
    span       TEXT   NOT NULL CONSTRAINT sums_span_check CHECK (span IN ('day', 'month', 'year')),
    start      DATE   NOT NULL,
    key        TEXT   NOT NULL,
    currency   TEXT   NOT NULL,
    orders     BIGINT NOT NULL,
    units      BIGINT NOT NULL,
    gross      BIGINT NOT NULL,
    refunds    BIGINT NOT NULL,
    PRIMARY KEY (generation, dimension, span, start, key, currency)
);
INSERT INTO sums
SELECT generation, dimension, span, start, key, currency, orders, units, gross, refunds
FROM sums_of_sheets JOIN sheets ON sheets.id = sheet;
INSERT INTO sums
SELECT generation, dimension, 'year', date_trunc('year', start::timestamp)::date AS year, key, currency,
    SUM(orders), SUM(units), SUM(gross), SUM(refunds)
FROM sums WHERE span = 'month'
GROUP BY generation, dimension, year, key, currency;
DROP TABLE sums_of_sheets;
DROP TABLE sheets;
