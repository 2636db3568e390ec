-- +goose Up
-- +goose StatementBegin
-- Background work. A job names what it is about by id and holds nothing else of it. It is ready, or waits until a time, or is leased by a
-- worker, or is parked; a job that is done has no row. Jobs of one order key are done one after the other, by id.
CREATE TABLE jobs (
    id           uuid        PRIMARY KEY,
    queue        text        NOT NULL CHECK (queue <> ''),
    order_key    text        COLLATE "C" NOT NULL,
    site         text        NOT NULL CHECK (site <> ''),
    subject      text        NOT NULL,
    attempt      integer     NOT NULL,
    waits_until  timestamptz,
    lease        uuid,
    leased_until timestamptz,
    parked_at    timestamptz,
    last_error   text        NOT NULL,
    created_at   timestamptz NOT NULL,
    CHECK ((lease IS NULL) = (leased_until IS NULL)),
    CHECK (lease IS NULL OR waits_until IS NULL AND parked_at IS NULL),
    CHECK (waits_until IS NULL OR parked_at IS NULL)
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
-- No id is null. But for ORDER BY id alone the planner likes to walk the primary key, past every job of other keys and states; the index that
-- has this order, in the words of the queries, leaves it no choice.
CREATE INDEX jobs_ready ON jobs (queue, order_key, id NULLS FIRST) WHERE parked_at IS NULL AND waits_until IS NULL;
CREATE INDEX jobs_leased ON jobs (queue, order_key, leased_until) WHERE lease IS NOT NULL;
CREATE INDEX jobs_waiting ON jobs (queue, waits_until) WHERE waits_until IS NOT NULL;
CREATE INDEX jobs_waiting_in_order ON jobs (queue, order_key, id NULLS FIRST) WHERE waits_until IS NOT NULL AND order_key <> '';
CREATE INDEX jobs_parked ON jobs (queue, site, id NULLS FIRST) WHERE parked_at IS NOT NULL;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP TABLE jobs;
-- +goose StatementEnd
