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
