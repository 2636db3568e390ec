-- +goose Up
-- +goose StatementBegin
-- How far each site's feed has come. Whoever appends holds the row until it commits, so positions become visible in their order.
CREATE TABLE event_feeds (
    site text   PRIMARY KEY CHECK (site <> ''),
    last bigint NOT NULL
);

-- What a webhook item said is kept as it came, which need not be what jsonb can hold. key is what an event is told apart by; null is never the same.
CREATE TABLE events (
    site            text        NOT NULL CHECK (site <> ''),
    position        bigint      NOT NULL,
    id              uuid        NOT NULL,
    type            text        NOT NULL,
    account_id      uuid,
    key             bytea,
    read_receipt_id uuid,
    created_at      timestamptz NOT NULL,
    data            bytea       NOT NULL,
    PRIMARY KEY (site, position)
);
CREATE UNIQUE INDEX events_by_key ON events (site, key);
CREATE UNIQUE INDEX events_by_id ON events (site, id);
CREATE INDEX events_by_type ON events (site, type, position);
CREATE INDEX events_of_account ON events (site, account_id, position);
CREATE INDEX events_by_age ON events (created_at);

-- What was acknowledged to a provider. proved lists the accounts, of any site, that it speaks for; unhandled counts those whose turn has not come.
-- signature is kept where it is no secret, so that an account that is entered later can still be proved.
CREATE TABLE webhook_receipts (
    id           uuid        PRIMARY KEY,
    account_type text        NOT NULL,
    dedupe       bytea       NOT NULL,
    confined     boolean     NOT NULL,
    proved       jsonb       NOT NULL,
    signature    text        NOT NULL,
    body         bytea       NOT NULL,
    received_at  timestamptz NOT NULL,
    unhandled    integer     NOT NULL,
    CONSTRAINT webhook_receipts_once UNIQUE (dedupe)
);
CREATE INDEX webhook_receipts_by_age ON webhook_receipts (received_at) WHERE unhandled = 0;

-- How far a message that was sent has come.
CREATE TABLE message_states (
    account_id uuid        NOT NULL,
    message_id text        NOT NULL,
    site       text        NOT NULL CHECK (site <> ''),
    state      text        NOT NULL,
    rank       integer     NOT NULL,
    errors     bytea,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, message_id)
);
CREATE INDEX message_states_by_age ON message_states (updated_at);

-- One automatic read receipt for each message.
CREATE TABLE read_receipts (
    id         uuid        PRIMARY KEY,
    site       text        NOT NULL CHECK (site <> ''),
    account_id uuid        NOT NULL,
    message_id text        NOT NULL,
    ref        bytea       NOT NULL,
    state      text        NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'cancelled')),
    detail     text        NOT NULL,
    at         timestamptz NOT NULL,
    CONSTRAINT read_receipts_once UNIQUE (account_id, message_id)
);
CREATE INDEX read_receipts_by_age ON read_receipts (at);

-- When the next read receipt of a number may go, for every process that sends them.
CREATE TABLE read_receipt_pace (
    account_id uuid        PRIMARY KEY,
    site       text        NOT NULL,
    next_at    timestamptz NOT NULL,
    FOREIGN KEY (site, account_id) REFERENCES accounts (site, id) ON DELETE CASCADE
);

-- What the provider last told us of an account.
CREATE TABLE account_health (
    account_id uuid  PRIMARY KEY,
    site       text  NOT NULL,
    facts      bytea NOT NULL,
    FOREIGN KEY (site, account_id) REFERENCES accounts (site, id) ON DELETE CASCADE
);
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP TABLE account_health;
DROP TABLE read_receipt_pace;
DROP TABLE read_receipts;
DROP TABLE message_states;
DROP TABLE webhook_receipts;
DROP TABLE events;
DROP TABLE event_feeds;
-- +goose StatementEnd
