-- +goose Up
-- +goose StatementBegin
-- Background work. A job names what it is about by id and holds nothing else of it. It is ready, or waits until a time, or is leased by a
-- worker, or is parked; a job that is done has no row. Jobs of one order key are done one after the other, by id.
CREATE TABLE jobs (
    id text PRIMARY KEY NOT NULL,
    queue text NOT NULL CHECK (queue <> ''),
    order_key text NOT NULL,
    site text NOT NULL CHECK (site <> ''),
    subject text NOT NULL,
    attempt integer NOT NULL,
    waits_until datetime,
    lease text,
    leased_until datetime,
    parked_at datetime,
    last_error text NOT NULL,
    created_at datetime NOT NULL,
    CHECK ((lease IS NULL) = (leased_until IS NULL)),
    CHECK (lease IS NULL OR waits_until IS NULL AND parked_at IS NULL),
    CHECK (waits_until IS NULL OR parked_at IS NULL)
);
CREATE INDEX jobs_ready ON jobs (queue, order_key, id) WHERE parked_at IS NULL AND waits_until IS NULL;
CREATE INDEX jobs_leased ON jobs (queue, order_key, leased_until) WHERE lease IS NOT NULL;
CREATE INDEX jobs_waiting ON jobs (queue, waits_until) WHERE waits_until IS NOT NULL;
CREATE INDEX jobs_waiting_in_order ON jobs (queue, order_key, id) WHERE waits_until IS NOT NULL AND order_key <> '';
CREATE INDEX jobs_parked ON jobs (queue, site, id) WHERE parked_at IS NOT NULL;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP TABLE jobs;
-- +goose StatementEnd
