-- What is installed, and everything that was done about it.
CREATE TABLE plugin_install (name TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE install_log (
    number INTEGER PRIMARY KEY,      -- consecutive
    at INTEGER NOT NULL,             -- our time
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    plugin TEXT NOT NULL,
    version TEXT NOT NULL,
    digest TEXT NOT NULL,            -- of the package
    signer TEXT,
    approved TEXT,                   -- the digest of the difference that somebody agreed to
    why TEXT NOT NULL,
    revision INTEGER NOT NULL,       -- of plugin_install after it
    hash BLOB NOT NULL               -- sha256(hash before || all of the above)
) STRICT;
CREATE INDEX install_log_plugin ON install_log (plugin, number);
CREATE TRIGGER install_log_is_kept BEFORE DELETE ON install_log
BEGIN
    SELECT RAISE(ABORT, 'the log of installs is only appended to');
END;
CREATE TRIGGER install_log_is_final BEFORE UPDATE ON install_log
BEGIN
    SELECT RAISE(ABORT, 'the log of installs is only appended to');
END;

-- Which of its grants a connection has used.
CREATE TABLE grant_use (
    connection TEXT NOT NULL, "grant" TEXT NOT NULL,
    times INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (connection, "grant")
) STRICT, WITHOUT ROWID;
