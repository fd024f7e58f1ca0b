-- From layout 4 to layout 5: the sums of the rows. They are of the rows as they are found, and written after this step.

CREATE TABLE row_sum (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
