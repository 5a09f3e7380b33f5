-- What each connection has used of its budgets of an hour and a day.
CREATE TABLE spent (
    connection TEXT NOT NULL, unit TEXT NOT NULL,
    hour INTEGER NOT NULL, day INTEGER NOT NULL,
    at INTEGER NOT NULL,             -- our time when it was counted: of which hour and day it is
    PRIMARY KEY (connection, unit)
) STRICT, WITHOUT ROWID;
