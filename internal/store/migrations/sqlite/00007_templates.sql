-- +goose Up
-- +goose StatementBegin
-- Message templates. home is what a template belongs to at its provider: a name and a language are there once, whichever account was first to show it.
-- An account that has templates cannot be deleted: the reference refuses it.
CREATE TABLE templates (
    id text PRIMARY KEY NOT NULL,
    site text NOT NULL CHECK (site <> ''),
    account_id text NOT NULL,
    account_type text NOT NULL,
    home text NOT NULL CHECK (home <> ''),
    label text NOT NULL,
    name text NOT NULL,
    language text NOT NULL,
    category text NOT NULL,
    content text NOT NULL,
    status text NOT NULL CHECK (status <> ''),
    reason text NOT NULL,
    quality text NOT NULL,
    provider_id text NOT NULL,
    at_provider text,
    told_at datetime,
    submitted_at datetime,
    synced_at datetime,
    created_at datetime NOT NULL,
    updated_at datetime NOT NULL,
    CONSTRAINT templates_once UNIQUE (site, account_type, home, name, language),
    FOREIGN KEY (site, account_id) REFERENCES accounts (site, id)
);
CREATE INDEX templates_by_age ON templates (site, id);
CREATE INDEX templates_by_status ON templates (site, status, id);
CREATE INDEX templates_by_name ON templates (site, name, id);
CREATE INDEX templates_of_account ON templates (site, account_id, id);

-- When it was an account's turn to have its templates synced.
ALTER TABLE accounts ADD COLUMN templates_turn_at datetime;
CREATE INDEX accounts_to_sync ON accounts (COALESCE(templates_turn_at, created_at)) WHERE status = 'Active';
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP INDEX accounts_to_sync;
ALTER TABLE accounts DROP COLUMN templates_turn_at;
DROP TABLE templates;
-- +goose StatementEnd
