-- Projections: made from the log, thrown away and made again at will. {t} is empty, or names a rebuild beside them.
-- `stream` stands for the conversation, as in the log: new rows then come to the end of every index, and many commits
-- of one transaction share the few pages there. Only the name itself is spread all over its index.
CREATE TABLE {t}conversation (
    stream INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    workspace TEXT NOT NULL,
    brand TEXT NOT NULL,
    connection TEXT NOT NULL,
    version INTEGER NOT NULL,
    listed INTEGER NOT NULL,         -- somebody addresses us in it
    resolved INTEGER NOT NULL,
    owner TEXT,
    rank INTEGER NOT NULL,           -- the order of the list
    due INTEGER,                     -- when something happens in it by itself
    state TEXT NOT NULL              -- all of it, as JSON
) STRICT;
CREATE TABLE {t}feed (
    workspace TEXT NOT NULL, brand TEXT NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (workspace, brand)
) STRICT, WITHOUT ROWID;
CREATE TABLE {t}handle (
    handle TEXT NOT NULL, stream INTEGER NOT NULL,
    PRIMARY KEY (handle, stream)
) STRICT, WITHOUT ROWID;
CREATE TABLE {t}message (
    connection TEXT NOT NULL, remote_id TEXT NOT NULL,
    deletion INTEGER NOT NULL,       -- a deletion has no revision and is unique by itself
    revision INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    PRIMARY KEY (connection, remote_id, deletion, revision)
) STRICT, WITHOUT ROWID;
CREATE TABLE {t}outbox (
    stream INTEGER NOT NULL, command TEXT NOT NULL,
    connection TEXT NOT NULL,
    state TEXT NOT NULL,
    due INTEGER NOT NULL,
    asked INTEGER NOT NULL,
    seq INTEGER NOT NULL,            -- the number in the conversation of its being asked for
    attempts INTEGER NOT NULL,
    PRIMARY KEY (stream, command)
) STRICT, WITHOUT ROWID;
CREATE TABLE {t}untriaged (
    stream INTEGER NOT NULL, remote_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (stream, remote_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE {t}entry (
    id INTEGER PRIMARY KEY,          -- for the index of words only; not the same after a rebuild
    stream INTEGER NOT NULL, key TEXT NOT NULL,
    at INTEGER NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (stream, key)
) STRICT;
