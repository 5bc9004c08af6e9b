CREATE TABLE products (
    id          BLOB    NOT NULL PRIMARY KEY,
    handle      TEXT    NOT NULL UNIQUE,
    title       TEXT    NOT NULL,
    description TEXT,
    category    TEXT,
    status      TEXT    NOT NULL,
    -- Title, description, handle and SKUs in lower case, a line each: what `?q=` looks through.
    search      TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    CONSTRAINT products_status_known CHECK (status = 'draft' OR status = 'active' OR status = 'archived'),
    CONSTRAINT products_version_positive CHECK (version >= 1)
);
-- Ids rise with time, so a page of either list, newest first, is a range of its index.
CREATE INDEX products_status_id_idx ON products (status, id);
CREATE INDEX products_category_id_idx ON products (category, id);

CREATE TABLE variants (
    id         BLOB NOT NULL PRIMARY KEY,
    product_id BLOB NOT NULL REFERENCES products (id),
    sku        TEXT NOT NULL,
    -- The SKU in lower case: unique over the whole catalog.
    sku_key    TEXT NOT NULL UNIQUE,
    title      TEXT NOT NULL,
    options    TEXT NOT NULL,
    CONSTRAINT variants_sku_length CHECK (length(sku) BETWEEN 1 AND 64)
);
CREATE INDEX variants_product_id_idx ON variants (product_id, id);

CREATE TABLE prices (
    variant_id BLOB    NOT NULL REFERENCES variants (id),
    currency   TEXT    NOT NULL,
    amount     INTEGER NOT NULL,
    -- The place in the list that the caller gave.
    place      INTEGER NOT NULL,
    PRIMARY KEY (variant_id, currency),
    CONSTRAINT prices_amount_not_negative CHECK (amount >= 0)
) WITHOUT ROWID;
