-- Every policy that was applied: the last row is in force.
CREATE TABLE policy_log (
    number INTEGER PRIMARY KEY,      -- consecutive
    at INTEGER NOT NULL,             -- our time
    who TEXT NOT NULL,
    version TEXT NOT NULL,           -- the hash of what it says
    why TEXT NOT NULL,
    text TEXT NOT NULL,              -- its normal form, as one policy file
    hash BLOB NOT NULL               -- sha256(hash before || all of the above)
) STRICT;
CREATE TRIGGER policy_log_is_kept BEFORE DELETE ON policy_log
BEGIN
    SELECT RAISE(ABORT, 'the log of policies is only appended to');
END;
CREATE TRIGGER policy_log_is_final BEFORE UPDATE ON policy_log
BEGIN
    SELECT RAISE(ABORT, 'the log of policies is only appended to');
END;
