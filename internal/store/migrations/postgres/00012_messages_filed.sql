-- +goose Up
-- +goose StatementBegin
-- filed_as is the status by which indexes know a message, and rested_at since when it has nothing to be sent. That an attempt begins changes neither, nor any other
-- column of an index: the row is written anew within its page, and no index is touched. That needs room in the page. The table is written anew once, without the
-- indexes that go; this step and the next two are steps of their own, since whoever ends a send holds jobs, messages and events in that order.
DROP INDEX messages_by_status;
DROP INDEX messages_of_bulk;
DROP INDEX messages_of_bulk_fresh;
DROP INDEX messages_to_purge;
ALTER TABLE messages SET (fillfactor = 50),
    ADD COLUMN filed_as text GENERATED ALWAYS AS (CASE status WHEN 'sending' THEN 'queued' ELSE status END) STORED,
    ADD COLUMN rested_at timestamptz GENERATED ALWAYS AS (CASE WHEN status <> 'queued' AND status <> 'sending' THEN updated_at END) STORED;
CREATE INDEX messages_by_status ON messages (site, filed_as, id NULLS FIRST);
CREATE INDEX messages_of_bulk ON messages (site, bulk_id, filed_as, id NULLS FIRST) WHERE bulk_id IS NOT NULL;
CREATE INDEX messages_to_purge ON messages (rested_at) WHERE rested_at IS NOT NULL;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP INDEX messages_by_status;
DROP INDEX messages_of_bulk;
DROP INDEX messages_to_purge;
ALTER TABLE messages RESET (fillfactor), DROP COLUMN rested_at, DROP COLUMN filed_as;
CREATE INDEX messages_by_status ON messages (site, status, id NULLS FIRST);
CREATE INDEX messages_of_bulk ON messages (site, bulk_id, status, id NULLS FIRST) WHERE bulk_id IS NOT NULL;
CREATE INDEX messages_of_bulk_fresh ON messages (site, bulk_id) WHERE bulk_id IS NOT NULL AND status = 'queued' AND attempts = 0;
CREATE INDEX messages_to_purge ON messages (updated_at) WHERE status <> 'queued' AND status <> 'sending';
-- +goose StatementEnd
