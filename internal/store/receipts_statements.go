package store

// keepReceipts writes receipts with the jobs of those that are new, where a transaction would ask PostgreSQL many times. Of receipts that rest on
// what was remembered it writes those whose premises are all true in its snapshot, and tells the others. Of an address it reads more rows than
// webhook remembers of any (maxRecollection), so those that are cut short are never taken for the same. It also tells how long all this stays so.
const keepReceipts lookup = `WITH untrue AS (
	SELECT p.no FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::bytea[]) WITH ORDINALITY AS p (account_type, field, value, proof, facts, no)
	WHERE p.facts <> sha256(COALESCE(CASE p.field WHEN '' THEN (
		SELECT string_agg(c.fact, '' ORDER BY c.fact) FROM (SELECT ` + fact + ` FROM accounts a
			LEFT JOIN account_secrets s ON s.account_id = a.id AND (s.valid_until IS NULL OR s.valid_until > ?)
			WHERE a.id = p.value::uuid AND a.account_type = p.account_type LIMIT 500) c
		) ELSE (
		SELECT string_agg(c.fact, '' ORDER BY c.fact) FROM (SELECT ` + fact + ` FROM account_identifiers i
			JOIN accounts a ON a.id = i.account_id
			LEFT JOIN account_secrets s ON s.account_id = a.id AND s.field = p.proof AND (s.valid_until IS NULL OR s.valid_until > ?)
			WHERE i.account_type = p.account_type AND i.field = p.field AND i.value = p.value LIMIT 500) c
		) END, ''))),
	outdated AS (
		SELECT DISTINCT r.receipt FROM unnest(?::uuid[], ?::integer[]) AS r (receipt, premise) JOIN untrue ON untrue.no = r.premise),
	` + freshReceipts + `WHERE n.id NOT IN (SELECT receipt FROM outdated)` + queuedReceipts + `
	SELECT (SELECT count(*) FROM queued), (SELECT COALESCE(string_agg(receipt::text, ' '), '') FROM outdated), ` + revised

// keepProvenReceipts is keepReceipts for receipts whose premises are all true at a revision. It writes nothing when that is not the last, and tells.
const keepProvenReceipts lookup = `WITH ` + freshReceipts + `WHERE (SELECT revision::text FROM account_revision WHERE only_row) = ?` + queuedReceipts + `
	SELECT (SELECT count(*) FROM queued), COALESCE((SELECT revision::text FROM account_revision WHERE only_row), '')`

// The parts that the two have in common.
const (
	freshReceipts = `fresh AS (
		INSERT INTO webhook_receipts (id, account_type, dedupe, confined, proved, signature, body, received_at, unhandled)
		SELECT * FROM unnest(?::uuid[], ?::text[], ?::bytea[], ?::boolean[], ?::jsonb[], ?::text[], ?::bytea[], ?::timestamptz[], ?::integer[]) AS n (id)
		`
	queuedReceipts = ` ON CONFLICT (dedupe) DO NOTHING RETURNING id),
	queued AS (
		INSERT INTO jobs (id, queue, order_key, site, subject, attempt, last_error, created_at)
		SELECT j.id, ?, j.order_key, j.site, j.receipt::text, 0, '', ?
		FROM unnest(?::uuid[], ?::text[], ?::text[], ?::uuid[]) AS j (id, order_key, site, receipt) JOIN fresh ON fresh.id = j.receipt
		RETURNING id)`
)

// fact is candidateRow.fact, byte for byte.
const fact = `uuid_send(a.id) || CASE a.status WHEN 'Active' THEN '\x01'::bytea ELSE '\x00' END || int4send(COALESCE(length(s.sealed), 0)) || COALESCE(s.sealed, '') AS fact`

// revised is the revision of the accounts, empty when there is none, and when the next secret ends. It takes what time it is.
const revised = revisionID + `,
	(SELECT valid_until FROM account_secrets WHERE valid_until > ? ORDER BY valid_until LIMIT 1)`

// revisionID is the first of that.
const revisionID = `COALESCE((SELECT CAST(revision AS text) FROM account_revision WHERE only_row), '')`

const (
	accountRevision lookup = `SELECT ` + revised
	lastRevision    lookup = `SELECT ` + revisionID
)
