DROP TABLE event_type;
CREATE TABLE event_type (
    aggregate TEXT NOT NULL,
    name      TEXT NOT NULL,
    PRIMARY KEY (aggregate, name)
) WITHOUT ROWID;
INSERT INTO event_type SELECT DISTINCT aggregate_type, event_type FROM event_log;
