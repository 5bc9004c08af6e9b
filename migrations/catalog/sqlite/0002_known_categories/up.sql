-- Copies of what the reference module owns, fed by its events.
CREATE TABLE known_categories (
    code           TEXT    NOT NULL PRIMARY KEY,
    removed        INTEGER NOT NULL,
    source_version INTEGER NOT NULL,
    as_of          INTEGER NOT NULL
) WITHOUT ROWID;
