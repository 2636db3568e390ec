-- +goose Up
-- +goose StatementBegin
-- When those who were sent several messages from one account within a while may be sent as many at once as ever, in microseconds since 1970, for every process that sends.
CREATE TABLE message_pairs (
    account_id     uuid   NOT NULL,
    recipient_kind text   NOT NULL,
    recipient      text   NOT NULL CHECK (recipient <> ''),
    site           text   NOT NULL,
    rest_at        bigint NOT NULL,
    PRIMARY KEY (account_id, recipient_kind, recipient),
    FOREIGN KEY (site, account_id) REFERENCES accounts (site, id) ON DELETE CASCADE
);
CREATE INDEX message_pairs_at_rest ON message_pairs (rest_at);
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP TABLE message_pairs;
-- +goose StatementEnd
