-- Every row belongs to a generation: one is read and fed by events, and another one may be in the making, by a rebuild.
CREATE TABLE generation (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    serving  BIGINT  NOT NULL,
    building BIGINT,
    -- The greatest that was ever given.
    last     BIGINT  NOT NULL
);
INSERT INTO generation (one, serving, building, last) VALUES (1, 1, NULL, 1);

-- One per order that was ever placed. Amounts are in minor units of `currency`.
CREATE TABLE sales (
    generation     BIGINT      NOT NULL,
    order_id       UUID        NOT NULL,
    placed_at      TIMESTAMPTZ NOT NULL,
    currency       TEXT        NOT NULL,
    country        TEXT        NOT NULL,
    payment_method TEXT        NOT NULL,
    customer_id    UUID        NOT NULL,
    -- As it was when the order was placed.
    customer_group TEXT,
    status         TEXT        NOT NULL CHECK (status IN ('standing', 'cancelled')),
    gross          BIGINT      NOT NULL,
    -- Of the order.
    version        BIGINT      NOT NULL,
    PRIMARY KEY (generation, order_id)
);
CREATE INDEX sales_placed_at_idx ON sales (generation, placed_at);

CREATE TABLE sale_lines (
    generation BIGINT      NOT NULL,
    order_id   UUID        NOT NULL,
    sku        TEXT        NOT NULL,
    placed_at  TIMESTAMPTZ NOT NULL,
    units      BIGINT      NOT NULL,
    -- With its share of what the order costs besides its lines.
    gross      BIGINT      NOT NULL,
    -- Of the product, when the order was placed.
    category   TEXT,
    PRIMARY KEY (generation, order_id, sku)
);
CREATE INDEX sale_lines_sku_idx ON sale_lines (generation, sku, placed_at);

-- Of orders whose payment was refunded in part or whole; it may be heard of before the order.
CREATE TABLE sale_refunds (
    generation BIGINT NOT NULL,
    order_id   UUID   NOT NULL,
    amount     BIGINT NOT NULL,
    -- Of the payment.
    version    BIGINT NOT NULL,
    PRIMARY KEY (generation, order_id)
);

-- What the reports add up: by day, and by month, so that years are few rows. A row that would be empty is not there.
CREATE TABLE sums (
    generation BIGINT NOT NULL,
    dimension  TEXT   NOT NULL CHECK (dimension IN
        ('total', 'category', 'country', 'payment_method', 'customer_group', 'sku')),
    span       TEXT   NOT NULL CHECK (span IN ('day', 'month')),
    start      DATE   NOT NULL,
    -- The category, the country and so on; empty where there is none.
    key        TEXT   NOT NULL,
    currency   TEXT   NOT NULL,
    orders     BIGINT NOT NULL,
    units      BIGINT NOT NULL,
    gross      BIGINT NOT NULL,
    refunds    BIGINT NOT NULL,
    PRIMARY KEY (generation, dimension, span, start, key, currency)
);

CREATE TABLE skus (
    generation BIGINT NOT NULL,
    sku        TEXT   NOT NULL,
    product_id UUID   NOT NULL,
    -- Of the variant.
    title      TEXT   NOT NULL,
    PRIMARY KEY (generation, sku)
);
CREATE INDEX skus_product_id_idx ON skus (generation, product_id);

-- What a product was called and where it was shown, from when on.
CREATE TABLE product_versions (
    generation BIGINT      NOT NULL,
    product_id UUID        NOT NULL,
    version    BIGINT      NOT NULL,
    since      TIMESTAMPTZ NOT NULL,
    title      TEXT        NOT NULL,
    category   TEXT,
    PRIMARY KEY (generation, product_id, version)
);

-- Which group a customer came into, and when; of those who were ever in one.
CREATE TABLE customer_groups (
    generation     BIGINT      NOT NULL,
    customer_id    UUID        NOT NULL,
    version        BIGINT      NOT NULL,
    since          TIMESTAMPTZ NOT NULL,
    customer_group TEXT,
    PRIMARY KEY (generation, customer_id, version)
);
