DROP TABLE idempotency_record;
DROP TABLE event_log;
