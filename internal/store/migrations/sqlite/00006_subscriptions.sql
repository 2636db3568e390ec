-- +goose Up
-- +goose StatementBegin
-- To whom a site's events are posted. position is how far into the feed of the site deliveries have been made. What follows updated_at is of couriers: how
-- deliveries have gone lately, and who is at it. One that is deleted is seen by nobody and goes once its deliveries are gone.
CREATE TABLE subscriptions (
    id text PRIMARY KEY NOT NULL,
    site text NOT NULL CHECK (site <> ''),
    url text NOT NULL,
    event_types text NOT NULL,
    description text NOT NULL,
    status text NOT NULL CHECK (status IN ('enabled', 'disabled', 'deleted')),
    disabled_reason text NOT NULL,
    disabled_at datetime,
    secret_set_at datetime NOT NULL,
    created_at datetime NOT NULL,
    updated_at datetime NOT NULL,
    position integer NOT NULL,
    failures integer NOT NULL,
    failing_since datetime,
    failed_at datetime,
    pauses integer NOT NULL,
    paused_until datetime,
    served_at datetime NOT NULL,
    lease text,
    leased_until datetime,
    CONSTRAINT subscriptions_of_site UNIQUE (site, id),
    CHECK ((lease IS NULL) = (leased_until IS NULL)),
    CHECK (status = 'deleted' OR (status = 'disabled') = (disabled_at IS NOT NULL))
);
CREATE INDEX subscriptions_by_turn ON subscriptions (served_at) WHERE status = 'enabled';
CREATE INDEX subscriptions_deleted ON subscriptions (id) WHERE status = 'deleted';

-- Sealed signing secrets. slot is 'current', or 'previous' for a replaced one that still signs.
CREATE TABLE subscription_secrets (
    subscription_id text NOT NULL,
    slot text NOT NULL CHECK (slot IN ('current', 'previous')),
    site text NOT NULL,
    sealed blob NOT NULL,
    key_id integer NOT NULL REFERENCES sealing_keys,
    valid_until datetime,
    PRIMARY KEY (subscription_id, slot),
    CHECK ((slot = 'previous') = (valid_until IS NOT NULL)),
    FOREIGN KEY (site, subscription_id) REFERENCES subscriptions (site, id) ON DELETE CASCADE
);
CREATE INDEX subscription_secrets_by_key ON subscription_secrets (key_id, subscription_id, slot);
CREATE INDEX subscription_secrets_by_end ON subscription_secrets (valid_until) WHERE valid_until IS NOT NULL;

-- One event on its way to one subscriber, or what became of it. The event itself is in the feed.
CREATE TABLE subscription_deliveries (
    id text PRIMARY KEY NOT NULL,
    site text NOT NULL,
    subscription_id text NOT NULL,
    event_id text NOT NULL,
    event_type text NOT NULL,
    status text NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed')),
    tries integer NOT NULL,
    attempts text NOT NULL,
    next_at datetime,
    created_at datetime NOT NULL,
    finished_at datetime,
    CHECK ((status = 'pending') = (next_at IS NOT NULL)),
    CHECK ((status = 'pending') = (finished_at IS NULL)),
    FOREIGN KEY (site, subscription_id) REFERENCES subscriptions (site, id) ON DELETE CASCADE
);
CREATE INDEX subscription_deliveries_log ON subscription_deliveries (subscription_id, id);
CREATE INDEX subscription_deliveries_by_status ON subscription_deliveries (subscription_id, status, id);
CREATE INDEX subscription_deliveries_due ON subscription_deliveries (subscription_id, next_at) WHERE status = 'pending';
CREATE INDEX subscription_deliveries_by_age ON subscription_deliveries (finished_at) WHERE finished_at IS NOT NULL;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DROP TABLE subscription_deliveries;
DROP TABLE subscription_secrets;
DROP TABLE subscriptions;
-- +goose StatementEnd
