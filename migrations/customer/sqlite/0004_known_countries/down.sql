DROP TABLE known_countries;
