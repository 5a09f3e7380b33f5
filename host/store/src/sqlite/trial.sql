-- What a triage version that is tried said of messages. Nobody is shown it; it is thrown away at will.
CREATE TABLE trial (
    id INTEGER PRIMARY KEY,
    plugin TEXT NOT NULL, digest TEXT NOT NULL,
    conversation TEXT NOT NULL, remote_id TEXT NOT NULL, revision INTEGER NOT NULL,
    at INTEGER NOT NULL,
    decided INTEGER NOT NULL,
    before TEXT NOT NULL, after TEXT NOT NULL, -- labels as JSON
    trouble TEXT,
    micros INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX trial_message ON trial (plugin, digest, conversation, remote_id, revision);
CREATE INDEX trial_newest ON trial (plugin, digest, id);
