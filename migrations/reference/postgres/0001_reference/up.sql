CREATE TABLE countries (
    -- ISO 3166-1 alpha-2.
    code       TEXT        NOT NULL PRIMARY KEY,
    alpha3     TEXT        NOT NULL,
    name       TEXT        NOT NULL,
    -- What an address there must have.
    address    JSONB       NOT NULL,
    -- The shop's own decision: no start changes it.
    enabled    BOOLEAN     NOT NULL,
    version    BIGINT      NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT countries_version_positive CHECK (version >= 1)
);

CREATE TABLE currencies (
    -- ISO 4217.
    code       TEXT        NOT NULL PRIMARY KEY,
    name       TEXT        NOT NULL,
    exponent   INTEGER     NOT NULL,
    version    BIGINT      NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT currencies_exponent_known CHECK (exponent IN (0, 2, 3)),
    CONSTRAINT currencies_version_positive CHECK (version >= 1)
);

-- A removed category keeps its row: its code stays taken, and its versions go on should it come back.
CREATE TABLE categories (
    code       TEXT        NOT NULL PRIMARY KEY,
    title      TEXT        NOT NULL,
    parent     TEXT        REFERENCES categories (code),
    position   INTEGER     NOT NULL,
    removed    BOOLEAN     NOT NULL,
    version    BIGINT      NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT categories_not_below_itself CHECK (parent <> code),
    CONSTRAINT categories_position_not_negative CHECK (position >= 0),
    CONSTRAINT categories_version_positive CHECK (version >= 1)
);

CREATE TABLE tax_categories (
    code       TEXT        NOT NULL PRIMARY KEY,
    title      TEXT        NOT NULL,
    version    BIGINT      NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT tax_categories_version_positive CHECK (version >= 1)
);

-- One row, which whoever changes the tree locks, and which says when the shop got what it began with.
CREATE TABLE taxonomy (
    one        INTEGER     NOT NULL PRIMARY KEY CHECK (one = 1),
    planted_at TIMESTAMPTZ
);
INSERT INTO taxonomy (one, planted_at) VALUES (1, NULL);
