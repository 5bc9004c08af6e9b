-- Where the customer's orders go, and their invoices, unless said otherwise: one of its own addresses each.
ALTER TABLE customers ADD COLUMN default_shipping_address_id UUID REFERENCES addresses (id);
ALTER TABLE customers ADD COLUMN default_billing_address_id UUID REFERENCES addresses (id);

-- Every object that may be in the store of pictures, from before it is written there until it is to go.
CREATE TABLE profile_pictures (
    id           UUID        PRIMARY KEY,
    customer_id  UUID        NOT NULL REFERENCES customers (id),
    content_type TEXT        NOT NULL,
    width        INT         NOT NULL,
    height       INT         NOT NULL,
    bytes        BIGINT      NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    CONSTRAINT profile_pictures_size CHECK (width >= 1 AND height >= 1 AND bytes >= 1)
);

CREATE TABLE profiles (
    customer_id     UUID        PRIMARY KEY REFERENCES customers (id),
    display_name    TEXT,
    bio             TEXT,
    locale          TEXT,
    preferences     JSONB       NOT NULL,
    -- What is shown; `picture_version` is the profile's version that it came with.
    picture_id      UUID        UNIQUE REFERENCES profile_pictures (id),
    picture_version BIGINT,
    version         BIGINT      NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL,
    CONSTRAINT profiles_version_positive CHECK (version >= 1),
    CONSTRAINT profiles_picture_has_version CHECK ((picture_id IS NULL) = (picture_version IS NULL))
);
