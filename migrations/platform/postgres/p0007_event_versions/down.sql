ALTER TABLE event_type DROP CONSTRAINT event_type_pkey;
DELETE FROM event_type AS one USING event_type AS other
    WHERE one.aggregate = other.aggregate AND one.name = other.name AND one.schema_version > other.schema_version;
ALTER TABLE event_type DROP COLUMN schema_version;
ALTER TABLE event_type ADD CONSTRAINT event_type_pkey PRIMARY KEY (aggregate, name);
