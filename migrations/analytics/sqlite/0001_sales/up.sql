-- Every row belongs to a generation: one is read and fed by events, and another one may be in the making, by a rebuild.
CREATE TABLE generation (
    one            INTEGER PRIMARY KEY CHECK (one = 1),
    serving        INTEGER NOT NULL,
    building       INTEGER,
    -- The greatest that was ever given.
    last           INTEGER NOT NULL
);
INSERT INTO generation (one, serving, building, last) VALUES (1, 1, NULL, 1);

-- One per order that was ever placed. Amounts are in minor units of `currency`.
CREATE TABLE sales (
    generation     INTEGER NOT NULL,
    order_id       BLOB    NOT NULL,
    placed_at      INTEGER NOT NULL,
    currency       TEXT    NOT NULL,
    country        TEXT    NOT NULL,
    payment_method TEXT    NOT NULL,
    customer_id    BLOB    NOT NULL,
    -- As it was when the order was placed.
    customer_group TEXT,
    status         TEXT    NOT NULL CHECK (status IN ('standing', 'cancelled')),
    gross          INTEGER NOT NULL,
    -- Of the order.
    version        INTEGER NOT NULL,
    PRIMARY KEY (generation, order_id)
) WITHOUT ROWID;
CREATE INDEX sales_placed_at_idx ON sales (generation, placed_at);

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
CREATE INDEX sale_lines_sku_idx ON sale_lines (generation, sku, placed_at);

-- Of orders whose payment was refunded in part or whole; it may be heard of before the order.
CREATE TABLE sale_refunds (
    generation     INTEGER NOT NULL,
    order_id       BLOB    NOT NULL,
    amount         INTEGER NOT NULL,
    -- Of the payment.
    version        INTEGER NOT NULL,
    PRIMARY KEY (generation, order_id)
) WITHOUT ROWID;

-- What the reports add up: by day, and by month, so that years are few rows. A row that would be empty is not there.
CREATE TABLE sums (
    generation     INTEGER NOT NULL,
    dimension      TEXT    NOT NULL CHECK (
        dimension = 'total' OR dimension = 'category' OR dimension = 'country' OR
        dimension = 'payment_method' OR dimension = 'customer_group' OR dimension = 'sku'),
    span           TEXT    NOT NULL CHECK (span IN ('day', 'month')),
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

CREATE TABLE skus (
    generation     INTEGER NOT NULL,
    sku            TEXT    NOT NULL,
    product_id     BLOB    NOT NULL,
    -- Of the variant.
    title          TEXT    NOT NULL,
    PRIMARY KEY (generation, sku)
) WITHOUT ROWID;
CREATE INDEX skus_product_id_idx ON skus (generation, product_id);

-- What a product was called and where it was shown, from when on.
CREATE TABLE product_versions (
    generation     INTEGER NOT NULL,
    product_id     BLOB    NOT NULL,
    version        INTEGER NOT NULL,
    since          INTEGER NOT NULL,
    title          TEXT    NOT NULL,
    category       TEXT,
    PRIMARY KEY (generation, product_id, version)
) WITHOUT ROWID;

-- Which group a customer came into, and when; of those who were ever in one.
CREATE TABLE customer_groups (
    generation     INTEGER NOT NULL,
    customer_id    BLOB    NOT NULL,
    version        INTEGER NOT NULL,
    since          INTEGER NOT NULL,
    customer_group TEXT,
    PRIMARY KEY (generation, customer_id, version)
) WITHOUT ROWID;
