-- The account book. Amounts are minor units of the engagement's currency; days are YYYY-MM-DD.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- The sum of the rows of each table, as 128 bytes (book/sums.rs). The tables `meta`, `held_back` and this one have none.
CREATE TABLE row_sum (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE engagement (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    currency TEXT NOT NULL,
    creditor TEXT NOT NULL,
    agency   TEXT NOT NULL,
    -- Its contract wants all open accounts of a customer with one agency of the creditor.
    one_agency INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The versions of the terms of an engagement's contract, in the order of their days. A version is never changed, but the
-- first gets a day that the engagement file gives it later. The latest goes if the engagement file withdraws it before its
-- day, while no row names it.
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

-- A file that was taken, wholly or in part. A file that was refused whole is in the audit log only. One of which
-- every record was refused is here with the refusals that were written, and gives digest and identity up to the
-- next that comes with them, its sequence to the next of that number. What the host does by itself (a tick, a
-- decision) has a row as well, of the side 'host'.
CREATE TABLE file (
    id         INTEGER PRIMARY KEY,
    engagement INTEGER NOT NULL REFERENCES engagement,
    side       TEXT NOT NULL CHECK (side IN ('bank', 'agency', 'host')),
    message    TEXT NOT NULL,
    name       TEXT NOT NULL,
    identity   TEXT,
    sequence   INTEGER,
    sha256     TEXT NOT NULL,
    bytes      INTEGER NOT NULL,
    at         TEXT NOT NULL,
    report     TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX file_sha256 ON file (engagement, side, sha256);
CREATE INDEX file_bytes ON file (engagement, bytes);
CREATE UNIQUE INDEX file_identity ON file (engagement, side, message, identity) WHERE identity IS NOT NULL;
CREATE INDEX file_sequence ON file (engagement, side, message, sequence) WHERE sequence IS NOT NULL;

-- A person who owes, as a creditor names them: a customer by the creditor's key; who owes an account that names no
-- customer, by the account. The two kinds of keys never meet.
CREATE TABLE person (
    id       INTEGER PRIMARY KEY,
    creditor TEXT NOT NULL,
    kind     TEXT NOT NULL CHECK (kind IN ('customer', 'account')),
    key      TEXT NOT NULL,
    UNIQUE (creditor, kind, key)
) STRICT;

-- An account entrusted once. The same account entrusted again is a new placement, round + 1.
CREATE TABLE placement (
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
    document       BLOB NOT NULL,
    -- The version of the day on which it was placed.
    terms          INTEGER REFERENCES terms
) STRICT;
CREATE UNIQUE INDEX placement_account ON placement (account, engagement, round);
CREATE INDEX placement_due ON placement (engagement, due_on) WHERE due_on IS NOT NULL;
CREATE INDEX placement_person ON placement (person, engagement, state);
CREATE INDEX placement_file ON placement (file);

-- How the holds of a placement began and ended, in the order in which that came. The bits of the placement are the open
-- ones. Holds of open disputes and complaints are theirs, and not here. Rows are never changed.
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

-- What happened to a placement, in the order it was booked.
CREATE TABLE event (
    id        INTEGER PRIMARY KEY,
    file      INTEGER NOT NULL REFERENCES file,
    placement INTEGER REFERENCES placement,
    line      INTEGER,
    kind      TEXT NOT NULL,
    effect_on TEXT,
    before    TEXT,
    after     TEXT,
    document  BLOB NOT NULL,
    -- The act that booked what had waited; null: the act of its own file.
    booked_by INTEGER REFERENCES file
) STRICT;
CREATE INDEX event_file ON event (file);
CREATE INDEX event_booked_by ON event (booked_by) WHERE booked_by IS NOT NULL;
CREATE INDEX event_placement ON event (placement) WHERE placement IS NOT NULL;

-- The ledger: every row moves money from one ledger account to another, split over the buckets, so
-- it balances by construction. Rows are never changed.
CREATE TABLE transfer (
    id         INTEGER PRIMARY KEY,
    engagement INTEGER NOT NULL REFERENCES engagement,
    placement  INTEGER NOT NULL REFERENCES placement,
    file       INTEGER NOT NULL REFERENCES file,
    line       INTEGER,
    kind       TEXT NOT NULL,
    identifier TEXT,
    effect_on  TEXT,
    debit      TEXT NOT NULL,
    credit     TEXT NOT NULL,
    principal  INTEGER NOT NULL,
    interest   INTEGER NOT NULL,
    penalty    INTEGER NOT NULL,
    late_fee   INTEGER NOT NULL,
    costs      INTEGER NOT NULL,
    other      INTEGER NOT NULL,
    reverses   INTEGER REFERENCES transfer,
    -- The payment or reversal that this follows from: entitlement, commission, tax.
    cause      INTEGER REFERENCES transfer,
    -- Of commission and tax: the version that they follow.
    terms      INTEGER REFERENCES terms,
    -- The act that booked what had waited; null: the act of its own file.
    booked_by  INTEGER REFERENCES file,
    -- Of a reversal: by what its payment was found, 'identifier' or the kind of a reference.
    matched_by TEXT,
    CHECK (debit <> credit)
) STRICT;
CREATE INDEX transfer_placement ON transfer (placement);
CREATE UNIQUE INDEX transfer_identifier ON transfer (engagement, identifier) WHERE identifier IS NOT NULL;
CREATE INDEX transfer_reverses ON transfer (reverses) WHERE reverses IS NOT NULL;
CREATE INDEX transfer_cause ON transfer (cause) WHERE cause IS NOT NULL;

-- What a payment earns: at which rate, on which base, exactly.
-- A payment that a late status gives another rate has one more row, with the new rate and the difference; its rows sum to
-- what it earns. Rows are never changed.
CREATE TABLE earning (
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

-- What the payments of a placement earned under one version of the terms: the exact sum, the commission and the tax that
-- are booked of it. The columns of the placement have the sums over its versions.
CREATE TABLE standing (
    placement    INTEGER NOT NULL REFERENCES placement,
    terms        INTEGER NOT NULL REFERENCES terms,
    earned       INTEGER NOT NULL,
    earned_micro INTEGER NOT NULL,
    commission   INTEGER NOT NULL,
    tax          INTEGER NOT NULL,
    PRIMARY KEY (placement, terms)
) STRICT, WITHOUT ROWID;

-- What an agency remitted for a period, and what each row of the ledger was remitted with: once.
CREATE TABLE remittance (
    id         INTEGER PRIMARY KEY,
    engagement INTEGER NOT NULL REFERENCES engagement,
    file       INTEGER NOT NULL REFERENCES file,
    identifier TEXT NOT NULL,
    from_on    TEXT NOT NULL,
    to_on      TEXT NOT NULL,
    document   BLOB NOT NULL,
    UNIQUE (engagement, identifier)
) STRICT;
CREATE TABLE remitted (
    transfer   INTEGER PRIMARY KEY REFERENCES transfer,
    remittance INTEGER NOT NULL REFERENCES remittance
) STRICT;

-- The other side's figures of an account, as it last sent them.
CREATE TABLE reconciliation (
    id        INTEGER PRIMARY KEY,
    placement INTEGER NOT NULL REFERENCES placement,
    side      TEXT NOT NULL CHECK (side IN ('bank', 'agency')),
    file      INTEGER NOT NULL REFERENCES file,
    line      INTEGER,
    as_of     TEXT NOT NULL,
    placed    INTEGER NOT NULL,
    paid      INTEGER,
    balance   INTEGER,
    UNIQUE (placement, side, as_of)
) STRICT;

-- What is not booked: money that somebody must decide, and documents that wait until what they need is in the book.
CREATE TABLE exception (
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
    remark     TEXT,
    -- Of a reversal: the money in suspense that it undoes.
    undoes     INTEGER REFERENCES exception
) STRICT;
CREATE INDEX exception_undoes ON exception (undoes) WHERE undoes IS NOT NULL;
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

-- Disputes and complaints.
CREATE TABLE matter (
    id          INTEGER PRIMARY KEY,
    placement   INTEGER NOT NULL REFERENCES placement,
    kind        TEXT NOT NULL CHECK (kind IN ('dispute', 'complaint')),
    identifier  TEXT NOT NULL,
    stage       TEXT NOT NULL,
    -- It stops collection of the whole account.
    hold        INTEGER NOT NULL,
    -- The part of the balance that it freezes.
    disputed    INTEGER,
    -- Who has to answer, within how many working days of which calendar, and so until when.
    level       TEXT NOT NULL,
    days        INTEGER NOT NULL,
    calendar    TEXT,
    answer_by   TEXT NOT NULL,
    received_on TEXT NOT NULL,
    closed_on   TEXT,
    outcome     TEXT,
    -- What was said, to know a repetition.
    said        TEXT NOT NULL,
    UNIQUE (placement, kind, identifier)
) STRICT;
CREATE INDEX matter_answer_by ON matter (answer_by) WHERE stage NOT IN ('decided', 'closed');

-- Promises, items dated ahead, instalments of plans: how much of each was paid.
CREATE TABLE promise (
    id         INTEGER PRIMARY KEY,
    engagement INTEGER NOT NULL REFERENCES engagement,
    placement  INTEGER NOT NULL REFERENCES placement,
    file       INTEGER NOT NULL REFERENCES file,
    line       INTEGER,
    kind       TEXT NOT NULL CHECK (kind IN ('promise', 'post_dated', 'instalment')),
    due_on     TEXT NOT NULL,
    minor      INTEGER NOT NULL,
    covered    INTEGER NOT NULL DEFAULT 0,
    state      TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'kept', 'broken', 'replaced'))
) STRICT;
CREATE INDEX promise_placement ON promise (placement);
CREATE INDEX promise_due ON promise (engagement, due_on) WHERE state = 'open';

-- Evidence by reference: the bytes stay in the store that the engagement names.
CREATE TABLE evidence (
    id         INTEGER PRIMARY KEY,
    placement  INTEGER NOT NULL REFERENCES placement,
    matter     INTEGER REFERENCES matter,
    file       INTEGER NOT NULL REFERENCES file,
    line       INTEGER,
    kind       TEXT NOT NULL,
    media_type TEXT,
    bytes      INTEGER NOT NULL,
    sha256     TEXT NOT NULL,
    location   TEXT,
    asked_by   TEXT,
    given_by   TEXT,
    given_at   TEXT,
    -- The bytes were there and had this digest.
    checked    INTEGER NOT NULL
) STRICT;
CREATE INDEX evidence_placement ON evidence (placement);

-- Requests for evidence.
CREATE TABLE evidence_request (
    id         INTEGER PRIMARY KEY,
    placement  INTEGER NOT NULL REFERENCES placement,
    identifier TEXT NOT NULL,
    matter     INTEGER REFERENCES matter,
    kind       TEXT NOT NULL,
    asked_at   TEXT NOT NULL,
    answer_by  TEXT,
    given      INTEGER NOT NULL DEFAULT 0,
    UNIQUE (placement, identifier)
) STRICT;

-- Files written for either side. They are staged before the transaction and moved into place after it.
CREATE TABLE answer (
    id      INTEGER PRIMARY KEY,
    file    INTEGER NOT NULL REFERENCES file,
    path    TEXT NOT NULL UNIQUE,
    staged  TEXT NOT NULL,
    sha256  TEXT NOT NULL,
    bytes   INTEGER NOT NULL
) STRICT;
CREATE INDEX answer_file ON answer (file);

-- Answers that are not in their places yet: why, and whether they are neither there nor staged.
CREATE TABLE held_back (
    answer INTEGER PRIMARY KEY REFERENCES answer,
    why    TEXT NOT NULL,
    gone   INTEGER NOT NULL DEFAULT 0
) STRICT;
