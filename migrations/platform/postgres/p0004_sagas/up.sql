-- Work that crosses modules, from its first durable effect until its outcome is known; then the row goes.
CREATE TABLE saga (
    id          UUID        PRIMARY KEY,
    name        TEXT        NOT NULL,
    -- Whom it is for: what it is listed by.
    party       UUID,
    state       TEXT        NOT NULL CHECK (state IN ('running', 'waiting', 'stuck')),
    -- Rises with every owner. Whoever writes under an older one writes nothing.
    epoch       BIGINT      NOT NULL,
    -- When it is anybody's, unless it is stuck.
    lease_until TIMESTAMPTZ NOT NULL,
    -- Something it may wait for happened while somebody was at work on it.
    woken       BOOLEAN     NOT NULL,
    -- How often in a row it got no further, and why.
    attempts    INT         NOT NULL,
    last_error  TEXT,
    data        JSONB       NOT NULL
);
CREATE INDEX saga_lease_until_idx ON saga (lease_until);
