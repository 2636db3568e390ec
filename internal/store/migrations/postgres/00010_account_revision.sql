-- +goose Up
-- +goose StatementBegin
-- Which state of the accounts this is, as far as webhooks are proved by them. What was found true at a revision is true as long as the revision is
-- the same, but for secrets that end by their time. It is drawn, not counted: a database that has lost commits, or was set up anew, never comes back to one.
CREATE TABLE account_revision (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    revision uuid    NOT NULL
);
INSERT INTO account_revision (revision) VALUES (gen_random_uuid());

-- Once in a transaction, and at its end: whoever waits for the row holds everything else already, so that no two wait for each other.
CREATE FUNCTION revise_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF COALESCE(current_setting('whatsapp_accounts.revised', true), '') = '' THEN
        EXECUTE format('UPDATE %I.account_revision SET revision = gen_random_uuid() WHERE only_row', TG_TABLE_SCHEMA);
        PERFORM set_config('whatsapp_accounts.revised', 'yes', true);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER revise AFTER INSERT OR DELETE ON accounts
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION revise_accounts();
CREATE CONSTRAINT TRIGGER revise_when_changed AFTER UPDATE ON accounts
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.id <> NEW.id OR OLD.account_type <> NEW.account_type OR OLD.status <> NEW.status) EXECUTE FUNCTION revise_accounts();
CREATE CONSTRAINT TRIGGER revise AFTER INSERT OR UPDATE OR DELETE ON account_identifiers
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION revise_accounts();
CREATE CONSTRAINT TRIGGER revise AFTER INSERT OR UPDATE OR DELETE ON account_secrets
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION revise_accounts();
CREATE TRIGGER revise_when_emptied AFTER TRUNCATE ON accounts FOR EACH STATEMENT EXECUTE FUNCTION revise_accounts();
CREATE TRIGGER revise_when_emptied AFTER TRUNCATE ON account_identifiers FOR EACH STATEMENT EXECUTE FUNCTION revise_accounts();
CREATE TRIGGER revise_when_emptied AFTER TRUNCATE ON account_secrets FOR EACH STATEMENT EXECUTE FUNCTION revise_accounts();
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP TRIGGER revise ON accounts;
DROP TRIGGER revise_when_changed ON accounts;
DROP TRIGGER revise_when_emptied ON accounts;
DROP TRIGGER revise ON account_identifiers;
DROP TRIGGER revise_when_emptied ON account_identifiers;
DROP TRIGGER revise ON account_secrets;
DROP TRIGGER revise_when_emptied ON account_secrets;
DROP FUNCTION revise_accounts();
DROP TABLE account_revision;
-- +goose StatementEnd
