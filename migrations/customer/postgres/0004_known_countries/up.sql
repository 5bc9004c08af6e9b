-- Copies of what the reference module owns, fed by its events.
CREATE TABLE known_countries (
    code           TEXT        NOT NULL PRIMARY KEY,
    -- What an address there must have.
    address        JSONB       NOT NULL,
    enabled        BOOLEAN     NOT NULL,
    source_version BIGINT      NOT NULL,
    as_of          TIMESTAMPTZ NOT NULL
);
