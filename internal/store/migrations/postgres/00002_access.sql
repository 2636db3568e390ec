-- +goose Up
-- +goose StatementBegin
CREATE TABLE api_keys (
    id           uuid        PRIMARY KEY,
    site         text        NOT NULL CHECK (site <> ''),
    name         text        NOT NULL,
    role         text        NOT NULL CHECK (role IN ('system_manager', 'service', 'viewer')),
    key_hash     bytea       NOT NULL,
    hint         text        NOT NULL,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at   timestamptz,
    CONSTRAINT api_keys_hash UNIQUE (key_hash)
);
CREATE INDEX api_keys_of_site ON api_keys (site, id);

-- A claim has no answer yet; what it answered is sealed, since a later answer may hold a secret that is shown once.
-- The fingerprint is of the key at the claim; another may have been promoted by the time of the answer.
CREATE TABLE idempotency_keys (
    api_key_id      uuid        NOT NULL,
    method          text        NOT NULL,
    path            text        NOT NULL,
    idempotency_key text        NOT NULL,
    claim           uuid        NOT NULL,
    fingerprint     bytea       NOT NULL,
    key_id          bigint      NOT NULL REFERENCES sealing_keys,
    answer          bytea,
    answer_key_id   bigint REFERENCES sealing_keys,
    expires_at      timestamptz NOT NULL,
    PRIMARY KEY (api_key_id, method, path, idempotency_key)
);
CREATE INDEX idempotency_keys_by_end ON idempotency_keys (expires_at);
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP TABLE idempotency_keys;
DROP TABLE api_keys;
-- +goose StatementEnd
