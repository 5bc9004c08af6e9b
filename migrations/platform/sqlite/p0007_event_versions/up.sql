-- In which versions, too.
DROP TABLE event_type;
CREATE TABLE event_type (
    aggregate      TEXT    NOT NULL,
    name           TEXT    NOT NULL,
    schema_version INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (aggregate, name, schema_version)
) WITHOUT ROWID;
INSERT INTO event_type SELECT DISTINCT aggregate_type, event_type, schema_version FROM event_log;
