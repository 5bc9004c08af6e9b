CREATE TABLE things (
    id    UUID PRIMARY KEY,
    seen  BOOLEAN,
    small INT,
    at    TIMESTAMPTZ,
    day   DATE,
    doc   JSONB,
    raw   BYTEA,
    said  TEXT,
    above UUID REFERENCES things (id)
);
CREATE TABLE parts (
    seq   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    thing UUID NOT NULL REFERENCES things (id)
);
ALTER TABLE things ADD COLUMN best BIGINT REFERENCES parts (seq);
