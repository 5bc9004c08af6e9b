-- Copies of what the reference module owns, fed by its events.
CREATE TABLE known_countries (
    code           TEXT    NOT NULL PRIMARY KEY,
    -- What an address there must have.
    address        TEXT    NOT NULL,
    enabled        INTEGER NOT NULL,
    source_version INTEGER NOT NULL,
    as_of          INTEGER NOT NULL
) WITHOUT ROWID;
