-- +goose Up
-- +goose StatementBegin
-- A job that is leased is not to be found by those who look for one. Of those that wait the ones with a key are made ready, and the others leased as they are.
DROP INDEX jobs_ready;
DROP INDEX jobs_waiting;
CREATE INDEX jobs_ready ON jobs (queue, order_key, id NULLS FIRST) WHERE parked_at IS NULL AND waits_until IS NULL AND lease IS NULL;
CREATE INDEX jobs_waiting_keyed ON jobs (queue, waits_until) WHERE waits_until IS NOT NULL AND order_key <> '';
CREATE INDEX jobs_waiting_loose ON jobs (queue, waits_until) WHERE waits_until IS NOT NULL AND order_key = '';
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP INDEX jobs_waiting_loose;
DROP INDEX jobs_waiting_keyed;
DROP INDEX jobs_ready;
CREATE INDEX jobs_ready ON jobs (queue, order_key, id NULLS FIRST) WHERE parked_at IS NULL AND waits_until IS NULL;
CREATE INDEX jobs_waiting ON jobs (queue, waits_until) WHERE waits_until IS NOT NULL;
-- +goose StatementEnd
