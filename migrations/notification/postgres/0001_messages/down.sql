DROP TABLE preferences;
DROP TABLE messages;
