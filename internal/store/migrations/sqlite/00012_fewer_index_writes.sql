-- +goose Up
-- +goose StatementBegin
-- filed_as is the status by which indexes know a message, and rested_at since when it has nothing to be sent. That an attempt begins changes neither, nor any other
-- column of an index: no index is touched then.
ALTER TABLE messages ADD COLUMN filed_as text GENERATED ALWAYS AS (CASE status WHEN 'sending' THEN 'queued' ELSE status END) VIRTUAL;
ALTER TABLE messages ADD COLUMN rested_at datetime GENERATED ALWAYS AS (CASE WHEN status <> 'queued' AND status <> 'sending' THEN updated_at END) VIRTUAL;
DROP INDEX messages_by_status;
DROP INDEX messages_of_bulk;
DROP INDEX messages_of_bulk_fresh;
DROP INDEX messages_to_purge;
CREATE INDEX messages_by_status ON messages (site, filed_as, id);
CREATE INDEX messages_of_bulk ON messages (site, bulk_id, filed_as, id) WHERE bulk_id IS NOT NULL;
CREATE INDEX messages_to_purge ON messages (rested_at) WHERE rested_at IS NOT NULL;

-- Most events have no key. What is past its time is found at the beginning of each feed.
DROP INDEX events_by_key;
DROP INDEX events_by_age;
CREATE UNIQUE INDEX events_by_key ON events (site, key) WHERE key IS NOT NULL;

-- A job that is leased is not to be found by those who look for one. Jobs that wait are made ready, if they have a key, or leased as they are.
DROP INDEX jobs_ready;
DROP INDEX jobs_waiting;
CREATE INDEX jobs_waiting_keyed ON jobs (queue, waits_until) WHERE waits_until IS NOT NULL AND order_key <> '';
CREATE INDEX jobs_waiting_loose ON jobs (queue, waits_until) WHERE waits_until IS NOT NULL AND order_key = '';
CREATE INDEX jobs_ready ON jobs (queue, order_key, id) WHERE parked_at IS NULL AND waits_until IS NULL AND lease IS NULL;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP INDEX jobs_waiting_keyed;
DROP INDEX jobs_waiting_loose;
CREATE INDEX jobs_waiting ON jobs (queue, waits_until) WHERE waits_until IS NOT NULL;
DROP INDEX jobs_ready;
CREATE INDEX jobs_ready ON jobs (queue, order_key, id) WHERE parked_at IS NULL AND waits_until IS NULL;
DROP INDEX events_by_key;
CREATE UNIQUE INDEX events_by_key ON events (site, key);
CREATE INDEX events_by_age ON events (created_at);
DROP INDEX messages_by_status;
DROP INDEX messages_of_bulk;
DROP INDEX messages_to_purge;
ALTER TABLE messages DROP COLUMN rested_at;
ALTER TABLE messages DROP COLUMN filed_as;
CREATE INDEX messages_by_status ON messages (site, status, id);
CREATE INDEX messages_of_bulk ON messages (site, bulk_id, status, id) WHERE bulk_id IS NOT NULL;
CREATE INDEX messages_of_bulk_fresh ON messages (site, bulk_id) WHERE bulk_id IS NOT NULL AND status = 'queued' AND attempts = 0;
CREATE INDEX messages_to_purge ON messages (updated_at) WHERE status <> 'queued' AND status <> 'sending';
-- +goose StatementEnd
