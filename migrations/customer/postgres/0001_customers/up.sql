CREATE TABLE customers (
    id         UUID        PRIMARY KEY,
    email      TEXT        NOT NULL,
    -- The email in lower case: one customer each.
    email_key  TEXT        NOT NULL UNIQUE,
    name       TEXT        NOT NULL,
    phone      TEXT,
    version    BIGINT      NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT customers_version_positive CHECK (version >= 1)
);

CREATE TABLE addresses (
    id          UUID        PRIMARY KEY,
    customer_id UUID        NOT NULL REFERENCES customers (id),
    name        TEXT        NOT NULL,
    line1       TEXT        NOT NULL,
    line2       TEXT,
    city        TEXT        NOT NULL,
    region      TEXT,
    postal_code TEXT        NOT NULL,
    country     TEXT        NOT NULL,
    phone       TEXT,
    version     BIGINT      NOT NULL,
    CONSTRAINT addresses_country_alpha2 CHECK (length(country) = 2),
    CONSTRAINT addresses_version_positive CHECK (version >= 1)
);
CREATE INDEX addresses_customer_id_idx ON addresses (customer_id, id);

-- What a provider gave us to charge a means of payment with; never a card number.
CREATE TABLE payment_methods (
    id          UUID        PRIMARY KEY,
    customer_id UUID        NOT NULL REFERENCES customers (id),
    provider    TEXT        NOT NULL,
    token       TEXT        NOT NULL,
    brand       TEXT        NOT NULL,
    last4       TEXT        NOT NULL,
    exp_month   INT         NOT NULL,
    exp_year    INT         NOT NULL,
    version     BIGINT      NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    CONSTRAINT payment_methods_last4_length CHECK (length(last4) = 4),
    CONSTRAINT payment_methods_exp_month_range CHECK (exp_month BETWEEN 1 AND 12),
    CONSTRAINT payment_methods_version_positive CHECK (version >= 1)
);
CREATE INDEX payment_methods_customer_id_idx ON payment_methods (customer_id, id);
