-- Work that crosses modules, from its first durable effect until its outcome is known; then the row goes.
CREATE TABLE saga (
    id          BLOB    PRIMARY KEY,
    name        TEXT    NOT NULL,
    -- Whom it is for: what it is listed by.
    party       BLOB,
    state       TEXT    NOT NULL CHECK (state = 'running' OR state = 'waiting' OR state = 'stuck'),
    -- Rises with every owner. Whoever writes under an older one writes nothing.
    epoch       INTEGER NOT NULL,
    -- When it is anybody's, unless it is stuck.
    lease_until INTEGER NOT NULL,
    -- Something it may wait for happened while somebody was at work on it.
    woken       INTEGER NOT NULL,
    -- How often in a row it got no further, and why.
    attempts    INTEGER NOT NULL,
    last_error  TEXT,
    data        TEXT    NOT NULL
);
CREATE INDEX saga_lease_until_idx ON saga (lease_until);
