-- From layout 2 to layout 3. Layout 2 had persons in the documents only, and `placement.customer` only of accounts that
-- were placed while the contract wanted one agency for a customer. Only of open ones it still says what is wanted: the
-- next act or tick of the engagement takes it from its file.

ALTER TABLE engagement ADD COLUMN one_agency INTEGER NOT NULL DEFAULT 0;
UPDATE engagement SET one_agency = 1
WHERE id IN (SELECT engagement FROM placement
             WHERE customer IS NOT NULL
               AND state NOT IN ('rejected', 'recall_final', 'returned', 'expired', 'closed'));

-- A person who owes, as a creditor names them: a customer by the creditor's key; who owes an account that names no
-- customer, by the account. The two kinds of keys never meet.
CREATE TABLE person (
    id       INTEGER PRIMARY KEY,
    creditor TEXT NOT NULL,
    kind     TEXT NOT NULL CHECK (kind IN ('customer', 'account')),
    key      TEXT NOT NULL,
    UNIQUE (creditor, kind, key)
) STRICT;

-- Whose each placement is, from its document.
CREATE TEMP TABLE owner (
    placement INTEGER PRIMARY KEY,
    creditor  TEXT NOT NULL,
    kind      TEXT NOT NULL,
    key       TEXT NOT NULL
);
INSERT INTO owner
SELECT id, creditor, iif(customer IS NULL, 'account', 'customer'), coalesce(customer, account)
FROM (SELECT p.id, e.creditor, p.account, json_extract(CAST(p.document AS TEXT), '$.placement.customer') AS customer
      FROM placement p JOIN engagement e ON e.id = p.engagement);
INSERT INTO person (creditor, kind, key)
SELECT creditor, kind, key FROM owner GROUP BY creditor, kind, key ORDER BY min(placement);

CREATE TABLE placement_3 (
    id             INTEGER PRIMARY KEY,
    engagement     INTEGER NOT NULL REFERENCES engagement,
    person         INTEGER NOT NULL REFERENCES person,
    account        TEXT NOT NULL,
    round          INTEGER NOT NULL,
    file           INTEGER NOT NULL REFERENCES file,
    line           INTEGER NOT NULL,
    state          TEXT NOT NULL,
    holds          INTEGER NOT NULL DEFAULT 0,
    placed         INTEGER NOT NULL,
    principal      INTEGER NOT NULL,
    interest       INTEGER NOT NULL,
    penalty        INTEGER NOT NULL,
    late_fee       INTEGER NOT NULL,
    costs          INTEGER NOT NULL,
    other          INTEGER NOT NULL,
    paid           INTEGER NOT NULL DEFAULT 0,
    reversed       INTEGER NOT NULL DEFAULT 0,
    adjusted       INTEGER NOT NULL DEFAULT 0,
    -- What was earned: the commission and tax booked, and the exact sum they are rounded from.
    commission     INTEGER NOT NULL DEFAULT 0,
    tax            INTEGER NOT NULL DEFAULT 0,
    earned         INTEGER NOT NULL DEFAULT 0,
    earned_micro   INTEGER NOT NULL DEFAULT 0,
    account_number TEXT,
    party          TEXT,
    batch          TEXT,
    -- Terms of commission of its own, as JSON.
    basis          TEXT,
    -- The day from which its age counts.
    aged_from      TEXT,
    placed_on      TEXT,
    term_ends_on   TEXT,
    announce_on    TEXT,
    recall_on      TEXT,
    objected_until TEXT,
    latest_on      TEXT,
    ended_on       TEXT,
    -- The next day on which something falls due.
    due_on         TEXT,
    -- Placed in error: it counts in no report.
    in_error       INTEGER NOT NULL DEFAULT 0,
    status         TEXT,
    document       BLOB NOT NULL
) STRICT;
INSERT INTO placement_3 (
    id, engagement, person, account, round, file, line, state, holds, placed, principal, interest, penalty,
    late_fee, costs, other, paid, reversed, adjusted, commission, tax, earned, earned_micro, account_number,
    party, batch, basis, aged_from, placed_on, term_ends_on, announce_on, recall_on, objected_until,
    latest_on, ended_on, due_on, in_error, status, document
)
SELECT
    p.id, p.engagement, h.id, p.account, p.round, p.file, p.line, p.state, p.holds, p.placed, p.principal,
    p.interest, p.penalty, p.late_fee, p.costs, p.other, p.paid, p.reversed, p.adjusted, p.commission, p.tax,
    p.earned, p.earned_micro, p.account_number, p.party, p.batch, p.basis, p.aged_from, p.placed_on,
    p.term_ends_on, p.announce_on, p.recall_on, p.objected_until, p.latest_on, p.ended_on, p.due_on,
    p.in_error, p.status, p.document
FROM placement p
-- A placement without a person would be an error here, not lost.
LEFT JOIN owner o ON o.placement = p.id
LEFT JOIN person h ON h.creditor = o.creditor AND h.kind = o.kind AND h.key = o.key
ORDER BY p.id;
DROP TABLE owner;
DROP TABLE placement;
ALTER TABLE placement_3 RENAME TO placement;
CREATE UNIQUE INDEX placement_account ON placement (account, engagement, round);
CREATE INDEX placement_due ON placement (engagement, due_on) WHERE due_on IS NOT NULL;
CREATE INDEX placement_person ON placement (person, engagement, state);
CREATE INDEX placement_file ON placement (file);

-- Answers that are not in their places yet: why, and whether they are neither there nor staged.
CREATE TABLE IF NOT EXISTS held_back (
    answer INTEGER PRIMARY KEY REFERENCES answer,
    why    TEXT NOT NULL,
    gone   INTEGER NOT NULL DEFAULT 0
) STRICT;
