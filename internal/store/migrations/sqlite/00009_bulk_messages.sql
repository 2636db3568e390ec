-- +goose Up
-- +goose StatementBegin
-- One template for many recipients. Nobody sees a bulk that is being loaded. retry_before and retry_from say which failed messages are to be sent again.
-- There is no reference to account and template: what was sent with them outlives them.
CREATE TABLE bulk_messages (
    id text PRIMARY KEY NOT NULL,
    site text NOT NULL CHECK (site <> ''),
    title text NOT NULL CHECK (title <> ''),
    template_id text NOT NULL,
    account_id text NOT NULL,
    reason text NOT NULL,
    if_unknown text NOT NULL CHECK (if_unknown IN ('keep', 'resend', 'fail')),
    send_after datetime,
    discard_after datetime,
    status text NOT NULL CHECK (status IN ('loading', 'running', 'paused', 'cancelled')),
    total integer NOT NULL,
    created_by text NOT NULL,
    retry_before datetime,
    retry_from text,
    created_at datetime NOT NULL,
    updated_at datetime NOT NULL,
    UNIQUE (site, id)
);
CREATE INDEX bulk_messages_by_status ON bulk_messages (site, status, id);
CREATE INDEX bulk_messages_to_purge ON bulk_messages (updated_at);

-- Recipients that have not become messages yet.
CREATE TABLE bulk_recipients (
    bulk_id text NOT NULL,
    n integer NOT NULL,
    site text NOT NULL,
    recipient text NOT NULL CHECK (recipient <> ''),
    name text NOT NULL,
    reference text NOT NULL,
    composed blob NOT NULL,
    PRIMARY KEY (bulk_id, n),
    FOREIGN KEY (site, bulk_id) REFERENCES bulk_messages (site, id) ON DELETE CASCADE
);

-- The messages of a bulk that wait for their first attempt.
CREATE INDEX messages_of_bulk_fresh ON messages (site, bulk_id) WHERE bulk_id IS NOT NULL AND status = 'queued' AND attempts = 0;
CREATE INDEX messages_of_bulk_by_age ON messages (site, bulk_id, id) WHERE bulk_id IS NOT NULL;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP INDEX messages_of_bulk_by_age;
DROP INDEX messages_of_bulk_fresh;
DROP TABLE bulk_recipients;
DROP TABLE bulk_messages;
-- +goose StatementEnd
