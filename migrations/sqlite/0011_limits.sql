-- What was spent of limits, on SQLite: one gateway counts in its memory, and writes its counts down here so that a restart
-- finds them again.
CREATE TABLE limit_counts (
    key     TEXT    NOT NULL PRIMARY KEY, -- whose bound, which, and its window; callers by pseudonym
    used    INTEGER NOT NULL,             -- requests, tokens or billionths of a euro
    ends_ms INTEGER NOT NULL              -- end of the window, milliseconds since 1970
) STRICT, WITHOUT ROWID;
