-- The account book. Amounts are minor units of the engagement's currency; days are YYYY-MM-DD.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE engagement (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    currency TEXT NOT NULL
) STRICT;

-- A file that was taken, wholly or in part. A refused file is in the audit log only.
CREATE TABLE file (
    id         INTEGER PRIMARY KEY,
    engagement INTEGER NOT NULL REFERENCES engagement,
    side       TEXT NOT NULL CHECK (side IN ('bank', 'agency')),
    message    TEXT NOT NULL,
    name       TEXT NOT NULL,
    identity   TEXT,
    sha256     TEXT NOT NULL,
    bytes      INTEGER NOT NULL,
    at         TEXT NOT NULL,
    report     TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX file_sha256 ON file (engagement, side, sha256);
CREATE INDEX file_bytes ON file (engagement, bytes);
CREATE UNIQUE INDEX file_identity ON file (engagement, side, message, identity) WHERE identity IS NOT NULL;

-- An account entrusted once. The same account entrusted again is a new placement, round + 1.
CREATE TABLE placement (
    id             INTEGER PRIMARY KEY,
    engagement     INTEGER NOT NULL REFERENCES engagement,
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
    account_number TEXT,
    party          TEXT,
    placed_on      TEXT,
    term_ends_on   TEXT,
    latest_on      TEXT,
    ended_on       TEXT,
    status         TEXT,
    document       BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX placement_account ON placement (engagement, account, round);
CREATE INDEX placement_file ON placement (file);

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
    document  BLOB NOT NULL
) STRICT;
CREATE INDEX event_file ON event (file);
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
    CHECK (debit <> credit)
) STRICT;
CREATE INDEX transfer_placement ON transfer (placement);
CREATE UNIQUE INDEX transfer_identifier ON transfer (engagement, identifier) WHERE identifier IS NOT NULL;
CREATE INDEX transfer_reverses ON transfer (reverses) WHERE reverses IS NOT NULL;

-- Disputes and complaints.
CREATE TABLE matter (
    id          INTEGER PRIMARY KEY,
    placement   INTEGER NOT NULL REFERENCES placement,
    kind        TEXT NOT NULL CHECK (kind IN ('dispute', 'complaint')),
    identifier  TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    hold        INTEGER NOT NULL,
    received_on TEXT NOT NULL,
    closed_on   TEXT,
    outcome     TEXT,
    UNIQUE (placement, kind, identifier)
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
