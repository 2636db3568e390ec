-- +goose Up
-- +goose StatementBegin
-- Most events have no key. What is past its time is found at the beginning of each feed.
DROP INDEX events_by_key;
DROP INDEX events_by_age;
CREATE UNIQUE INDEX events_by_key ON events (site, key) WHERE key IS NOT NULL;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP INDEX events_by_key;
CREATE UNIQUE INDEX events_by_key ON events (site, key);
CREATE INDEX events_by_age ON events (created_at);
-- +goose StatementEnd
