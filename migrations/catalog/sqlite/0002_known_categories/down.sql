DROP TABLE known_categories;
