-- The log: everything that happened, and nothing else. Only appended to.
CREATE TABLE log (
    id INTEGER PRIMARY KEY,          -- the order of writing; consecutive
    workspace TEXT NOT NULL,
    brand TEXT NOT NULL,
    n INTEGER NOT NULL,              -- number in the brand's feed; consecutive
    conversation TEXT NOT NULL,
    stream INTEGER NOT NULL,         -- the id of the conversation's first row: short, and in order where its name is neither
    seq INTEGER NOT NULL,            -- number in the conversation; consecutive
    at INTEGER NOT NULL,             -- our time
    body TEXT,                       -- the event as JSON; taken away by an erasure
    salt BLOB,                       -- taken away along with it
    body_digest BLOB NOT NULL,       -- sha256(salt || body)
    hash BLOB NOT NULL,              -- sha256(hash before || conversation || seq || at || body_digest)
    erased INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX log_stream ON log (stream, seq);
CREATE UNIQUE INDEX log_feed ON log (workspace, brand, n);
CREATE TRIGGER log_is_kept BEFORE DELETE ON log
BEGIN
    SELECT RAISE(ABORT, 'the log is only appended to');
END;
CREATE TRIGGER log_is_final BEFORE UPDATE ON log
WHEN NOT (NEW.erased = 1 AND NEW.body IS NULL AND NEW.salt IS NULL
    AND NEW.id = OLD.id AND NEW.workspace = OLD.workspace AND NEW.brand = OLD.brand AND NEW.n = OLD.n
    AND NEW.conversation = OLD.conversation AND NEW.stream = OLD.stream AND NEW.seq = OLD.seq AND NEW.at = OLD.at
    AND NEW.body_digest = OLD.body_digest AND NEW.hash = OLD.hash)
BEGIN
    SELECT RAISE(ABORT, 'the log is only appended to');
END;

-- Seals: a Merkle root over what a workspace wrote since its last one.
CREATE TABLE seal (
    workspace TEXT NOT NULL,
    number INTEGER NOT NULL,         -- consecutive
    upto INTEGER NOT NULL,           -- the newest log row that it may cover
    events INTEGER NOT NULL,
    at INTEGER NOT NULL,
    root BLOB NOT NULL,
    hash BLOB NOT NULL,              -- sha256(hash before || all of the above)
    PRIMARY KEY (workspace, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER seal_is_kept BEFORE DELETE ON seal
BEGIN
    SELECT RAISE(ABORT, 'seals are only appended to');
END;
CREATE TRIGGER seal_is_final BEFORE UPDATE ON seal
BEGIN
    SELECT RAISE(ABORT, 'seals are only appended to');
END;

-- What is not of the log: lines, and how far each has got.
CREATE TABLE connection (id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE progress (connection TEXT PRIMARY KEY, cursor BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE kv (
    connection TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (connection, key)
) STRICT, WITHOUT ROWID;

-- The shape of the projections that are in this file.
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
