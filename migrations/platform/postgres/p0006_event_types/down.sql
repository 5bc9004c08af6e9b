DROP TABLE event_type;
