-- +goose Up
-- +goose StatementBegin
-- When it was an account's turn to be checked with its provider. It is no part of the account as callers see it.
ALTER TABLE accounts ADD COLUMN checked_at datetime;
CREATE INDEX accounts_to_check ON accounts (COALESCE(checked_at, created_at)) WHERE status = 'Active';
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP INDEX accounts_to_check;
ALTER TABLE accounts DROP COLUMN checked_at;
-- +goose StatementEnd
