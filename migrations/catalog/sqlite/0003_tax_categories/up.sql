ALTER TABLE products ADD COLUMN tax_category TEXT;

-- Copies of what the reference module owns, fed by its events.
CREATE TABLE known_tax_categories (
    code           TEXT    NOT NULL PRIMARY KEY,
    source_version INTEGER NOT NULL,
    as_of          INTEGER NOT NULL
) WITHOUT ROWID;
