-- +goose Up
-- Room in the pages of indexes is PostgreSQL's alone; the steps of both have the same numbers.
SELECT 1;

-- +goose Down
SELECT 1;
