DROP TABLE idempotency_outcome;
DROP TABLE idempotency_record;
DROP TABLE log_head;
DROP TABLE event_log;
