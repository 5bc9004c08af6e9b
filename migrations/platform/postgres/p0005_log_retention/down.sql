DROP TABLE listener;
ALTER TABLE log_head DROP COLUMN trimmed_before, DROP COLUMN first_seq;
