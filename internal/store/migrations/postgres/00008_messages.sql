-- +goose Up
-- +goose StatementBegin
-- Messages that callers asked to be sent. What they wrote is kept as they wrote it, which need not be what jsonb can hold.
-- There is no reference to the account: what was sent with it outlives it.
CREATE TABLE messages (
    id             uuid        PRIMARY KEY,
    site           text        NOT NULL CHECK (site <> ''),
    account_id     uuid        NOT NULL,
    reason         text        NOT NULL,
    template_id    uuid,
    bulk_id        uuid,
    recipient_kind text        NOT NULL CHECK (recipient_kind IN ('phone', 'user', 'group')),
    recipient      text        NOT NULL CHECK (recipient <> ''),
    type           text        NOT NULL,
    content        bytea,
    composed       bytea,
    reply_to       text        NOT NULL,
    reference      text        NOT NULL,
    if_unknown     text        NOT NULL CHECK (if_unknown IN ('keep', 'resend', 'fail')),
    send_after     timestamptz,
    discard_after  timestamptz,
    status         text        NOT NULL CHECK (status IN ('queued', 'sending', 'unknown', 'accepted', 'sent', 'delivered', 'read', 'failed', 'cancelled', 'discarded')),
    provider_id    text,
    attempts       integer     NOT NULL,
    problem        bytea,
    timeline       bytea       NOT NULL,
    paced_until    timestamptz,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL
);
CREATE INDEX messages_by_age ON messages (site, id NULLS FIRST);
CREATE INDEX messages_by_status ON messages (site, status, id NULLS FIRST);
CREATE INDEX messages_of_account ON messages (site, account_id, id NULLS FIRST);
CREATE INDEX messages_by_recipient ON messages (site, recipient, id NULLS FIRST);
CREATE INDEX messages_by_reference ON messages (site, reference, id NULLS FIRST) WHERE reference <> '';
CREATE INDEX messages_of_bulk ON messages (site, bulk_id, status, id NULLS FIRST) WHERE bulk_id IS NOT NULL;
CREATE INDEX messages_by_provider_id ON messages (account_id, provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX messages_to_purge ON messages (updated_at) WHERE status <> 'queued' AND status <> 'sending';

-- The next free place in the pace of an account, in microseconds since 1970, for every process that sends.
CREATE TABLE message_pace (
    account_id uuid   PRIMARY KEY,
    site       text   NOT NULL,
    next_at    bigint NOT NULL,
    FOREIGN KEY (site, account_id) REFERENCES accounts (site, id) ON DELETE CASCADE
);
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP TABLE message_pace;
DROP TABLE messages;
-- +goose StatementEnd
