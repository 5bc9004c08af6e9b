DROP TABLE listener;
ALTER TABLE log_head DROP COLUMN trimmed_before;
ALTER TABLE log_head DROP COLUMN first_seq;
