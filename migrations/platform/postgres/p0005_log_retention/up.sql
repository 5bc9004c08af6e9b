-- The log may begin later than with its first event; every event before was older than `trimmed_before`.
ALTER TABLE log_head
    ADD COLUMN first_seq      BIGINT NOT NULL DEFAULT 1,
    ADD COLUMN trimmed_before TIMESTAMPTZ;

-- How far each subscription that hears this log has come, by its own word: what lies behind that is kept for it.
CREATE TABLE listener (
    subscription TEXT   PRIMARY KEY,
    seq          BIGINT NOT NULL
);
