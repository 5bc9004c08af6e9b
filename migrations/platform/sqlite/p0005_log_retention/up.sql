-- The log may begin later than with its first event; every event before was older than `trimmed_before`.
ALTER TABLE log_head ADD COLUMN first_seq INTEGER NOT NULL DEFAULT 1;
ALTER TABLE log_head ADD COLUMN trimmed_before INTEGER;

-- How far each subscription that hears this log has come, by its own word: what lies behind that is kept for it.
CREATE TABLE listener (
    subscription TEXT    PRIMARY KEY,
    seq          INTEGER NOT NULL
) WITHOUT ROWID;
