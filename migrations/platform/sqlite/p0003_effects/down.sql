DROP TABLE effect;
