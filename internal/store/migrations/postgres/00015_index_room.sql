-- +goose Up
-- +goose StatementBegin
-- A message that ends, and a job that is leased, is written anew and has a second entry in each index. These are filled from left to right, as ids come, so it goes
-- into a page that was filled long before: without room in it PostgreSQL looks through the page for entries of versions that are gone, or splits it. What is written from now
-- on leaves the room; the pages that are there stay as they are.
ALTER INDEX messages_pkey SET (fillfactor = 50);
ALTER INDEX messages_by_age SET (fillfactor = 50);
ALTER INDEX messages_of_account SET (fillfactor = 50);
ALTER INDEX jobs_pkey SET (fillfactor = 50);
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
ALTER INDEX jobs_pkey RESET (fillfactor);
ALTER INDEX messages_of_account RESET (fillfactor);
ALTER INDEX messages_by_age RESET (fillfactor);
ALTER INDEX messages_pkey RESET (fillfactor);
-- +goose StatementEnd
