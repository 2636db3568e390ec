-- +goose Up
-- +goose StatementBegin
-- The keys that something may be sealed under: a keyset that lacks one of them cannot serve this database. What is sealed points here, so
-- that a replica that missed a rotation cannot go on sealing under a key that is retired.
CREATE TABLE sealing_keys (
    key_id integer PRIMARY KEY NOT NULL,
    recorded_at datetime NOT NULL
);

CREATE TABLE accounts (
    id text PRIMARY KEY NOT NULL,
    site text NOT NULL CHECK (site <> ''),
    account_name text NOT NULL,
    name_key text NOT NULL,
    account_type text NOT NULL,
    status text NOT NULL CHECK (status IN ('Active', 'Inactive')),
    allow_auto_read_receipt boolean NOT NULL,
    settings text NOT NULL,
    secrets_set text NOT NULL,
    activated_at datetime,
    created_at datetime NOT NULL,
    updated_at datetime NOT NULL,
    CONSTRAINT accounts_name UNIQUE (site, name_key),
    CONSTRAINT accounts_of_site UNIQUE (site, id)
);
CREATE INDEX accounts_by_status ON accounts (site, status, id);
CREATE INDEX accounts_by_type ON accounts (site, account_type, id);
CREATE INDEX accounts_by_type_and_status ON accounts (site, account_type, status, id);
-- A search with filters reads the index past the names that do not fit, and no account of theirs.
CREATE INDEX accounts_by_name ON accounts (site, name_key, status, account_type);

-- What webhooks name an account by, and what must be unique within a site.
CREATE TABLE account_identifiers (
    account_id text NOT NULL,
    field text NOT NULL,
    site text NOT NULL,
    account_type text NOT NULL,
    value text NOT NULL,
    exclusive boolean NOT NULL,
    PRIMARY KEY (account_id, field),
    FOREIGN KEY (site, account_id) REFERENCES accounts (site, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX account_identifiers_exclusive ON account_identifiers (site, account_type, field, value) WHERE exclusive;
CREATE INDEX account_identifiers_by_value ON account_identifiers (account_type, field, value);

-- Sealed secrets. slot is 'current', or 'previous' for a replaced one that is still valid; digest serves look-ups.
CREATE TABLE account_secrets (
    account_id text NOT NULL,
    field text NOT NULL,
    slot text NOT NULL CHECK (slot IN ('current', 'previous')),
    site text NOT NULL,
    sealed blob NOT NULL,
    key_id integer NOT NULL REFERENCES sealing_keys,
    digest blob,
    valid_until datetime,
    PRIMARY KEY (account_id, field, slot),
    CHECK ((slot = 'previous') = (valid_until IS NOT NULL)),
    FOREIGN KEY (site, account_id) REFERENCES accounts (site, id) ON DELETE CASCADE
);
CREATE INDEX account_secrets_by_digest ON account_secrets (digest) WHERE digest IS NOT NULL;
CREATE INDEX account_secrets_by_key ON account_secrets (key_id, account_id, field, slot);
CREATE INDEX account_secrets_by_end ON account_secrets (valid_until) WHERE valid_until IS NOT NULL;

-- One row per site and direction: "only one default" is the primary key. A null pointer means that nobody holds it.
CREATE TABLE designations (
    site text NOT NULL CHECK (site <> ''),
    direction text NOT NULL CHECK (direction IN ('outgoing', 'incoming')),
    account_id text,
    PRIMARY KEY (site, direction),
    FOREIGN KEY (site, account_id) REFERENCES accounts (site, id)
);
CREATE INDEX designations_by_account ON designations (account_id);

-- History outlives the account, so there is no foreign key.
CREATE TABLE account_history (
    id text PRIMARY KEY NOT NULL,
    site text NOT NULL CHECK (site <> ''),
    account_id text NOT NULL,
    at datetime NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    changes text NOT NULL,
    request_id text NOT NULL
);
CREATE INDEX account_history_of_account ON account_history (site, account_id, id);
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP TABLE account_history;
DROP TABLE designations;
DROP TABLE account_secrets;
DROP TABLE account_identifiers;
DROP TABLE accounts;
DROP TABLE sealing_keys;
-- +goose StatementEnd
