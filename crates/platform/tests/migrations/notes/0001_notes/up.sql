-- Without a text: a note that was taken away, whose version still counts.
CREATE TABLE notes (name TEXT PRIMARY KEY, text TEXT, version BIGINT NOT NULL);
-- Whether this module is the owner of the notes; `turn` counts how often they have changed hands.
CREATE TABLE home (one INTEGER PRIMARY KEY CHECK (one = 1), owns INTEGER NOT NULL, turn BIGINT NOT NULL);
INSERT INTO home (one, owns, turn) VALUES (1, 0, 0);
