-- What networks sent by themselves, as it came. Not of the log: what it made is.
CREATE TABLE raw (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- in order of arrival; a number is never given twice
    connection TEXT NOT NULL,
    mark BLOB NOT NULL,              -- the same mark is the same request
    received INTEGER NOT NULL,       -- our time
    kind INTEGER NOT NULL,           -- 0 a request, 1 facts of a poll as JSON
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    query TEXT NOT NULL,
    headers TEXT NOT NULL,           -- pairs as JSON
    body BLOB NOT NULL,
    state INTEGER NOT NULL,          -- 0 waits, 1 is done, 2 is set aside
    tries INTEGER NOT NULL DEFAULT 0,
    reason TEXT                      -- of the last try that failed, as JSON
) STRICT;
CREATE UNIQUE INDEX raw_once ON raw (connection, mark);
CREATE INDEX raw_waits ON raw (connection, id) WHERE state = 0;
CREATE INDEX raw_aside ON raw (id) WHERE state = 2;
CREATE INDEX raw_age ON raw (connection, received);
CREATE INDEX raw_done ON raw (received) WHERE state = 1;
