CREATE TABLE products (
    id          UUID        PRIMARY KEY,
    handle      TEXT        NOT NULL UNIQUE,
    title       TEXT        NOT NULL,
    description TEXT,
    category    TEXT,
    status      TEXT        NOT NULL,
    -- Title, description, handle and SKUs in lower case, a line each: what `?q=` looks through.
    search      TEXT        NOT NULL,
    version     BIGINT      NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL,
    CONSTRAINT products_status_known CHECK (status IN ('draft', 'active', 'archived')),
    CONSTRAINT products_version_positive CHECK (version >= 1)
);
-- Ids rise with time, so a page of either list, newest first, is a range of its index.
CREATE INDEX products_status_id_idx ON products (status, id);
CREATE INDEX products_category_id_idx ON products (category, id);

CREATE TABLE variants (
    id         UUID  PRIMARY KEY,
    product_id UUID  NOT NULL REFERENCES products (id),
    sku        TEXT  NOT NULL,
    -- The SKU in lower case: unique over the whole catalog.
    sku_key    TEXT  NOT NULL UNIQUE,
    title      TEXT  NOT NULL,
    options    JSONB NOT NULL,
    CONSTRAINT variants_sku_length CHECK (length(sku) BETWEEN 1 AND 64)
);
CREATE INDEX variants_product_id_idx ON variants (product_id, id);

CREATE TABLE prices (
    variant_id UUID   NOT NULL REFERENCES variants (id),
    currency   TEXT   NOT NULL,
    amount     BIGINT NOT NULL,
    -- The place in the list that the caller gave.
    place      INT    NOT NULL,
    PRIMARY KEY (variant_id, currency),
    CONSTRAINT prices_amount_not_negative CHECK (amount >= 0)
);
