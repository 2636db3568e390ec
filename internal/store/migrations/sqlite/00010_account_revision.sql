-- +goose Up
-- +goose StatementBegin
-- Which state of the accounts this is, as far as webhooks are proved by them. What was found true at a revision is true as long as the revision is
-- the same, but for secrets that end by their time. It is drawn, not counted: a file that was put back, or was set up anew, never comes back to one.
CREATE TABLE account_revision (
    only_row boolean PRIMARY KEY NOT NULL DEFAULT 1 CHECK (only_row),
    revision text NOT NULL
);
INSERT INTO account_revision (revision) VALUES (hex(randomblob(16)));

CREATE TRIGGER accounts_revise_insert AFTER INSERT ON accounts BEGIN UPDATE account_revision SET revision = hex(randomblob(16)); END;
CREATE TRIGGER accounts_revise_delete AFTER DELETE ON accounts BEGIN UPDATE account_revision SET revision = hex(randomblob(16)); END;
CREATE TRIGGER accounts_revise_update AFTER UPDATE ON accounts WHEN OLD.id <> NEW.id OR OLD.account_type <> NEW.account_type OR OLD.status <> NEW.status BEGIN UPDATE account_revision SET revision = hex(randomblob(16)); END;
CREATE TRIGGER account_identifiers_revise_insert AFTER INSERT ON account_identifiers BEGIN UPDATE account_revision SET revision = hex(randomblob(16)); END;
CREATE TRIGGER account_identifiers_revise_update AFTER UPDATE ON account_identifiers BEGIN UPDATE account_revision SET revision = hex(randomblob(16)); END;
CREATE TRIGGER account_identifiers_revise_delete AFTER DELETE ON account_identifiers BEGIN UPDATE account_revision SET revision = hex(randomblob(16)); END;
CREATE TRIGGER account_secrets_revise_insert AFTER INSERT ON account_secrets BEGIN UPDATE account_revision SET revision = hex(randomblob(16)); END;
CREATE TRIGGER account_secrets_revise_update AFTER UPDATE ON account_secrets BEGIN UPDATE account_revision SET revision = hex(randomblob(16)); END;
CREATE TRIGGER account_secrets_revise_delete AFTER DELETE ON account_secrets BEGIN UPDATE account_revision SET revision = hex(randomblob(16)); END;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP TRIGGER account_secrets_revise_delete;
DROP TRIGGER account_secrets_revise_update;
DROP TRIGGER account_secrets_revise_insert;
DROP TRIGGER account_identifiers_revise_delete;
DROP TRIGGER account_identifiers_revise_update;
DROP TRIGGER account_identifiers_revise_insert;
DROP TRIGGER accounts_revise_update;
DROP TRIGGER accounts_revise_delete;
DROP TRIGGER accounts_revise_insert;
DROP TABLE account_revision;
-- +goose StatementEnd
