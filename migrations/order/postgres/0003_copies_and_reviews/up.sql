ALTER TABLE orders DROP CONSTRAINT orders_status_check;
ALTER TABLE orders ADD CONSTRAINT orders_status_check CHECK (status IN (
    'needs_review', 'placed', 'partially_shipped', 'shipped', 'completed', 'rejected', 'cancelled'
));

-- Orders to be reviewed: whose address is from the copy, and from which version of the customer.
CREATE TABLE reviews (
    order_id       UUID        PRIMARY KEY,
    address_id     UUID        NOT NULL,
    source_version BIGINT      NOT NULL,
    as_of          TIMESTAMPTZ NOT NULL,
    -- What the owner said otherwise; null: it has not been asked yet.
    finding        TEXT
);
CREATE INDEX reviews_waiting_idx ON reviews (order_id) WHERE finding IS NULL;

-- Copies of customers, filled from their owner. One that has heard of a newer version is waiting to be.
CREATE TABLE customer_copies (
    customer_id    UUID   PRIMARY KEY,
    heard_version  BIGINT NOT NULL,
    -- 0: nothing is copied yet.
    source_version BIGINT NOT NULL,
    as_of          TIMESTAMPTZ,
    name           TEXT,
    CONSTRAINT customer_copies_whole CHECK ((source_version = 0) = (as_of IS NULL) AND (as_of IS NULL) = (name IS NULL))
);
CREATE INDEX customer_copies_gap_idx ON customer_copies (customer_id) WHERE heard_version > source_version;

-- As of the same version of the customer; `version` is the address's own.
CREATE TABLE address_copies (
    customer_id UUID   NOT NULL,
    address_id  UUID   NOT NULL,
    version     BIGINT NOT NULL,
    address     JSONB  NOT NULL,
    PRIMARY KEY (customer_id, address_id)
);

-- Copies of what products and their variants are called, from the catalog's events.
CREATE TABLE product_copies (
    product_id     UUID   PRIMARY KEY,
    -- 0: nothing is copied yet.
    source_version BIGINT NOT NULL,
    as_of          TIMESTAMPTZ,
    title          TEXT,
    CONSTRAINT product_copies_whole CHECK ((source_version = 0) = (as_of IS NULL) AND (as_of IS NULL) = (title IS NULL))
);
CREATE TABLE variant_copies (
    product_id UUID NOT NULL,
    sku        TEXT NOT NULL,
    title      TEXT NOT NULL,
    PRIMARY KEY (product_id, sku)
);
CREATE INDEX variant_copies_sku_idx ON variant_copies (sku);
