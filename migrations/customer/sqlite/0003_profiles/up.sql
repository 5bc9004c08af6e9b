-- Where the customer's orders go, and their invoices, unless said otherwise: one of its own addresses each.
ALTER TABLE customers ADD COLUMN default_shipping_address_id BLOB REFERENCES addresses (id);
ALTER TABLE customers ADD COLUMN default_billing_address_id BLOB REFERENCES addresses (id);

-- Every object that may be in the store of pictures, from before it is written there until it is to go.
CREATE TABLE profile_pictures (
    id           BLOB    NOT NULL PRIMARY KEY,
    customer_id  BLOB    NOT NULL REFERENCES customers (id),
    content_type TEXT    NOT NULL,
    width        INTEGER NOT NULL,
    height       INTEGER NOT NULL,
    bytes        INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    CONSTRAINT profile_pictures_size CHECK (width >= 1 AND height >= 1 AND bytes >= 1)
);

CREATE TABLE profiles (
    customer_id     BLOB    NOT NULL PRIMARY KEY REFERENCES customers (id),
    display_name    TEXT,
    bio             TEXT,
    locale          TEXT,
    preferences     TEXT    NOT NULL,
    -- What is shown; `picture_version` is the profile's version that it came with.
    picture_id      BLOB    UNIQUE REFERENCES profile_pictures (id),
    picture_version INTEGER,
    version         INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    CONSTRAINT profiles_version_positive CHECK (version >= 1),
    CONSTRAINT profiles_picture_has_version CHECK ((picture_id IS NULL) = (picture_version IS NULL))
);
