-- Calls to the outside world that this module's transactions decided on, and what became of them.
CREATE TABLE effect (
    id       BLOB    PRIMARY KEY,
    kind     TEXT    NOT NULL,
    -- The same at every attempt, so that whoever is called can tell a repetition.
    key      TEXT    NOT NULL,
    payload  TEXT    NOT NULL,
    state    TEXT    NOT NULL CHECK (
        state = 'waiting' OR state = 'done' OR state = 'dead' OR state = 'discarded'),
    -- While it waits: not to be tried before then. An attempt puts it to the end of its lease.
    due_at   INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    -- The attempt under way, which alone may say what became of it.
    attempt  BLOB,
    error    TEXT,
    -- Why and by whom it was discarded.
    note     TEXT,
    actor    TEXT,
    at       INTEGER NOT NULL,
    UNIQUE (kind, key)
);
CREATE INDEX effect_due_idx ON effect (state, kind, due_at);
CREATE INDEX effect_state_idx ON effect (state, id);
