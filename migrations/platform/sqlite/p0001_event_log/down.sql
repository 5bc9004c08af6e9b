DROP TABLE idempotency_outcome;
DROP TABLE idempotency_record;
DROP TABLE event_log;
