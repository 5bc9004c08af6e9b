-- Copies of what the reference module owns, fed by its events.
CREATE TABLE known_categories (
    code           TEXT        NOT NULL PRIMARY KEY,
    removed        BOOLEAN     NOT NULL,
    source_version BIGINT      NOT NULL,
    as_of          TIMESTAMPTZ NOT NULL
);
