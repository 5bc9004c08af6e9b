-- In which versions, too. The default is for instances of the version before, which may still be sequencing.
ALTER TABLE event_type DROP CONSTRAINT event_type_pkey;
ALTER TABLE event_type ADD COLUMN schema_version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE event_type ADD CONSTRAINT event_type_pkey PRIMARY KEY (aggregate, name, schema_version);
INSERT INTO event_type SELECT DISTINCT aggregate_type, event_type, schema_version FROM event_log ON CONFLICT DO NOTHING;
