-- +goose Up
-- +goose StatementBegin
CREATE TABLE api_keys (
    id text PRIMARY KEY NOT NULL,
    site text NOT NULL CHECK (site <> ''),
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('system_manager', 'service', 'viewer')),
    key_hash blob NOT NULL,
    hint text NOT NULL,
    created_at datetime NOT NULL,
    last_used_at datetime,
    revoked_at datetime,
    CONSTRAINT api_keys_hash UNIQUE (key_hash)
);
CREATE INDEX api_keys_of_site ON api_keys (site, id);

-- A claim has no answer yet; what it answered is sealed, since a later answer may hold a secret that is shown once.
-- The fingerprint is of the key at the claim; another may have been promoted by the time of the answer.
CREATE TABLE idempotency_keys (
    api_key_id text NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    idempotency_key text NOT NULL,
    claim text NOT NULL,
    fingerprint blob NOT NULL,
    key_id integer NOT NULL REFERENCES sealing_keys,
    answer blob,
    answer_key_id integer REFERENCES sealing_keys,
    expires_at datetime NOT NULL,
    PRIMARY KEY (api_key_id, method, path, idempotency_key)
);
CREATE INDEX idempotency_keys_by_end ON idempotency_keys (expires_at);
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP TABLE idempotency_keys;
DROP TABLE api_keys;
-- +goose StatementEnd
