DROP TABLE notes;
DROP TABLE home;
DELETE FROM subscription WHERE name = 'attic.follow_study';
