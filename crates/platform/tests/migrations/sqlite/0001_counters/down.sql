DROP TABLE labels;
DROP TABLE counters;
