CREATE TABLE things (
    id    BLOB PRIMARY KEY,
    seen  INTEGER,
    small INTEGER,
    at    INTEGER,
    day   TEXT,
    doc   TEXT,
    raw   BLOB,
    said  TEXT,
    above BLOB REFERENCES things (id),
    best  INTEGER REFERENCES parts (seq)
) WITHOUT ROWID;
CREATE TABLE parts (
    seq   INTEGER PRIMARY KEY AUTOINCREMENT,
    thing BLOB NOT NULL REFERENCES things (id)
);
