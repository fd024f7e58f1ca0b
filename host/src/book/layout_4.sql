-- From layout 3 to layout 4.

-- Terms with a day. Layout 3 did not keep the terms: an engagement's first version is empty here, and the next act takes it
-- from the engagement file. What was booked is of that version.
CREATE TABLE terms (
    id         INTEGER PRIMARY KEY,
    engagement INTEGER NOT NULL REFERENCES engagement,
    -- The day from which they hold; none: from the beginning.
    from_on    TEXT,
    -- The act that took them, as the audit log numbers it, and its moment.
    act        INTEGER,
    taken_at   TEXT,
    -- The terms as JSON. Empty: a book of an earlier layout did not keep them, and no act has taken them yet.
    body       TEXT NOT NULL
) STRICT;
CREATE INDEX terms_engagement ON terms (engagement);
INSERT INTO terms (engagement, body) SELECT id, '' FROM engagement ORDER BY id;
ALTER TABLE engagement DROP COLUMN terms;

CREATE TABLE standing (
    placement    INTEGER NOT NULL REFERENCES placement,
    terms        INTEGER NOT NULL REFERENCES terms,
    earned       INTEGER NOT NULL,
    earned_micro INTEGER NOT NULL,
    commission   INTEGER NOT NULL,
    tax          INTEGER NOT NULL,
    PRIMARY KEY (placement, terms)
) STRICT, WITHOUT ROWID;
INSERT INTO standing (placement, terms, earned, earned_micro, commission, tax)
SELECT p.id, t.id, p.earned, p.earned_micro, p.commission, p.tax
FROM placement p JOIN terms t ON t.engagement = p.engagement
WHERE p.earned <> 0 OR p.earned_micro <> 0 OR p.commission <> 0 OR p.tax <> 0;

ALTER TABLE placement ADD COLUMN terms INTEGER REFERENCES terms;
UPDATE placement SET terms = (SELECT t.id FROM terms t WHERE t.engagement = placement.engagement);
ALTER TABLE transfer ADD COLUMN terms INTEGER REFERENCES terms;
UPDATE transfer SET terms = (SELECT t.id FROM terms t WHERE t.engagement = transfer.engagement)
WHERE kind IN ('commission', 'tax');
ALTER TABLE earning ADD COLUMN terms INTEGER REFERENCES terms;
UPDATE earning SET terms = (SELECT t.id FROM terms t JOIN transfer p ON p.engagement = t.engagement
                            WHERE p.id = earning.payment);

-- Holds with days. Layout 3 knew the open ones only: each lasts from the placement on, and is the bank's. So the rates that
-- were booked under it stay.
CREATE TABLE hold (
    id        INTEGER PRIMARY KEY,
    placement INTEGER NOT NULL REFERENCES placement,
    reason    TEXT NOT NULL,
    -- Who says so; none: the last dispute or complaint ended, and the hold with it, whoever began it.
    side      TEXT CHECK (side IN ('bank', 'agency')),
    -- Its day; none: with the placement. A hold that ends does not last on the day of its end.
    effect_on TEXT,
    -- It begins, or it ends.
    begins    INTEGER NOT NULL,
    file      INTEGER NOT NULL REFERENCES file
) STRICT;
CREATE INDEX hold_placement ON hold (placement);
INSERT INTO hold (placement, reason, side, begins, file)
SELECT p.id, r.column2, 'bank', 1, p.file
FROM placement p JOIN (VALUES (1, 'dispute'), (2, 'complaint'), (4, 'bankruptcy'), (8, 'deceased'), (16, 'cease'),
                              (32, 'attorney'), (64, 'legal'), (128, 'stopped'), (256, 'kept')) r
WHERE (p.holds & r.column1) <> 0 ORDER BY p.id, r.column1;

-- A payment may be quoted anew.
CREATE TABLE earning_4 (
    payment  INTEGER NOT NULL REFERENCES transfer,
    -- How often the payment was quoted before.
    nth      INTEGER NOT NULL,
    schedule TEXT NOT NULL,
    rate_ppm INTEGER NOT NULL,
    base     INTEGER NOT NULL,
    whole    INTEGER NOT NULL,
    micro    INTEGER NOT NULL,
    no_fee   TEXT,
    -- The version of the day of the payment. A reversal goes by it too.
    terms    INTEGER REFERENCES terms,
    PRIMARY KEY (payment, nth)
) STRICT, WITHOUT ROWID;
INSERT INTO earning_4 (payment, nth, schedule, rate_ppm, base, whole, micro, no_fee, terms)
SELECT payment, 0, schedule, rate_ppm, base, whole, micro, no_fee, terms FROM earning ORDER BY payment;
DROP TABLE earning;
ALTER TABLE earning_4 RENAME TO earning;

-- Documents that wait, and the references of money. An exception may be a document that is applied by itself as soon as
-- what it waits for is in the book; its row then has no placement, and says which side sent it.
CREATE TABLE exception_4 (
    id         INTEGER PRIMARY KEY,
    engagement INTEGER NOT NULL REFERENCES engagement,
    placement  INTEGER REFERENCES placement,
    file       INTEGER NOT NULL REFERENCES file,
    line       INTEGER,
    -- The side that sent it.
    side       TEXT NOT NULL CHECK (side IN ('bank', 'agency')),
    code       TEXT NOT NULL,
    -- Why it is not booked, in words. Not of payments after the term.
    why        TEXT,
    -- The kind of the document.
    kind       TEXT NOT NULL,
    account    TEXT,
    identifier TEXT,
    minor      INTEGER,
    effect_on  TEXT,
    -- The identifiers of the payments that it may be about, as JSON.
    candidates TEXT,
    document   BLOB NOT NULL,
    -- As it was sent, if a person assigned it to another account and it must be decided still.
    sent       BLOB,
    -- It waited when it came.
    waited     INTEGER NOT NULL DEFAULT 0,
    decision   TEXT CHECK (decision IN ('credit', 'credit_without_commission', 'refuse', 'assign', 'match', 'return',
                                        'booked', 'replaced')),
    decided_by INTEGER REFERENCES file,
    remark     TEXT
) STRICT;
INSERT INTO exception_4 (
    id, engagement, placement, file, line, side, code, kind, account, identifier, minor, effect_on, document,
    decision, decided_by, remark)
SELECT
    x.id, x.engagement, x.placement, x.file, x.line, iif(f.side = 'bank', 'bank', 'agency'), x.code, 'payment', p.account,
    x.identifier, x.minor, x.effect_on, x.document, x.decision, x.decided_by, x.remark
FROM exception x LEFT JOIN file f ON f.id = x.file LEFT JOIN placement p ON p.id = x.placement
ORDER BY x.id;
DROP TABLE exception;
ALTER TABLE exception_4 RENAME TO exception;
CREATE INDEX exception_open ON exception (engagement, side, code) WHERE decision IS NULL;
CREATE INDEX exception_identifier ON exception (engagement, identifier) WHERE identifier IS NOT NULL;
CREATE INDEX exception_file ON exception (file);

-- What an open exception waits for, each by its key; booked by itself when one of them is in the book.
CREATE TABLE awaits (
    engagement INTEGER NOT NULL REFERENCES engagement,
    key        TEXT NOT NULL,
    exception  INTEGER NOT NULL REFERENCES exception,
    PRIMARY KEY (engagement, key, exception)
) STRICT, WITHOUT ROWID;
CREATE INDEX awaits_exception ON awaits (exception);

-- Documents that came again while the first of them waited. Each is of the first one's number.
CREATE TABLE repeated (
    exception INTEGER NOT NULL REFERENCES exception,
    -- The file in which it came again.
    file      INTEGER NOT NULL REFERENCES file,
    line      INTEGER
) STRICT;
CREATE INDEX repeated_exception ON repeated (exception);
CREATE INDEX repeated_file ON repeated (file);

-- The references of payments, by which a reversal finds its payment.
CREATE TABLE reference (
    engagement INTEGER NOT NULL REFERENCES engagement,
    value      TEXT NOT NULL,
    kind       TEXT NOT NULL,
    transfer   INTEGER NOT NULL REFERENCES transfer,
    PRIMARY KEY (engagement, value, kind, transfer)
) STRICT, WITHOUT ROWID;
CREATE INDEX reference_transfer ON reference (transfer);

-- The act that booked what had waited; null: the act of its own file.
ALTER TABLE event ADD COLUMN booked_by INTEGER REFERENCES file;
CREATE INDEX event_booked_by ON event (booked_by) WHERE booked_by IS NOT NULL;
ALTER TABLE transfer ADD COLUMN booked_by INTEGER REFERENCES file;
-- Of a reversal: by what its payment was found, 'identifier' or the kind of a reference.
ALTER TABLE transfer ADD COLUMN matched_by TEXT;

-- Money that reached the bank and that no account is known for: rows of the ledger that move it into the ledger account
-- `suspense`, and out of it once it is booked for an account or goes back. Rows are never changed.
CREATE TABLE suspense (
    id         INTEGER PRIMARY KEY,
    engagement INTEGER NOT NULL REFERENCES engagement,
    -- The money: what came, and what was decided of it.
    exception  INTEGER NOT NULL REFERENCES exception,
    -- The file that it came with; of later rows the act that moved it.
    file       INTEGER NOT NULL REFERENCES file,
    kind       TEXT NOT NULL CHECK (kind IN ('suspense_received', 'suspense_cleared', 'suspense_returned')),
    effect_on  TEXT NOT NULL,
    debit      TEXT NOT NULL,
    credit     TEXT NOT NULL,
    minor      INTEGER NOT NULL,
    CHECK (debit <> credit)
) STRICT;
-- It comes once and leaves once.
CREATE UNIQUE INDEX suspense_received ON suspense (exception) WHERE kind = 'suspense_received';
CREATE UNIQUE INDEX suspense_left ON suspense (exception) WHERE kind <> 'suspense_received';

-- The references of payments that are not booked: money in suspense, by which a reversal finds it, payments that wait,
-- payments after the term. A reversal of one of these undoes no other payment.
CREATE TABLE exception_reference (
    engagement INTEGER NOT NULL REFERENCES engagement,
    value      TEXT NOT NULL,
    kind       TEXT NOT NULL,
    exception  INTEGER NOT NULL REFERENCES exception,
    PRIMARY KEY (engagement, value, kind, exception)
) STRICT, WITHOUT ROWID;
CREATE INDEX exception_reference_exception ON exception_reference (exception);

-- Of a reversal: the money in suspense that it undoes.
ALTER TABLE exception ADD COLUMN undoes INTEGER REFERENCES exception;
CREATE INDEX exception_undoes ON exception (undoes) WHERE undoes IS NOT NULL;
