-- Those who can log in. A customer's id is the customer module's.
CREATE TABLE principals (
    id                  UUID        NOT NULL PRIMARY KEY,
    kind                TEXT        NOT NULL,
    -- What they log in with, and where letters go.
    email               TEXT        NOT NULL,
    -- The email in lower case: one customer and one member of staff each.
    email_key           TEXT        NOT NULL,
    -- Of staff; what customers are called is the customer module's.
    name                TEXT,
    status              TEXT        NOT NULL,
    -- A PHC string; none before an invitation is taken up.
    password            TEXT,
    version             BIGINT      NOT NULL,
    created_at          TIMESTAMPTZ NOT NULL,
    updated_at          TIMESTAMPTZ NOT NULL,
    CONSTRAINT principals_email_unique UNIQUE (kind, email_key),
    CONSTRAINT principals_kind CHECK (kind IN ('customer', 'staff')),
    CONSTRAINT principals_status CHECK (status IN ('active', 'disabled')),
    CONSTRAINT principals_version_positive CHECK (version >= 1)
);

CREATE TABLE roles (
    code        TEXT        NOT NULL PRIMARY KEY,
    title       TEXT        NOT NULL,
    permissions JSONB       NOT NULL,
    -- Allows everything, also what later versions add; cannot be changed.
    fixed       BOOLEAN     NOT NULL,
    version     BIGINT      NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL,
    CONSTRAINT roles_version_positive CHECK (version >= 1)
);

CREATE TABLE role_grants (
    principal_id UUID        NOT NULL REFERENCES principals (id),
    role         TEXT        NOT NULL REFERENCES roles (code),
    PRIMARY KEY (principal_id, role)
);
CREATE INDEX role_grants_role_idx ON role_grants (role);

-- From a login until its end; then the row goes.
CREATE TABLE sessions (
    id                 UUID        NOT NULL PRIMARY KEY,
    principal_id       UUID        NOT NULL REFERENCES principals (id),
    access_digest      BYTEA       NOT NULL,
    access_expires_at  TIMESTAMPTZ NOT NULL,
    refresh_digest     BYTEA       NOT NULL,
    refresh_expires_at TIMESTAMPTZ NOT NULL,
    refreshed_at       TIMESTAMPTZ NOT NULL,
    -- However often it is refreshed.
    ends_at            TIMESTAMPTZ NOT NULL,
    created_at         TIMESTAMPTZ NOT NULL,
    address            TEXT
);
CREATE INDEX sessions_principal_id_idx ON sessions (principal_id, id);
CREATE INDEX sessions_refresh_expires_at_idx ON sessions (refresh_expires_at);

-- Refresh tokens that have been used: one that comes back was stolen, or was stolen from.
CREATE TABLE spent_refresh_tokens (
    digest     BYTEA       NOT NULL PRIMARY KEY,
    session_id UUID        NOT NULL REFERENCES sessions (id),
    spent_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX spent_refresh_tokens_session_id_idx ON spent_refresh_tokens (session_id);

CREATE TABLE api_keys (
    id         UUID        NOT NULL PRIMARY KEY,
    name       TEXT        NOT NULL,
    digest     BYTEA       NOT NULL,
    scopes     JSONB       NOT NULL,
    created_by TEXT        NOT NULL,
    expires_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ,
    version    BIGINT      NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT api_keys_version_positive CHECK (version >= 1)
);

-- Mails that are to prove an address. The row goes when its secret was given back.
CREATE TABLE letters (
    id           UUID        NOT NULL PRIMARY KEY,
    purpose      TEXT        NOT NULL,
    email        TEXT        NOT NULL,
    -- Whose password may be set; none while there is no account.
    principal_id UUID        REFERENCES principals (id),
    -- The account as it will be, where it is only asked for.
    account      JSONB,
    -- Of the newest secret, once one was sent.
    digest       BYTEA,
    expires_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX letters_expires_at_idx ON letters (expires_at);

-- How often something was tried that is not to be tried often.
CREATE TABLE attempts (
    -- A digest: of an account, an address.
    subject  BYTEA       NOT NULL PRIMARY KEY,
    -- Of late: microseconds since 1970, eight bytes each, oldest first.
    times    BYTEA       NOT NULL,
    last_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX attempts_last_at_idx ON attempts (last_at);

-- Who did what to whom. Only ever appended to; each entry's digest covers the one before.
CREATE TABLE audit_log (
    seq        BIGINT      NOT NULL PRIMARY KEY,
    at         TIMESTAMPTZ NOT NULL,
    actor      TEXT        NOT NULL,
    action     TEXT        NOT NULL,
    target     TEXT        NOT NULL,
    detail     TEXT        NOT NULL,
    address    TEXT,
    request_id TEXT        NOT NULL,
    digest     BYTEA       NOT NULL
);

-- One row, made with the first entry: where the log ends, and what is locked to append to it.
CREATE TABLE audit_head (
    id     INT         NOT NULL PRIMARY KEY CHECK (id = 1),
    seq    BIGINT      NOT NULL,
    digest BYTEA       NOT NULL
);
